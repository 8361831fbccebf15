import pg from 'pg'
import { OWNER, TYPE } from './world.ts'

export interface BacklogParams {
  readonly url: string
  readonly count: number
  /** Gather statistics afterwards; without, the planner knows nothing of the load, as right after a real bulk load. */
  readonly analyze: boolean
}

/** Columns as the engine's own enqueue leaves them; ids are UUIDv7 of consecutive milliseconds. */
const LOAD = `with o as (
  insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, claim_at)
  select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - 600000 + i / 1000), 12, '0') || '7' || lpad(to_hex(i % 1000), 3, '0') || '8000' || lpad(to_hex(i), 12, '0'))::uuid,
    $2, 'Benchmark', 'queued', 1, $3, '{"kind": "system", "id": "bench"}', '{"value": 1}', 5, now() - interval '10 minutes' + i * interval '1 microsecond'
  from generate_series(1, $1::int) i
  returning id, created_by
)
insert into event (stream, seq, type, data, actor) select id, 1, 'queued', '{}', created_by from o`

/** Loads waiting operations of one type and priority. */
export async function loadBacklog(params: BacklogParams): Promise<void> {
  const client = new pg.Client({ connectionString: params.url })
  await client.connect()
  // Autovacuum would gather the statistics in the middle of the measurement that is to have none.
  if (!params.analyze) for (const table of ['operation', 'event']) await client.query(`alter table ${table} set (autovacuum_enabled = false)`)
  await client.query(LOAD, [params.count, TYPE, OWNER])
  if (params.analyze) await client.query('vacuum analyze operation, event')
  await client.query('checkpoint')
  await client.end()
}
