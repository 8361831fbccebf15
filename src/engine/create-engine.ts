import type { Clock } from '../base/clock.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import './facts.ts'
import { actionsOf } from './actions.ts'
import { OperationControl } from './control.ts'
import type { OperationDefinition } from './definition.ts'
import type { Engine } from './engine.ts'
import type { EngineConfig } from './engine-config.ts'
import { EXTERNAL_TYPE, externalKey, externalOperation } from './external.ts'
import { isDone } from './lifecycle.ts'
import { createLiveOperations, type LiveOperations } from './live/live-operations.ts'
import { readMetrics, readMetricsWindows } from './metrics.ts'
import { OperationReads } from './operation-reads.ts'
import { viewProgress } from './progress.ts'
import { pruneFinished } from './prune.ts'
import { Registry } from './registry.ts'
import type { OperationServices } from './run.ts'
import type { Consumer } from './services/consumers.ts'
import { History } from './services/history.ts'
import { Rollups } from './services/rollups.ts'
import { Workers } from './services/workers.ts'
import { OperationStarter } from './starter.ts'
import { findByIdempotencyKey } from './store/enqueue-operations.ts'
import { listOperations } from './store/list-operations.ts'
import type { OutboxRoutes } from './store/transition.ts'

export interface EngineParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly definitions: readonly OperationDefinition[]
  readonly consumers?: readonly Consumer[]
  /** What handlers are lent, beside the engine's own. */
  readonly services: Omit<OperationServices, 'operations'>
  readonly config: EngineConfig
}

/** The engine of this process, with what operators and tests look at. */
export interface RunningEngine extends Engine {
  readonly instanceId: string
  /** Runs in slots now. */
  readonly running: number
  /** What is held for subscribers; all zero when there are none. */
  readonly live: LiveOperations['counts']
  /** Removes a batch of finished operations whose retention has passed. */
  prune(): Promise<PrunedBatch>
}

/** Puts the engine together: stores, services and feeds around one database and one bus. */
export function createEngine(params: EngineParams): RunningEngine {
  const { database, bus, clock, telemetry, config } = params
  const registry = new Registry([...params.definitions, externalOperation])
  const routes = routesOf(params.consumers ?? [])
  const services: OperationServices = { ...params.services, operations: { start: (request) => starter.start(request) } }
  const workers = new Workers({ ...params, services, registry, routes, consumers: params.consumers ?? [] })
  const { writer, executor, claimer, reconciler, announcer, hints } = workers
  const reads = new OperationReads(database, registry)
  const { byId, byIds } = reads
  const live = createLiveOperations({ bus, log: reads.log, load: byIds, listActive: (visibility) => reads.active(visibility), clock, telemetry, isDone })
  const history = new History({ database, clock, telemetry })
  const rollups = new Rollups({ database, clock, telemetry })
  const actions: Engine['actions'] = (record) => actionsOf(record, registry.get(record.type))
  const startsDirectly = () => claimer.accepting && claimer.idle
  const { maxActivePerOwner } = config
  const starter = new OperationStarter({
    registry,
    writer,
    database,
    routes,
    executor,
    byId,
    maxActivePerOwner,
    startsDirectly,
    onDoubt: () => reconciler.doubt(),
  })
  const control = new OperationControl({ database, registry, routes, clock, hints, announcer, byId, actions, executor })
  return {
    registry,
    get instanceId() {
      return workers.instanceId
    },
    get running() {
      return executor.running
    },
    get live() {
      return live.counts
    },
    async start() {
      await live.start()
      await history.start()
      await workers.start()
      await rollups.start()
    },
    async stop() {
      await workers.stop()
      await rollups.stop()
      await history.stop()
      await live.stop()
    },
    prune: () => pruneFinished({ database, registry, clock }),
    startOperation: (request) => starter.start(request),
    openExternal: (request) => starter.openExternal(request),
    control: (request) => control.control(request),
    reportExternal: (request) => control.report(request),
    completeExternal: (request) => control.completeExternal(request),
    failExternal: (request) => control.failExternal(request),
    hasStarted: async ({ ownerId, startedById, type, idempotencyKey: given }) => {
      const idempotencyKey = type === EXTERNAL_TYPE ? externalKey(startedById, given) : given
      return (await findByIdempotencyKey(database, { ownerId, type, idempotencyKey })) !== undefined
    },
    byId,
    byIds,
    list: (query) => listOperations(database, registry, query),
    events: (id, after, first) => reads.events(id, after, first),
    metrics: (query) => readMetrics(database, query, clock.now()),
    metricsWindows: (query, every) => readMetricsWindows(database, query, every, clock.now()),
    usualTime: (type) => history.usualTime(type),
    queuePosition: (record) => reads.queuePosition(record),
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
