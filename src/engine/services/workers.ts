import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { Service } from '../../base/service.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { type InstanceMessage, instanceChannel, RESTART_CHANNEL, WORK_CHANNEL, type WorkMessage } from '../channels.ts'
import type { EngineConfig } from '../engine-config.ts'
import type { Registry } from '../registry.ts'
import type { OperationServices } from '../run.ts'
import type { OutboxRoutes } from '../store/transition.ts'
import { Writer } from '../store/writer.ts'
import { Announcer } from './announcer.ts'
import { Claimer } from './claimer.ts'
import { type Consumer, Consumers } from './consumers.ts'
import { Executor } from './executor.ts'
import { Heartbeat } from './heartbeat.ts'
import { Hints } from './hints.ts'
import { Maintenance } from './maintenance.ts'
import { ProgressBoard } from './progress-board.ts'
import { Reconciler } from './reconciler.ts'
import { Restarter } from './restarter.ts'

export interface WorkersParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly registry: Registry
  readonly routes: OutboxRoutes
  readonly consumers: readonly Consumer[]
  readonly services: OperationServices
  readonly config: EngineConfig
}

const DRAIN_MS = 5_000

/** The moving parts of one instance, wired: what claims, runs, writes, announces, rescues and cleans up. */
export class Workers implements Service {
  readonly hints: Hints
  readonly announcer: Announcer
  readonly writer: Writer
  readonly executor: Executor
  readonly claimer: Claimer
  readonly reconciler: Reconciler
  readonly #params: WorkersParams
  readonly #board: ProgressBoard
  readonly #heartbeat: Heartbeat
  readonly #maintenance: Maintenance
  readonly #consumers: Consumers
  readonly #restarter: Restarter
  #leaveChannels: (() => void)[] = []
  #leaveOrders: (() => void) | undefined

  constructor(params: WorkersParams) {
    this.#params = params
    const { database, bus, clock, telemetry, registry, routes, services, config } = params
    const shared = { database, clock, telemetry, registry, routes }
    const instanceId = () => this.instanceId
    this.hints = new Hints(bus, instanceId, affectingTypes(registry))
    this.announcer = new Announcer(this.hints, telemetry)
    this.#board = new ProgressBoard({ ...shared, hints: this.hints })
    this.writer = new Writer({ ...shared, instanceId, watermarks: () => this.claimer.watermarks, announcer: this.announcer })
    this.executor = new Executor({ ...shared, writer: this.writer, board: this.#board, services, slots: config.slots, onFree: () => this.claimer.slotFreed() })
    this.#heartbeat = new Heartbeat({
      ...shared,
      executor: this.executor,
      name: config.instanceName,
      role: config.works ? 'worker' : 'api',
      leaseMs: config.leaseMs,
      generation: () => this.#restarter.reached,
      onGeneration: (generation) => this.#restarter.wanted(generation),
      onRegistered: (id) => this.#takeOrders(id),
    })
    this.reconciler = new Reconciler({ ...shared, executor: this.executor, writer: this.writer, instanceId })
    const types = registry.all.filter((definition) => definition.run !== undefined).map((definition) => definition.type)
    this.claimer = new Claimer({ ...shared, executor: this.executor, hints: this.hints, types, instanceId, onDoubt: () => this.reconciler.doubt() })
    this.#maintenance = new Maintenance({
      ...shared,
      heartbeat: this.#heartbeat,
      announcer: this.announcer,
      leaseMs: config.leaseMs,
      rescues: config.works,
      reconcile: () => (config.works ? this.reconciler.reconcile() : Promise.resolve()),
    })
    this.#consumers = new Consumers({ ...shared, consumers: params.consumers })
    this.#restarter = new Restarter({
      ...shared,
      instanceId,
      leaseMs: config.leaseMs,
      restart: () => this.#restart(),
      onReached: () => bus.publish(RESTART_CHANNEL, {}),
    })
    this.announcer.attach({
      onClaimable: (claimable) => this.claimer.wake(claimable),
      onEvents: () => this.#consumers.wake(),
      onKeysFreed: () => this.#maintenance.promote(),
    })
  }

  get instanceId(): string {
    return this.#heartbeat.instanceId
  }

  async start(): Promise<void> {
    if (this.#params.config.works) await this.#startWorking()
    await this.#maintenance.start()
  }

  async stop(): Promise<void> {
    await this.#restarter.stop()
    await this.#stopWorking()
    await this.#maintenance.stop()
    await this.#heartbeat.stop()
    await this.#board.stop()
    this.#leaveOrders?.()
    for (const leave of this.#leaveChannels.splice(0)) leave()
  }

  async #startWorking(): Promise<void> {
    const { bus, config } = this.#params
    if (config.onlyInstance) this.announcer.moved(await this.#maintenance.freeOldLeases())
    await this.#restarter.start()
    await this.#heartbeat.start()
    const onWork = (message: Json): void => {
      const work = message as unknown as WorkMessage
      if (work.from !== this.instanceId) this.claimer.wake(work)
    }
    // A gap may have swallowed a hint of any priority.
    this.#leaveChannels = [
      await bus.subscribe(WORK_CHANNEL, onWork),
      await bus.subscribe(RESTART_CHANNEL, () => this.#heartbeat.wake()),
      bus.onGap(() => this.claimer.lookEverywhere()),
    ]
    await this.#beginWorking()
  }

  async #beginWorking(): Promise<void> {
    this.executor.reopen()
    await this.#board.start()
    await this.claimer.start()
    await this.#consumers.start()
  }

  /** Nothing new is claimed, and runs go on to their next boundary and are given back. */
  async #stopWorking(): Promise<void> {
    await this.claimer.stop()
    await this.executor.drain(this.#params.config.drainMs ?? DRAIN_MS)
    await this.writer.drained()
    await this.#consumers.stop()
  }

  /** The heartbeat goes on, because this instance is alive, and so do the channels and the API; everything that works ends and begins again. */
  async #restart(): Promise<void> {
    await this.#stopWorking()
    await this.#maintenance.stop()
    await this.#board.stop()
    await this.#beginWorking()
    await this.#maintenance.start()
    this.claimer.lookEverywhere()
  }

  /** Orders are addressed to an incarnation, so a new one listens anew. */
  async #takeOrders(instanceId: string): Promise<void> {
    const onOrder = (message: Json): void => {
      const order = message as unknown as InstanceMessage
      for (const id of order.pause ?? []) this.executor.pause(id)
      for (const id of order.cancel ?? []) this.executor.cancel(id)
    }
    this.#leaveOrders?.()
    this.#leaveOrders = await this.#params.bus.subscribe(instanceChannel(instanceId), onOrder)
  }
}

/** Types whose operations may affect what people can do. */
const affectingTypes = ({ all }: Registry): ReadonlySet<string> =>
  new Set(all.filter(({ impact }) => impact.level !== 'operational' || impact.blocks.length > 0 || impact.warns.length > 0).map(({ type }) => type))
