import { z } from 'zod'
import type { Actor } from '../../src/base/actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { createEngine, type RunningEngine } from '../../src/engine/create-engine.ts'
import { defineOperation, type OperationDefinition } from '../../src/engine/definition.ts'
import type { StartRequest } from '../../src/engine/engine.ts'
import type { EngineConfig } from '../../src/engine/engine-config.ts'
import type { OperationState } from '../../src/engine/lifecycle.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import type { OperationServices, Run } from '../../src/engine/run.ts'
import type { Consumer } from '../../src/engine/services/consumers.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, type FreshDatabase, freshDatabase } from '../setup/databases.ts'

/** One database and any number of engine instances on it, as tests need them; nothing in here is shared between tests. */
export interface EngineWorldParams {
  readonly kind: DatabaseKind
  /** Instead of a fresh one of the kind; dropped at the end. */
  readonly fresh?: FreshDatabase
  readonly definitions: readonly OperationDefinition[]
  readonly consumers?: readonly Consumer[]
  readonly config?: Partial<EngineConfig>
  /** What handlers are lent; nothing by default. */
  readonly services?: (ground: { readonly database: Database; readonly bus: Bus }) => Partial<OperationServices>
}

export type TestEngine = RunningEngine

export interface EngineWorld {
  readonly database: Database
  readonly bus: Bus
  readonly engine: TestEngine
  /** A further instance on the same database and bus. */
  another(config?: Partial<EngineConfig>): Promise<TestEngine>
  start(type: string, input?: object, more?: Partial<StartRequest>): Promise<OperationRecord>
  /** Resolves once the operation is in one of the states. */
  reaches(id: string, ...states: OperationState[]): Promise<OperationRecord>
  eventTypes(id: string): Promise<string[]>
  close(): Promise<void>
}

export const ANA: Actor = { kind: 'user', id: 'ana', name: 'Ana' }

const CONFIG: EngineConfig = { works: true, slots: 20, leaseMs: 2_000, maxActivePerOwner: 100, instanceName: 'test', drainMs: 500 }

export async function engineWorld(params: EngineWorldParams): Promise<EngineWorld> {
  const { database, drop } = params.fresh ?? (await freshDatabase(params.kind))
  const bus = createMemoryBus()
  await bus.start()
  const engines: TestEngine[] = []
  const another = async (config: Partial<EngineConfig> = {}): Promise<TestEngine> => {
    const engine = createEngine({
      database,
      bus,
      clock: systemClock,
      telemetry: new Telemetry(),
      definitions: params.definitions,
      consumers: params.consumers ?? [],
      services: (params.services?.({ database, bus }) ?? {}) as OperationServices,
      config: { ...CONFIG, ...params.config, ...config },
    })
    engines.push(engine)
    await engine.start()
    return engine
  }
  const engine = await another()
  return {
    database,
    bus,
    engine,
    another,
    async start(type, input = {}, more = {}) {
      const outcome = await engine.startOperation({ type, input, ownerId: 'ana', tenantId: null, actor: ANA, ...more })
      if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
      return outcome.operation
    },
    async reaches(id, ...states) {
      for await (const record of engine.watch({ id, minIntervalMs: 50 })) if (states.includes(record.state)) return record
      throw new Error('the watch ended')
    },
    async eventTypes(id) {
      const { events } = await engine.events(id, 0, 1_000)
      return events.map((event) => event.type)
    },
    async close() {
      await Promise.all(engines.map((one) => one.stop()))
      await bus.stop()
      await drop()
    },
  }
}

/** A gate that handlers of a test wait at, and that tests open. */
export function gate(): { readonly open: () => void; readonly passed: Promise<void>; readonly arrived: Promise<void>; readonly wait: () => Promise<void> } {
  const { promise: passed, resolve: open } = Promise.withResolvers<void>()
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  return {
    open,
    passed,
    arrived,
    wait: () => {
      arrive()
      return passed
    },
  }
}

type Handler = (run: Run<{ value?: string | undefined }, 'first' | 'second'>) => Promise<unknown>

/** A definition around a handler, with two steps and every default overridable. */
export function operation(type: string, run: Handler, more: Partial<OperationDefinition> = {}): OperationDefinition {
  const definition = defineOperation({
    type,
    title: `Test ${type}`,
    description: 'For tests.',
    priority: 'medium',
    estimate: '10s',
    timeout: '1m',
    input: z.object({ value: z.string().optional() }),
    result: z.json().optional(),
    steps: { first: 'First', second: 'Second' },
    startableBy: ['USER'],
    retry: { attempts: 3, backoff: { baseMs: 1, capMs: 5 } },
    run: run as never,
  })
  return { ...definition, ...more }
}

/** Rejects when the signal aborts; a handler's way to wait for nothing else. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
