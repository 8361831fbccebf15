import type { Clock } from '../base/clock.ts'
import { FlushQueue } from '../base/flush-queue.ts'
import type { Json } from '../base/json.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import { EventLog } from '../events/log.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { actionsOf } from './actions.ts'
import { type InstanceMessage, instanceChannel, WORK_CHANNEL } from './channels.ts'
import { OperationControl } from './control.ts'
import type { OperationDefinition } from './definition.ts'
import type { Engine } from './engine.ts'
import { externalOperation } from './external.ts'
import { isDone } from './lifecycle.ts'
import { createLiveOperations } from './live/live-operations.ts'
import { viewProgress } from './progress.ts'
import { Registry } from './registry.ts'
import type { OperationServices } from './run.ts'
import { Claimer } from './services/claimer.ts'
import { type Consumer, Consumers } from './services/consumers.ts'
import { Executor } from './services/executor.ts'
import { Heartbeat } from './services/heartbeat.ts'
import { Hints } from './services/hints.ts'
import { History } from './services/history.ts'
import { Maintenance } from './services/maintenance.ts'
import { ProgressBoard } from './services/progress-board.ts'
import { Reconciler } from './services/reconciler.ts'
import { OperationStarter } from './starter.ts'
import { listOperations } from './store/list-operations.ts'
import { countAhead, readMetrics } from './store/read-figures.ts'
import { readActiveOperations, readOperations } from './store/read-operations.ts'
import type { MovedRow, OutboxRoutes } from './store/transition.ts'
import { Writer } from './store/writer.ts'

export interface EngineParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly definitions: readonly OperationDefinition[]
  readonly consumers?: readonly Consumer[]
  readonly services: OperationServices
  readonly config: EngineConfig
}

export interface EngineConfig {
  /** False: this instance only serves the API. */
  readonly works: boolean
  /** Runs at a time. */
  readonly slots: number
  /** After so long a silence an instance's runs are taken over. */
  readonly leaseMs: number
  /** Non-terminal operations that one owner may have. */
  readonly maxActivePerOwner: number
  /** Shown to operators. */
  readonly instanceName: string
  /** On a stop, how long runs may take to reach a boundary before they are aborted. */
  readonly drainMs?: number
  /** The embedded database has one instance: leases that are left at its start are nobody's. */
  readonly onlyInstance?: boolean
}

/** Active operations that the first frames of a live list show at most. */
const MOST_ACTIVE_SHOWN = 500
const DRAIN_MS = 5_000
/** Beyond this position it is only "many". */
const FARTHEST_POSITION = 1_000

/** Puts the engine together: stores, services and feeds around one database and one bus. */
export function createEngine(params: EngineParams): Engine & { readonly instanceId: string; readonly running: number } {
  const { database, bus, clock, telemetry, config } = params
  const registry = new Registry([...params.definitions, externalOperation])
  const routes = routesOf(params.consumers ?? [])
  const hints = new Hints(bus, () => heartbeat.instanceId)
  const consumers = new Consumers({ database, clock, telemetry, consumers: params.consumers ?? [] })
  const history = new History({ database, clock, telemetry })
  const board = new ProgressBoard({ database, clock, hints, telemetry })

  const announce = (rows: readonly { readonly id: string; readonly version: number; readonly owner_id: string }[]): void => {
    hints.changed(rows.map((row) => ({ id: row.id, version: row.version, ownerId: row.owner_id })))
    if (rows.length > 0) consumers.wake()
  }
  const claimable = (priorities: readonly number[]): void => {
    if (priorities.length === 0) return
    for (const priority of new Set(priorities)) claimer.wake(priority)
    hints.work(priorities)
  }
  const moved = (rows: readonly MovedRow[]): void => {
    announce(rows)
    claimable(rows.flatMap((row) => (row.claim_in_ms !== null ? [row.priority] : [])))
  }

  const writer = new Writer({
    database,
    clock,
    routes,
    instanceId: () => heartbeat.instanceId,
    watermarks: () => claimer.watermarks,
    onEnqueued: (operations, rows) => {
      const started = rows.flatMap((row, index) => (row.outcome === 'started' ? [{ row, operation: operations[index] as (typeof operations)[number] }] : []))
      announce(started.map(({ row, operation }) => ({ id: row.id, version: row.version ?? 1, owner_id: operation.ownerId })))
      claimable(started.flatMap(({ row, operation }) => (row.state === 'queued' ? [operation.priority] : [])))
      telemetry.emit('operations.enqueued', { count: started.length, direct: started.filter(({ row }) => row.state === 'running').length })
    },
    onSettled: (rows) => {
      const settled = rows.filter((row) => row.version !== null && row.version !== undefined)
      moved(settled)
      if (settled.some((row) => row.exclusive_key !== null && row.finished_at !== null)) maintenance.promote()
      const count = (state: string) => settled.filter((row) => row.state === state).length
      const [completed, failed] = [count('completed'), count('failed')]
      telemetry.emit('operations.settled', { completed, failed, other: settled.length - completed - failed })
    },
    onWritten: (ids, rows) => announce(rows.flatMap((row, index) => (row.owned && row.version !== null && row.owner_id !== null ? [{ id: ids[index] as string, version: row.version, owner_id: row.owner_id }] : []))),
  })

  const executor = new Executor({ database, registry, writer, board, clock, telemetry, services: params.services, slots: config.slots, onFree: () => claimer.slotFreed() })
  const heartbeat = new Heartbeat({ database, executor, clock, telemetry, name: config.instanceName, role: config.works ? 'worker' : 'api', leaseMs: config.leaseMs })
  const instanceId = () => heartbeat.instanceId
  const reconciler = new Reconciler({ database, executor, writer, clock, instanceId })
  const types = registry.all.filter((definition) => definition.run !== undefined).map((definition) => definition.type)
  const claimer = new Claimer({ database, executor, hints, clock, telemetry, routes, types, instanceId, onDoubt: () => reconciler.doubt() })
  const reconcile = () => (config.works ? reconciler.reconcile() : Promise.resolve())
  const maintenance = new Maintenance({ database, registry, heartbeat, clock, telemetry, routes, leaseMs: config.leaseMs, rescues: config.works, onMoved: moved, onClaimable: claimable, reconcile })

  const loader = new FlushQueue<string, Awaited<ReturnType<typeof readOperations>>[number]>({ name: 'read operations', maxBatch: 500, flights: 4, flush: (ids) => readOperations(database, registry, ids) })
  const byId = (id: string) => loader.submit(id)
  const byIds = (ids: readonly string[]) => Promise.all(ids.map(byId))
  const log = new EventLog(database, { table: 'operation', key: 'id', head: 'version' })
  const live = createLiveOperations({
    bus,
    log,
    load: byIds,
    listActive: (visibility) => readActiveOperations(database, registry, { ownerId: visibility.kind === 'all' ? null : visibility.ownerId, limit: MOST_ACTIVE_SHOWN }),
    clock,
    telemetry,
    isDone,
  })
  const actions: Engine['actions'] = (record) => actionsOf(record, registry.get(record.type))
  const starter = new OperationStarter({ registry, writer, database, executor, byId, maxActivePerOwner: config.maxActivePerOwner, startsDirectly: () => claimer.accepting && claimer.idle, onDoubt: () => reconciler.doubt() })
  const control = new OperationControl({ database, registry, routes, clock, hints, byId, actions, onMoved: moved, onChanged: announce, executor })

  let leaveChannels: (() => void)[] = []
  const listen = async (): Promise<void> => {
    const onWork = (message: Json): void => {
      const { priority, from } = message as { priority?: number; from?: string }
      if (from !== heartbeat.instanceId) claimer.wake(priority)
    }
    const onOrder = (message: Json): void => {
      const order = message as unknown as InstanceMessage
      for (const id of order.pause ?? []) executor.pause(id)
      for (const id of order.cancel ?? []) executor.cancel(id)
    }
    leaveChannels = [await bus.subscribe(WORK_CHANNEL, onWork), await bus.subscribe(instanceChannel(heartbeat.instanceId), onOrder), bus.onGap(() => claimer.wake(0))]
  }

  return {
    registry,
    get instanceId() {
      return heartbeat.instanceId
    },
    get running() {
      return executor.running
    },
    async start() {
      await live.start()
      await history.start()
      if (config.works) {
        if (config.onlyInstance) moved(await maintenance.freeOldLeases())
        await heartbeat.start()
        await listen()
        await board.start()
        await claimer.start()
        await consumers.start()
      }
      await maintenance.start()
    },
    async stop() {
      await claimer.stop()
      await executor.drain(config.drainMs ?? DRAIN_MS)
      await writer.drained()
      await consumers.stop()
      await maintenance.stop()
      await heartbeat.stop()
      await board.stop()
      for (const leave of leaveChannels.splice(0)) leave()
      await history.stop()
      await live.stop()
    },
    startOperation: (request) => starter.start(request),
    openExternal: (request) => starter.openExternal(request),
    control: (request) => control.control(request),
    reportExternal: (request) => control.report(request),
    completeExternal: (request) => control.completeExternal(request),
    failExternal: (request) => control.failExternal(request),
    byId,
    byIds,
    list: (query) => listOperations(database, registry, query),
    async events(id, after, first) {
      const page = await log.read({ stream: id, after, limit: first + 1 })
      return { events: page.events.slice(0, first), hasMore: page.events.length > first }
    },
    metrics: (query) => readMetrics(database, query),
    async queuePosition(record) {
      if (record.state !== 'queued') return undefined
      const ahead = await countAhead(database, record.id)
      return ahead >= FARTHEST_POSITION ? undefined : ahead + 1
    },
    eventFeed: (query) => live.eventFeed(query),
    watch: (query) => live.watch(query),
    watchMany: (query) => live.watchMany(query),
    actions,
    progressOf: (record) => viewProgress(record, { definition: registry.get(record.type), history: history.of(record.type), now: clock.now() }),
  }
}

function routesOf(consumers: readonly Consumer[]): OutboxRoutes {
  const pairs = consumers.flatMap((consumer) => consumer.eventTypes.map((eventType) => [consumer.name, eventType] as const))
  return { consumers: pairs.map(([consumer]) => consumer), eventTypes: pairs.map(([, eventType]) => eventType) }
}

