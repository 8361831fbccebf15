import { z } from 'zod'
import type { Actor } from '../../src/base/actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { createEngine, type RunningEngine } from '../../src/engine/create-engine.ts'
import { defineOperation, type Impact } from '../../src/engine/definition.ts'
import type { StartOutcome } from '../../src/engine/engine.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import type { FeatureAccess, SystemStatus } from '../../src/status/compute-status.ts'
import { createStatus, type Status } from '../../src/status/create-status.ts'
import type { LiveQuestion } from '../../src/status/live/status-watcher.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

export const ACTOR: Actor = { kind: 'admin', id: 'root' }

const base = {
  description: 'For tests.',
  priority: 'medium',
  estimate: '5m',
  timeout: '10m',
  input: z.object({}),
  result: z.object({}),
  steps: { work: 'Work' },
  run: () => Promise.resolve({}),
} as const

const connection = defineOperation({
  ...base,
  type: 'CONNECTION',
  title: 'Connection',
  startableBy: ['USER'],
  impact: { level: 'maintenance', blocks: ['chat'], scope: 'owner' },
})
const rollout = defineOperation({
  ...base,
  type: 'ROLLOUT',
  title: 'Rollout',
  startableBy: ['SERVICE'],
  impact: { level: 'degraded', warns: ['chat'], scope: 'everybody' },
})
const report = defineOperation({ ...base, type: 'REPORT', title: 'Report', startableBy: ['USER'] })

/** Status on one instance: the engine works on nothing, so that what is started stays as it is. */
export interface StatusWorld {
  readonly engine: RunningEngine
  readonly status: Status
  /** Statements that ran, by name. */
  readonly ran: readonly string[]
  /** Names of statements that fail from now on. */
  readonly failing: Set<string>
  /** Failures that nobody was told of. */
  readonly contained: readonly unknown[]
  start(type: 'CONNECTION' | 'ROLLOUT' | 'REPORT', ownerId: string): Promise<OperationRecord>
  open(
    ownerId: string,
    params: { readonly impact: Partial<Impact>; readonly tenantId?: string; readonly total?: number; readonly title?: string },
  ): Promise<OperationRecord>
  complete(id: string): Promise<void>
  stop(): Promise<void>
}

export interface StatusWorldParams {
  readonly bus?: Bus
  readonly isBusDegraded?: () => boolean
}

export async function statusWorld(database: Database, { bus = createMemoryBus(), isBusDegraded = () => false }: StatusWorldParams = {}): Promise<StatusWorld> {
  const telemetry = new Telemetry()
  const contained: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') contained.push(fact)
  })
  const ran: string[] = []
  const failing = new Set<string>()
  const counted: Database = {
    kind: database.kind,
    kysely: database.kysely,
    run: (asked, values) => {
      ran.push(asked.name)
      return failing.has(asked.name) ? Promise.reject(new Error(`the database does not answer ${asked.name}`)) : database.run(asked, values)
    },
    runOrdered: (asked, values) => database.runOrdered(asked, values),
    runGrouped: (asked, values) => database.runGrouped(asked, values),
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  }
  const params = { database: counted, bus, clock: systemClock, telemetry }
  const engine = createEngine({
    ...params,
    definitions: [connection, rollout, report],
    services: {} as never,
    config: { works: false, slots: 1, leaseMs: 5_000, maxActivePerOwner: 100, instanceName: 'test', drainMs: 200, onlyInstance: false },
  })
  const status = createStatus({ ...params, engine, isBusDegraded })
  await bus.start()
  await engine.start()
  await status.board.start()
  const startedOf = (outcome: StartOutcome): OperationRecord => {
    if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
    return outcome.operation
  }
  const request = (ownerId: string, tenantId: string | null) => ({ ownerId, tenantId, actor: ACTOR, exemptFromQuota: true })
  return {
    engine,
    status,
    ran,
    failing,
    contained,
    start: async (type, ownerId) => startedOf(await engine.startOperation({ type, input: {}, ...request(ownerId, null) })),
    open: async (
      ownerId,
      { tenantId = null, title = 'External', ...more }: { tenantId?: string | null; title?: string; impact: Partial<Impact>; total?: number },
    ) => startedOf(await engine.openExternal({ title, deadlineSeconds: 3_600, estimateSeconds: 60, ...more, ...request(ownerId, tenantId) })),
    complete: async (id) => {
      await engine.completeExternal({ id, actor: ACTOR })
    },
    stop: async () => {
      await status.board.stop()
      await engine.stop()
    },
  }
}

/** A user, who sees operations of their own. */
export const user = (userId: string, tenantId: string | null = null): LiveQuestion => ({
  userId,
  tenantId,
  isVisible: ({ ownerId }) => ownerId === userId,
  sight: `user ${userId}`,
})

/** An administrator, who sees everything. */
export const administrator = (userId: string, tenantId: string | null = null): LiveQuestion => ({
  userId,
  tenantId,
  isVisible: () => true,
  seesAuthors: true,
  sight: 'administrators',
})

/** One open tab: what it was shown. */
export class Tab<Value extends SystemStatus | FeatureAccess> {
  readonly shown: Value[] = []
  readonly #values: AsyncIterator<Value>

  constructor(values: AsyncIterator<Value>) {
    this.#values = values
  }

  async next(): Promise<Value> {
    const step = await this.#values.next()
    if (step.done) throw new Error('the stream ended')
    this.shown.push(step.value)
    return step.value
  }

  /** The last value if it fits, or the first one after it that does. */
  async shows(fits: (value: Value) => boolean): Promise<Value> {
    let value = this.shown.at(-1) ?? (await this.next())
    while (!fits(value)) value = await this.next()
    return value
  }

  async close(): Promise<void> {
    await this.#values.return?.()
  }
}

export const isAt =
  (level: SystemStatus['level']) =>
  (status: SystemStatus): boolean =>
    status.level === level

export const chatOf = ({ features }: SystemStatus): FeatureAccess => features.find(({ feature }) => feature === 'chat') as FeatureAccess
