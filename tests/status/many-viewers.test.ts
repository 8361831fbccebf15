import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createViewer } from '../../src/auth/viewer.ts'
import { systemClock } from '../../src/base/clock.ts'
import { isSameForAll } from '../../src/base/same-for-all.ts'
import { createContextFactory, type GraphqlServices } from '../../src/graphql/context.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import type { EventStream } from '../../src/server/event-stream.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
import { Pipeline } from '../../src/server/pipeline.ts'
import type { SystemStatus } from '../../src/status/compute-status.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type FreshDatabase, freshPostgres } from '../setup/databases.ts'
import { type StatusWorld, statusWorld, user } from './status-world.ts'

const VIEWERS = 10_000
/** Looks at what is followed that a slow machine may fit in. */
const BY_CLOCK = 12
const REREADS = new Set(['status_read_effects', 'status_end_passed_windows'])

describe(`${VIEWERS.toLocaleString('en-US')} viewers`, () => {
  let fresh: FreshDatabase
  let world: StatusWorld
  beforeAll(async () => {
    fresh = await freshPostgres()
    world = await statusWorld(fresh.database)
  })
  afterAll(async () => {
    expect(world.contained).toEqual([])
    await world.stop()
    await fresh.drop()
  })

  /** Statements for the status and the operations behind it; those of the engine's own loops are not for viewers. */
  const asked = () => world.ran.filter((name) => name === 'read_operations' || REREADS.has(name))
  /** The slow looks come by the clock, not because of a change: about 21 statements every five seconds for so many viewers, and one for what is followed. */
  const becauseOf = (names: readonly string[]) => names.filter((name) => !REREADS.has(name))

  test('come with few statements, and learn of a change for everybody by one object and three statements', async () => {
    const before = asked().length
    const watching = Array.from({ length: VIEWERS }, (_, index) => world.status.board.watch(user(`user-${index}`, `tenant-${index % 50}`)))
    const first = await Promise.all(watching.map((statuses) => statuses.next()))
    // Ten thousand owners, fifty tenants and everybody, five hundred in a statement; a look may have come in between.
    expect(asked().length - before).toBeLessThanOrEqual(50)
    expect(new Set(first.map(({ value }) => value)).size).toBe(1)
    expect(world.status.board.counts).toEqual({ watchers: VIEWERS, audiences: VIEWERS + 51, views: 1, operations: 0 })

    const next = Promise.all(watching.map((statuses) => statuses.next()))
    const atChange = asked().length
    const work = await world.open('shop', { impact: { level: 'critical', scope: 'everybody' } })
    const told = await next
    // Three: one for the hint, and two by which the operation is followed from now on; the clock may add some.
    expect(becauseOf(asked().slice(atChange)).length).toBeLessThanOrEqual(3 + BY_CLOCK)
    const [value] = new Set(told.map((step) => step.value as SystemStatus))
    expect(new Set(told.map((step) => step.value)).size).toBe(1)
    expect([value?.level, isSameForAll(value)]).toEqual(['critical', true])

    const end = Promise.all(watching.map((statuses) => statuses.next()))
    const atEnd = asked().length
    await world.complete(work.id)
    expect(new Set((await end).map((step) => (step.value as SystemStatus).level))).toEqual(new Set(['operational']))
    // Three: two for who ends it, one for who follows it.
    expect(becauseOf(asked().slice(atEnd)).length).toBeLessThanOrEqual(3 + BY_CLOCK)

    const own = watching[7]?.next()
    const mine = await world.start('CONNECTION', 'user-7')
    expect((await own)?.value).toMatchObject({ level: 'maintenance', causes: [{ operation: { id: mine.id } }] })
    expect(isSameForAll((await own)?.value)).toBe(false)
    expect(world.status.board.counts).toMatchObject({ views: 2, operations: 1 })

    for (const statuses of watching) await statuses.return?.()
    expect(world.status.board.counts).toEqual({ watchers: 0, audiences: 0, views: 0, operations: 0 })
    await expect.poll(() => world.engine.live).toEqual({ hubs: 0, watchers: 0, operations: 0, channels: 0 })
    await world.engine.control({ id: mine.id, action: 'cancel', actor: { kind: 'user', id: 'user-7' } })
  })

  test('of whom each is somebody else share one execution and one encoding of what looks the same to all', async () => {
    let executions = 0
    const { reader, board, windows } = world.status
    const services = { engine: world.engine, status: reader, statusBoard: board, statusWindows: windows, clock: systemClock, refusedTypes: new Map() }
    const createContext = createContextFactory(services as unknown as GraphqlServices)
    const pipeline = new Pipeline({
      schema: createSchema(world.engine.registry),
      createContext: (viewer) => {
        executions += 1
        return createContext(viewer)
      },
      limits: DEFAULT_LIMITS,
      telemetry: new Telemetry(),
      clock: systemClock,
    })
    const open = async (number: number): Promise<EventStream> => {
      const viewer = createViewer({ id: `viewer-${number}`, roles: ['USER'], tenantId: null })
      const ready = pipeline.prepare({ query: 'subscription { systemStatus { level message causes { title level operation { id } } } }' })
      if (ready.kind !== 'ready') throw new Error('expected a valid document')
      const outcome = await pipeline.run(ready, { viewer, transport: 'websocket' })
      if (outcome.kind !== 'stream') throw new Error('expected a stream')
      return outcome.stream
    }
    const streams = await Promise.all(Array.from({ length: 1_000 }, (_, index) => open(index)))
    await Promise.all(streams.map((stream) => stream.next()))
    const next = Promise.all(streams.map((stream) => stream.next()))
    executions = 0
    const work = await world.open('shop', { impact: { level: 'degraded', scope: 'everybody' } })
    const answers = await next
    // Whoever comes more than half a second after the first has it executed again.
    expect(executions).toBeLessThanOrEqual(10)
    expect(new Set(answers.map(({ value }) => JSON.stringify(value)))).toEqual(
      new Set([
        JSON.stringify({
          data: {
            systemStatus: {
              level: 'DEGRADED',
              message: 'degraded: External',
              causes: [{ title: 'External', level: 'DEGRADED', operation: null }],
            },
          },
        }),
      ]),
    )
    await Promise.all(streams.map((stream) => stream.return()))
    expect(pipeline.groups).toBe(0)
    await world.complete(work.id)
  })
})
