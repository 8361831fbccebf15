import { afterEach, describe, expect, test } from 'vitest'
import type { Actor } from '../../src/base/actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import { AccessRevocations, type AccessRevocationsParams } from '../../src/revocation/access-revocations.ts'
import { revokeAccess } from '../../src/revocation/store/revoke-access.ts'
import { type FactName, type Facts, Telemetry } from '../../src/telemetry/facts.ts'
import { databaseKinds, type FreshDatabase, freshDatabase, freshPostgres } from '../setup/databases.ts'

const ROOT: Actor = { kind: 'admin', id: 'root' }
const ANA = { kind: 'user', key: 'ana' } as const
const BACKDATE = statement('test_revocation_backdate', 'update revocation set until_at = now() where key = $1')
const STALLED = statement(
  'test_revocation_stalled',
  `insert into revocation (kind, key, reason, revoked_by, revoked_at) values ('user', 'cem', 'x', '{}', now() - interval '1 hour')`,
)
const COUNT = statement('test_revocation_count', 'select count(*)::integer as count from revocation')

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function open(kind: (typeof databaseKinds)[number]): Promise<FreshDatabase> {
  const fresh = await freshDatabase(kind)
  ends.push(fresh.drop)
  return fresh
}

interface Instance {
  readonly revocations: AccessRevocations
  readonly facts: (readonly [FactName, Facts[FactName]])[]
}

/** An instance of its own; with a bus of its own it learns from the database only. */
async function instance(database: Database, more: Partial<AccessRevocationsParams> = {}): Promise<Instance> {
  const telemetry = new Telemetry()
  const facts: (readonly [FactName, Facts[FactName]])[] = []
  telemetry.listen((name, fact) => facts.push([name, fact]))
  const revocations = new AccessRevocations({ database, bus: createMemoryBus(), clock: systemClock, telemetry, maxTokenLifeMs: undefined, ...more })
  ends.push(() => revocations.stop())
  await revocations.start()
  return { revocations, facts }
}

/** Resolves with the milliseconds that it took. */
async function knows(revocations: AccessRevocations, id: string): Promise<number> {
  const from = performance.now()
  await expect.poll(() => revocations.isRevoked({ id }), { interval: 5, timeout: 10_000 }).toBe(true)
  return performance.now() - from
}

const later = (seconds: number) => new Date(systemClock.now() + seconds * 1_000)

describe.each(databaseKinds)('revocations on %s', (kind) => {
  test('take effect at once where they are made, are told to listeners, and are loaded by an instance that starts later', async () => {
    const { database } = await open(kind)
    const { revocations } = await instance(database)
    const told: boolean[] = []
    const leave = revocations.onRevoked(() => told.push(revocations.isRevoked({ id: 'ana' })))
    const record = await revocations.revoke({ target: ANA, reason: 'lost phone', revokedBy: ROOT })
    expect(record).toMatchObject({ kind: 'user', key: 'ana', reason: 'lost phone', revokedBy: ROOT, until: null })
    expect(told).toEqual([true])
    leave()
    await revocations.revoke({ target: { kind: 'token', key: 't-1' }, reason: 'leaked', revokedBy: ROOT })
    expect(told).toHaveLength(1)
    const { revocations: other } = await instance(database)
    expect(other.size).toBe(2)
    expect(other.isRevoked({ id: 'bob', tokenId: 't-1' })).toBe(true)
  })

  test('are one row however often they are repeated, which covers later tokens and keeps the longer wish', async () => {
    const { database } = await open(kind)
    const { revocations } = await instance(database)
    const revoke = (until?: Date) => revocations.revoke({ target: ANA, reason: 'again', revokedBy: ROOT, until })
    const first = await revoke(later(600))
    const second = await revoke(later(60))
    expect(second?.until).toEqual(first?.until)
    expect(second?.revokedAt.getTime()).toBeGreaterThanOrEqual(first?.revokedAt.getTime() as number)
    expect((await revoke())?.until).toBeNull()
    expect((await revoke(later(60)))?.until).toBeNull()
    expect(await database.run<{ count: number }>(COUNT, [])).toEqual([{ count: 1 }])
  })

  test('are kept no longer than any token lives, where that is known', async () => {
    const { database } = await open(kind)
    const { revocations } = await instance(database, { maxTokenLifeMs: 3_600_000 })
    const of = async (key: string, until?: Date) => (await revocations.revoke({ target: { kind: 'user', key }, reason: 'x', revokedBy: ROOT, until }))?.until
    const hour = (await of('ana'))?.getTime() as number
    expect(hour - systemClock.now()).toBeGreaterThan(3_600_000)
    expect(hour - systemClock.now()).toBeLessThan(3_720_000)
    expect((await of('bob', later(100_000)))?.getTime()).toBeLessThan(systemClock.now() + 3_720_000)
    expect((await of('cem', later(60)))?.getTime()).toBeLessThan(systemClock.now() + 61_000)
  })

  test('are forgotten when they are over, by those who know them and by those who start', async () => {
    const { database } = await open(kind)
    const { revocations } = await instance(database)
    await revocations.revoke({ target: ANA, reason: 'x', revokedBy: ROOT, until: later(0.2) })
    await revocations.revoke({ target: { kind: 'user', key: 'bob' }, reason: 'x', revokedBy: ROOT })
    expect(revocations.size).toBe(2)
    await expect.poll(() => revocations.size, { timeout: 5_000 }).toBe(1)
    const { revocations: other } = await instance(database)
    expect([other.isRevoked({ id: 'ana' }), other.isRevoked({ id: 'bob' })]).toEqual([false, true])
  })

  test('are bounded in number: a new one is refused, a known one can be repeated', async () => {
    const { database } = await open(kind)
    const revoke = (key: string) =>
      revokeAccess(database, { target: { kind: 'user', key }, reason: 'x', revokedBy: ROOT, until: undefined, longestLifeMs: undefined, most: 2 })
    expect(await revoke('ana')).toBeDefined()
    expect(await revoke('bob')).toBeDefined()
    expect(await revoke('cem')).toBeUndefined()
    expect(await revoke('ana')).toBeDefined()
  })
})

describe('instances', () => {
  test.each(['with a common bus', 'without one'])('%s know of a revocation', async (how) => {
    const { database } = await open('postgres')
    const bus: Bus = createMemoryBus()
    const share = how === 'without one' ? {} : { bus }
    const [{ revocations: here }, { revocations: there, facts }] = [await instance(database, share), await instance(database, share)]
    const took: number[] = []
    for (let round = 0; round < 10; round += 1) {
      await here.revoke({ target: { kind: 'user', key: `user-${round}` }, reason: 'x', revokedBy: ROOT })
      took.push(await knows(there, `user-${round}`))
    }
    console.log(`revocation known on another instance ${how}: ${Math.round(Math.max(...took))} ms at most`)
    expect(facts.filter(([name]) => name === 'access.revoked')).toHaveLength(10)
    expect(there.size).toBe(10)
  })

  test('are woken by the bus: one that never looks by itself knows too', async () => {
    const { database } = await open('pglite')
    const bus = createMemoryBus()
    const sleep = (_ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
    const { revocations: here } = await instance(database, { bus })
    const { revocations: there } = await instance(database, { bus, clock: { ...systemClock, sleep } })
    await here.revoke({ target: ANA, reason: 'x', revokedBy: ROOT })
    await knows(there, 'ana')
  })

  test('see a row that commits after newer ones', async () => {
    const fresh = await freshPostgres()
    ends.push(fresh.drop)
    const { revocations } = await instance(fresh.database)
    const slow = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const params = { reason: 'x', revokedBy: ROOT, until: undefined, longestLifeMs: undefined, most: 100 }
    const late = fresh.database.transaction(async (transaction) => {
      await revokeAccess(transaction, { ...params, target: { kind: 'user', key: 'late' } })
      begun.resolve()
      await slow.promise
    })
    await begun.promise
    await revokeAccess(fresh.database, { ...params, target: { kind: 'user', key: 'early' } })
    await knows(revocations, 'early')
    expect(revocations.isRevoked({ id: 'late' })).toBe(false)
    slow.resolve()
    await late
    await knows(revocations, 'late')
  })

  test('read with one statement, which finds what is new by its index', async () => {
    const fresh = await freshPostgres()
    ends.push(fresh.drop)
    const fill = statement(
      'test_revocation_fill',
      `insert into revocation (kind, key, reason, revoked_by, revoked_at) select 'user', 'user-' || n, 'x', '{}', now() - interval '1 day' from generate_series(1, 20000) n`,
    )
    await fresh.database.run(fill, [])
    const plan = await fresh.database.run<{ 'QUERY PLAN': string }>(
      statement(
        'test_revocation_plan',
        `explain select moment.at, kind, key, revoked_at, until_at from (select now() as at) as moment
         left join revocation on revoked_at > to_timestamp(1e9::double precision * 2) and (until_at is null or until_at > now())`,
      ),
      [],
    )
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('revocation_revoked_idx')
    const { revocations } = await instance(fresh.database)
    expect(revocations.size).toBe(20_000)
  })
})

describe('an outage of the database', () => {
  /** A database whose statements fail while `isAway`. */
  const failing = (database: Database) => {
    const state = { isAway: false }
    const run: Database['run'] = (each, values) => (state.isAway ? Promise.reject(new Error('no database')) : database.run(each, values))
    return { state, database: Object.assign(Object.create(database) as Database, { run }) }
  }

  test('at the start fails the start, because no token may be accepted without the list', async () => {
    const { state, database } = failing((await open('pglite')).database)
    state.isAway = true
    const bus = createMemoryBus()
    await expect(instance(database, { bus })).rejects.toThrow('no database')
    expect(bus.channels).toBe(0)
  })

  test('later leaves the last known list in force, and what was revoked meanwhile is known soon after it', async () => {
    const fresh = await open('pglite')
    const { state, database } = failing(fresh.database)
    const { revocations, facts } = await instance(database)
    await revocations.revoke({ target: ANA, reason: 'x', revokedBy: ROOT })
    state.isAway = true
    await expect.poll(() => facts.filter(([name]) => name === 'failure.contained').length, { timeout: 5_000 }).toBeGreaterThan(1)
    await expect(revocations.revoke({ target: { kind: 'user', key: 'bob' }, reason: 'x', revokedBy: ROOT })).rejects.toThrow('no database')
    expect([revocations.isRevoked({ id: 'ana' }), revocations.isRevoked({ id: 'bob' })]).toEqual([true, false])
    const params = { reason: 'x', revokedBy: ROOT, until: undefined, longestLifeMs: undefined, most: 100 }
    await revokeAccess(fresh.database, { ...params, target: { kind: 'user', key: 'bob' } })
    state.isAway = false
    await knows(revocations, 'bob')
  })
})

test('what is over is deleted from time to time, and everything is read again then', async () => {
  const { database } = await open('pglite')
  let hours = 0
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + hours * 3_600_000 }
  const { revocations, facts } = await instance(database, { clock })
  await revocations.revoke({ target: ANA, reason: 'x', revokedBy: ROOT })
  await revocations.revoke({ target: { kind: 'user', key: 'bob' }, reason: 'x', revokedBy: ROOT })
  await database.run(BACKDATE, ['ana'])
  // Its commit took longer than any look goes back.
  await database.run(STALLED, [])
  hours = 1
  await expect.poll(() => facts.find(([name]) => name === 'revocations.pruned')?.[1], { timeout: 5_000 }).toEqual({ count: 1 })
  expect(await database.run<{ count: number }>(COUNT, [])).toEqual([{ count: 2 }])
  await knows(revocations, 'cem')
})

test('a stopped service asks no more, listens to nothing, and may be stopped twice', async () => {
  const { database } = await open('pglite')
  const bus = createMemoryBus()
  const { revocations } = await instance(database, { bus })
  expect(bus.channels).toBe(1)
  await revocations.stop()
  await revocations.stop()
  expect(bus.channels).toBe(0)
})
