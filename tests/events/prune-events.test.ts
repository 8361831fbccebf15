import pg from 'pg'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { namedStream } from '../../src/base/ids.ts'
import type { Database } from '../../src/database/database.ts'
import { ORDERED_SETTINGS } from '../../src/database/session-settings.ts'
import { statement } from '../../src/database/statement.ts'
import { EventPruner } from '../../src/events/event-pruner.ts'
import { PRUNE_EVENTS, pruneEvents } from '../../src/events/prune-events.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, databaseKinds, type FreshDatabase, freshDatabase, freshPostgres } from '../setup/databases.ts'
import { ageEvents, countKept, deliveries, stockAlerts } from './business-world.ts'

const FILL = statement(
  'test.fill_stream',
  `insert into event (stream, seq, type, data, at) select $1, n, 'LOW', '{}', now() from generate_series(1, $2::int) n`,
)
const YOUNG = statement('test.young_event', 'update event set at = now() where stream = $1 and seq = $2')
const SEQS = statement('test.seqs', 'select seq from event where stream = $1 order by seq')

const DAY_MS = 86_400_000
const [stock, trucks] = [namedStream(stockAlerts.stream), namedStream(deliveries.stream)]
const seqs = async (database: Database, stream: string) => (await database.run<{ seq: number }>(SEQS, [stream])).map((row) => row.seq)

describe.each(databaseKinds)('pruning events on %s', (kind: DatabaseKind) => {
  let fresh: FreshDatabase
  beforeEach(async () => {
    fresh = await freshDatabase(kind)
  })
  afterEach(() => fresh.drop())

  test('takes the oldest of each stream by its own retention, in batches, and never makes a hole', async () => {
    const { database } = fresh
    for (const stream of [stock, trucks, namedStream('of nobody')]) await database.run(FILL, [stream, 10])
    await ageEvents(database, 6)
    await database.run(YOUNG, [trucks, 3])
    const retentions = [
      { stream: stock, retentionMs: 30 * DAY_MS },
      { stream: trucks, retentionMs: 30 * DAY_MS },
    ]
    expect(await pruneEvents(database, { retentions, limit: 4 })).toBe(6)
    expect([await seqs(database, stock), await seqs(database, trucks)]).toEqual([
      [5, 6, 7, 8, 9, 10],
      [3, 4, 5, 6, 7, 8, 9, 10],
    ])
    expect(await pruneEvents(database, { retentions, limit: 4 })).toBe(2)
    expect(await pruneEvents(database, { retentions: [{ stream: stock, retentionMs: 90 * DAY_MS }], limit: 4 })).toBe(0)
    expect(await countKept(database)).toEqual({ events: 4 + 8 + 10, keys: 0 })
  })

  test('happens by itself until nothing is left to prune', async () => {
    const { database } = fresh
    await database.run(FILL, [stock, 2_500])
    await ageEvents(database, 2_400)
    const telemetry = new Telemetry()
    const pruned: number[] = []
    telemetry.listen((name, fact) => {
      if (name === 'events.pruned') pruned.push((fact as { readonly count: number }).count)
    })
    const pruner = new EventPruner({ database, clock: systemClock, telemetry, definitions: [stockAlerts, deliveries] })
    onTestFinished(() => pruner.stop())
    await pruner.start()
    await expect.poll(() => pruned).toEqual([1_000, 1_000, 400])
  })
})

test('pruning walks the old end of the primary keys, whatever the statistics say', async () => {
  const fresh = await freshPostgres()
  const client = new pg.Client({ connectionString: fresh.url })
  onTestFinished(async () => {
    await client.end()
    await fresh.drop()
  })
  await client.connect()
  for (const setting of ORDERED_SETTINGS) await client.query(setting)
  const explain = async () => {
    await client.query('set plan_cache_mode = force_generic_plan')
    await client.query(`prepare pruning as ${PRUNE_EVENTS.text}`)
    const { rows } = await client.query<{ 'QUERY PLAN': string }>('explain execute pruning(null, null, null)')
    await client.query('deallocate pruning')
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const plans = [await explain()]
  await client.query(`insert into event (stream, seq, type, data) select md5((n % 50)::text)::uuid, n / 50 + 1, 'A', '{}' from generate_series(0, 50000) n`)
  await client.query(
    `insert into event_key (stream, publisher, key, fingerprint, seq) select md5((n % 50)::text)::uuid, 'p', n::text, '', n from generate_series(1, 50000) n`,
  )
  plans.push(await explain())
  await client.query('analyze event, event_key')
  plans.push(await explain())
  for (const plan of plans) {
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge/)
    expect(plan).toMatch(/event_pkey/)
    expect(plan).toMatch(/event_key_event_idx/)
  }
})
