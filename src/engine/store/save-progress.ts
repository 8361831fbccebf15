import type { Executor, Statement } from '../../database/database.ts'
import type { ProgressRecord } from '../records.ts'
import { progressColumns } from './settle-operations.ts'

/** Figures of one run, to be stored if it still owns the operation. */
export type OwnedProgress = ProgressRecord & { readonly id: string; readonly token: number }

/** Stores progress of many runs, in place, in a narrow table. A lower revision never replaces a higher one. */
const statement: Statement = {
  name: 'save_progress',
  text: `insert into operation_progress as x (operation_id, revision, total, succeeded, failed, skipped, unit, message, rate_per_second, moved_at, updated_at)
select p.id, p.revision, p.total, p.succeeded, p.failed, p.skipped, p.unit, p.message, p.rate, to_timestamp(p.moved_ms / 1000), now()
from unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::float8[], $10::float8[], $11::bigint[])
  p(id, revision, total, succeeded, failed, skipped, unit, message, rate, moved_ms, token)
join operation o on o.id = p.id and o.lease_token = p.token
on conflict (operation_id) do update set revision = excluded.revision, total = excluded.total, succeeded = excluded.succeeded, failed = excluded.failed,
  skipped = excluded.skipped, unit = excluded.unit, message = excluded.message, rate_per_second = excluded.rate_per_second, moved_at = excluded.moved_at,
  updated_at = excluded.updated_at
where x.revision < excluded.revision`,
}

export async function saveProgress(executor: Executor, rows: readonly OwnedProgress[]): Promise<void> {
  const sorted = rows.toSorted((left, right) => (left.id < right.id ? -1 : 1))
  await executor.run(statement, [...progressColumns(sorted), sorted.map((row) => row.token)])
}
