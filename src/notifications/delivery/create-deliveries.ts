import type { Clock } from '../../base/clock.ts'
import type { SealingKey, TextSealer } from '../../base/sealed-text.ts'
import type { Service } from '../../base/service.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import { GuardedHttp, type GuardedHttpParams } from '../../gateways/guarded-http.ts'
import type { MessageGateway } from '../../gateways/message-gateway.ts'
import { SandboxGateway } from '../../gateways/sandbox/sandbox-gateway.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { ChannelName } from '../channels/channel.ts'
import { type ChannelSettings, type Channels, createChannels } from '../channels/create-channels.ts'
import type { DeliveryPlanner } from '../delivery-planner.ts'
import { Preferences } from '../preferences/preferences.ts'
import './facts.ts'
import type { Transaction } from '../../database/database.ts'
import { DELIVERY_TUNING, type DeliveryTuning, DeliveryWorker, WORK_CHANNEL } from './delivery-worker.ts'
import { Destinations } from './destinations.ts'
import { type Alert, type OperatorAddress, Operators } from './operators.ts'
import { planChanged } from './planner.ts'
import { Secrets } from './secrets.ts'
import { unsubscribeRoutes } from './unsubscribe-page.ts'
import { Unsubscribing } from './unsubscribing.ts'

export interface DeliverySettings extends ChannelSettings {
  /** Address under which people reach this server; absent: messages have no links. Without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly graceMs: number
  readonly encryptionKeys: readonly SealingKey[]
  /** Hosts that may be private. */
  readonly allowedPrivateHosts: readonly string[]
  readonly operators: readonly OperatorAddress[]
}

export interface CreateDeliveriesParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly settings: DeliverySettings
  /** False: this process plans deliveries, others send them. */
  readonly works: boolean
  readonly gateway?: MessageGateway
  readonly http?: Pick<GuardedHttpParams, 'limits' | 'lookup'>
  readonly tuning?: Partial<DeliveryTuning>
}

/** Notifications outside the product: preferences, destinations, and their durable delivery. */
export interface Deliveries extends Service {
  readonly planner: DeliveryPlanner
  readonly preferences: Preferences
  readonly destinations: Destinations
  /** Tells operators something, inside the transaction of what it is about. Wake the planner after the commit. */
  alert(transaction: Transaction, alert: Alert): Promise<void>
  /** Why nothing can be sent by a channel on this server; `undefined`: it can. */
  unavailable(channel: ChannelName): string | undefined
  /** Who carries the messages of a channel, where that is configured. */
  provider(channel: ChannelName): string | null
  /** Seals what others keep in the database, by the same keys. */
  sealer(): Promise<TextSealer>
  /** Links of mails, for the HTTP server. */
  readonly routes: ReturnType<typeof unsubscribeRoutes>
}

export function createDeliveries(params: CreateDeliveriesParams): Deliveries {
  const { database, bus, clock, telemetry, settings, works } = params
  const channels = channelsOf(params)
  const secrets = new Secrets({ database, encryptionKeys: settings.encryptionKeys })
  const unsubscribing = new Unsubscribing({ database, secrets, publicUrl: settings.publicUrl })
  const operators = new Operators({ database, channels, secrets, addresses: settings.operators })
  const tuning = { ...DELIVERY_TUNING, ...params.tuning }
  const worker = works
    ? new DeliveryWorker({ database, bus, clock, telemetry, channels, secrets, unsubscribing, publicUrl: settings.publicUrl, tuning })
    : undefined
  const wake = (): void => {
    worker?.wake()
    bus.publish(WORK_CHANNEL, null)
  }
  return {
    planner: { plan: (transaction, changed) => planChanged(transaction, changed, settings.graceMs), wake },
    preferences: new Preferences(database),
    destinations: new Destinations({ database, channels, secrets, wake }),
    alert: (transaction, alert) => operators.alert(transaction, alert),
    unavailable: (channel) => channels[channel].unavailable,
    provider: (channel) => channels[channel].provider,
    sealer: () => secrets.sealer(),
    routes: unsubscribeRoutes(unsubscribing),
    start: async () => {
      await operators.sync()
      telemetry.emit('deliveries.started', { sealedWith: secrets.sealedWith, operatorDestinations: operators.count })
      await worker?.start()
    },
    stop: async () => {
      await worker?.stop()
      await Promise.all(Object.values(channels).map((channel) => channel.close()))
    },
  }
}

function channelsOf({ settings, clock, gateway, http }: CreateDeliveriesParams): Channels {
  return createChannels({
    http: new GuardedHttp({ ...http, allowedHosts: settings.allowedPrivateHosts }),
    gateway: gateway ?? new SandboxGateway(),
    clock,
    settings,
  })
}
