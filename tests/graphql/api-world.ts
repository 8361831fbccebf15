import { Readable } from 'node:stream'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { createViewer, type Viewer } from '../../src/auth/viewer.ts'
import type { Role } from '../../src/base/actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { PendingUpload } from '../../src/base/pending-upload.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { createImports, type Imports } from '../../src/domains/imports/imports.ts'
import { createMaintenance } from '../../src/domains/maintenance/maintenance.ts'
import { saleEvents } from '../../src/domains/sales/events.ts'
import { createSales, type Sales } from '../../src/domains/sales/sales.ts'
import { sandboxExercise } from '../../src/domains/sandbox/operations.ts'
import type { ShopSettings } from '../../src/domains/stores/shop/shop-settings.ts'
import { createStores, type Stores } from '../../src/domains/stores/stores.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { OperationDefinition } from '../../src/engine/definition.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { createWorkerRestarts } from '../../src/engine/worker-restarts.ts'
import type { BusinessEvents } from '../../src/events/business-events.ts'
import { createBusinessEvents } from '../../src/events/create-business-events.ts'
import type { EventsDefinition } from '../../src/events/define-events.ts'
import { SandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts'
import { createContextFactory } from '../../src/graphql/context.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { createNotifications, type Notifications } from '../../src/notifications/create-notifications.ts'
import { type CreateDeliveriesParams, createDeliveries, type Deliveries } from '../../src/notifications/delivery/create-deliveries.ts'
import { AccessRevocations } from '../../src/revocation/access-revocations.ts'
import type { EventStream } from '../../src/server/event-stream.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
import { Pipeline } from '../../src/server/pipeline.ts'
import { createStatus, type Status } from '../../src/status/create-status.ts'
import { createStatusReader } from '../../src/status/status-reader.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, freshDatabase } from '../setup/databases.ts'

/** The whole API in one process, real engine and real imports on an embedded database, asked through the pipeline of all transports. */
export interface ApiWorld {
  readonly schema: GraphQLSchema
  readonly database: Database
  readonly engine: Engine
  readonly events: BusinessEvents
  readonly imports: Imports
  readonly sales: Sales
  readonly stores: Stores
  readonly status: Status
  readonly deliveries: Deliveries
  readonly notifications: Notifications
  /** Took what was sent by WhatsApp. */
  readonly gateway: SandboxGateway
  /** What was hidden from clients: bugs, which no test expects. */
  readonly hidden: readonly unknown[]
  ask(viewer: Viewer | null, query: string, variables?: object): Promise<Answer>
  /** Throws when the subscription is refused. */
  subscribe(viewer: Viewer, query: string, variables?: object): Promise<EventStream>
  close(): Promise<void>
}

/** Results of tests are looked into freely. */
export interface Answer {
  readonly data: Readonly<Record<string, Loose>> | null | undefined
  readonly errors: ExecutionResult['errors']
  /** Codes of the errors. */
  readonly codes: readonly unknown[]
}

export interface Loose {
  readonly [name: string]: Loose
}

/** What a field that is a text says. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export const viewer = (id: string, ...roles: readonly Role[]): Viewer => createViewer({ id, roles: roles.length > 0 ? roles : ['USER'], tenantId: null })

export const ANA = viewer('ana')
export const BOB = viewer('bob')
export const ADMIN = viewer('root', 'ADMIN')
export const SYNC = viewer('sync', 'SERVICE')

export interface ApiWorldParams {
  readonly definitions?: readonly OperationDefinition[]
  readonly events?: readonly EventsDefinition[]
  readonly works?: boolean
  readonly refusedTypes?: ReadonlyMap<string, string>
  readonly isBusDegraded?: () => boolean
  readonly kind?: DatabaseKind
  /** Instead of real shops and a real search. */
  readonly storeParts?: Partial<Pick<Stores, 'shops' | 'search'>>
}

/** Nothing leaves this machine. */
const DELIVERY_SETTINGS: CreateDeliveriesParams['settings'] = {
  smtpUrl: undefined,
  from: 'Batuta <batuta@example.com>',
  slackBotToken: undefined,
  slackApiUrl: 'https://slack.invalid/api',
  publicUrl: 'https://batuta.example.com',
  graceMs: 60_000,
  encryptionKeys: [],
  allowedPrivateHosts: [],
  operators: [],
}

const SHOP_SETTINGS: ShopSettings = {
  app: undefined,
  authUrl: 'https://shop.invalid/apps',
  apiUrl: 'https://shop.invalid/v1',
  userAgent: 'Batuta (tests@example.com)',
  allowedPrivateHosts: ['127.0.0.1'],
}

export async function apiWorld({
  definitions = [],
  events: eventDefinitions = [],
  works = true,
  refusedTypes = new Map(),
  isBusDegraded = () => false,
  kind = 'pglite',
  storeParts,
}: ApiWorldParams = {}): Promise<ApiWorld> {
  const telemetry = new Telemetry()
  const hidden: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') hidden.push(fact)
  })
  const { database, drop } = await freshDatabase(kind, { telemetry })
  const bus = createMemoryBus()
  const imports = createImports({ database, clock: systemClock, telemetry, maxFileSize: 1_000_000 })
  const events = createBusinessEvents({ database, bus, clock: systemClock, telemetry, definitions: [saleEvents, ...eventDefinitions] })
  const maintenance = createMaintenance({
    database,
    bus,
    clock: systemClock,
    restarts: createWorkerRestarts({ database, bus, leaseMs: 5_000 }),
    pruners: [{ name: 'operations', prune: () => engine.prune() }],
  })
  const gateway = new SandboxGateway()
  const deliveries = createDeliveries({ database, bus, clock: systemClock, telemetry, settings: DELIVERY_SETTINGS, works, gateway })
  const ownStores = createStores({
    database,
    clock: systemClock,
    telemetry,
    gateway,
    publicUrl: undefined,
    rebuildDelayMs: 0,
    search: storeParts?.search,
    shops: { sealer: () => deliveries.sealer(), settings: SHOP_SETTINGS, start: (request) => engine.startOperation(request) },
  })
  const stores: Stores = storeParts ? { ...ownStores, ...storeParts, services: { ...ownStores.services, ...storeParts } } : ownStores
  const notifications = createNotifications({ database, bus, clock: systemClock, telemetry, retentionMs: 7 * 86_400_000 })
  const engine = createEngine({
    database,
    bus,
    clock: systemClock,
    telemetry,
    definitions: [...imports.definitions, ...maintenance.definitions, ...stores.definitions, sandboxExercise(systemClock), ...definitions],
    consumers: [notifications.consumer],
    services: { imports: imports.services, events, maintenance: maintenance.services, notifications: notifications.teller, stores: stores.services },
    config: { works, slots: 10, leaseMs: 5_000, maxActivePerOwner: 100, instanceName: 'test', drainMs: 200, onlyInstance: true },
  })
  const sales = createSales({ database, events, bus, clock: systemClock, telemetry })
  notifications.connect({ engine, statusIn: (executor) => createStatusReader({ database: executor, engine, isBusDegraded: () => false }) })
  await bus.start()
  await notifications.start()
  await engine.start()
  await events.start()
  await sales.inboxes.start()
  await deliveries.start()
  const schema = createSchema(engine.registry, events.definitions)
  const revocations = new AccessRevocations({ database, bus, clock: systemClock, telemetry, maxTokenLifeMs: undefined })
  const status = createStatus({
    database,
    engine,
    bus,
    clock: systemClock,
    telemetry,
    isBusDegraded,
    onWindowsChanged: () => notifications.announcements.changed(),
  })
  await status.board.start()
  const statuses = { status: status.reader, statusBoard: status.board, statusWindows: status.windows }
  const createContext = createContextFactory({
    engine,
    events,
    imports,
    sales,
    stores,
    deliveries,
    notifications,
    revocations,
    ...statuses,
    clock: systemClock,
    refusedTypes,
  })
  const pipeline = new Pipeline({ schema, createContext, limits: DEFAULT_LIMITS, telemetry, clock: systemClock })

  const run = async (asking: Viewer | null, query: string, variables: object) => {
    const ready = pipeline.prepare({ query, variables })
    return ready.kind === 'ready' ? pipeline.run(ready, { viewer: asking, transport: 'http' }) : ready
  }
  return {
    schema,
    database,
    engine,
    events,
    imports,
    sales,
    stores,
    status,
    deliveries,
    notifications,
    gateway,
    hidden,
    async ask(asking, query, variables = {}) {
      const outcome = await run(asking, query, variables)
      if (outcome.kind === 'stream') {
        await outcome.stream.return()
        throw new Error('expected a result, got a stream')
      }
      const errors = outcome.kind === 'refused' ? outcome.errors : outcome.result.errors
      const data = outcome.kind === 'refused' ? undefined : (outcome.result.data as Answer['data'])
      return { data, errors, codes: (errors ?? []).map((error) => error.extensions['code']) }
    },
    async subscribe(asking, query, variables = {}) {
      const outcome = await run(asking, query, variables)
      if (outcome.kind === 'stream') return outcome.stream
      const errors = outcome.kind === 'refused' ? outcome.errors : outcome.result.errors
      throw Object.assign(new Error(errors?.[0]?.message), { code: errors?.[0]?.extensions['code'] })
    },
    async close() {
      await status.board.stop()
      await deliveries.stop()
      await sales.inboxes.stop()
      await events.stop()
      await engine.stop()
      await notifications.stop()
      await bus.stop()
      await drop()
    },
  }
}

/** A file as the multipart request hands it to resolvers. */
export function upload(text: string, fileName = 'statement.csv'): PendingUpload {
  const stream = Readable.from([Buffer.from(text)])
  return { fileName, mimeType: 'text/csv', encoding: '7bit', stream: () => stream, discard: () => stream.resume() }
}

export const HEADER = 'card,holder,date,description,amount,currency,installment,reference'

/** A statement of so many good rows and one bad one. */
export const statement = (rows: number): string =>
  [
    HEADER,
    ...Array.from({ length: rows }, (_, index) => `*1111,Ana,2024-01-02,Shop ${index},${index + 1}.50,EUR,,R${index}`),
    '*1111,Ana,2024-13-40,Shop,1,EUR,,X',
  ].join('\n')

/** Reads frames until one fits; the stream stays open. */
export async function until(stream: EventStream, fits: (frame: Loose) => boolean): Promise<Loose> {
  for (;;) {
    const { value, done } = await stream.next()
    if (done) throw new Error('the stream ended')
    const frame = value.data as unknown as Loose | undefined
    if (frame && fits(frame)) return frame
  }
}
