import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import { defineOperation, type OperationDefinition } from '../../src/engine/definition.ts'
import type { OperationServices, Run } from '../../src/engine/run.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

/** The real engine as an application has it: full history, all events, a pool of 10 connections, the memory bus. */
export interface World {
  readonly database: Database
  readonly telemetry: Telemetry
  readonly engine: ReturnType<typeof createEngine>
  /** Starts one trivial operation for the benchmark's user. */
  start(): Promise<string>
  close(): Promise<void>
}

export interface WorldParams {
  readonly url: string
  readonly run: (run: Run<{ value?: number | undefined }, never>) => Promise<void>
  /** Runs at a time. */
  readonly slots?: number
  /** False: it only enqueues. */
  readonly works?: boolean
  readonly bus?: Bus
}

const POOL_SIZE = 10
export const TYPE = 'BENCH'
export const OWNER = 'bench'

export async function createWorld(params: WorldParams): Promise<World> {
  const telemetry = new Telemetry()
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') console.error(fact)
  })
  const database = createPostgresDatabase({ url: params.url, poolSize: POOL_SIZE, telemetry })
  await migrate(database)
  const bus = params.bus ?? createMemoryBus({ telemetry })
  await bus.start()
  const engine = createEngine({
    database,
    bus,
    clock: systemClock,
    telemetry,
    definitions: [trivial(params.run)],
    services: {} as OperationServices,
    config: { works: params.works ?? true, slots: params.slots ?? 1_000, leaseMs: 10_000, maxActivePerOwner: 1_000, instanceName: 'bench' },
  })
  return {
    database,
    telemetry,
    engine,
    async start() {
      const outcome = await engine.startOperation({
        type: TYPE,
        input: { value: 1 },
        ownerId: OWNER,
        tenantId: null,
        actor: { kind: 'system', id: OWNER },
        exemptFromQuota: true,
      })
      if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
      return outcome.operation.id
    },
    async close() {
      await engine.stop()
      await bus.stop()
      await database.close()
    },
  }
}

const trivial = (run: WorldParams['run']): OperationDefinition =>
  defineOperation({
    type: TYPE,
    title: 'Benchmark',
    description: 'A trivial operation.',
    priority: 'medium',
    estimate: '1s',
    timeout: '5m',
    input: z.object({ value: z.int().optional() }),
    result: z.json().optional(),
    steps: {},
    startableBy: ['SERVICE'],
    run: async (context) => {
      await run(context)
      return undefined
    },
  })
