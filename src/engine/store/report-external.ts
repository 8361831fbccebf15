import type { Executor, Statement } from '../../database/database.ts'

/** A report about work that runs elsewhere: moves the deadline of its silence, and its figures. Absent values stay as they are. */
const statement: Statement = {
  name: 'report_external',
  text: `with o as (
  update operation set deadline_at = now() + silence_ms * interval '1 millisecond', updated_at = now()
  where id = $1::uuid and state = 'running' and silence_ms is not null
  returning id, owner_id, version
),
s as (
  insert into operation_step as x (operation_id, name, state, started_at) select o.id, $6, 'running', now() from o where $6::text is not null
  on conflict (operation_id, name) do nothing returning name
),
previous as (
  update operation_step x set state = 'completed', finished_at = now() from o where x.operation_id = o.id and x.state = 'running' and $6::text is not null and x.name <> $6
),
p as (
  insert into operation_progress as x (operation_id, revision, total, succeeded, failed, unit, message)
  select o.id, 1, $4::bigint, greatest(coalesce($2::bigint, 0) - coalesce($3::bigint, 0), 0), coalesce($3::bigint, 0), coalesce($7, 'items'), $5 from o
  on conflict (operation_id) do update set revision = x.revision + 1, total = coalesce($4, x.total), failed = coalesce($3, x.failed),
    succeeded = greatest(coalesce($2, x.succeeded + x.failed) - coalesce($3, x.failed), 0), message = coalesce($5, x.message), unit = coalesce($7, x.unit),
    moved_at = case when coalesce($2, x.succeeded + x.failed) <> x.succeeded + x.failed then now() else x.moved_at end,
    rate_per_second = case when extract(epoch from now() - x.updated_at) > 0 and $2 is not null and $2 > x.succeeded + x.failed
      then coalesce(x.rate_per_second * 0.7, 0) + (case when x.rate_per_second is null then 1 else 0.3 end) * ($2 - x.succeeded - x.failed) / extract(epoch from now() - x.updated_at)
      else x.rate_per_second end,
    updated_at = now()
  returning revision
)
select o.id, o.owner_id, o.version, p.revision from o cross join p`,
}

export interface ReportParams {
  readonly id: string
  readonly done: number | null
  readonly failed: number | null
  readonly total: number | null
  readonly message: string | null
  readonly step: string | null
  readonly unit: string | null
}

/** `undefined`: not running, or not run elsewhere. */
export async function reportExternal(executor: Executor, params: ReportParams): Promise<{ readonly owner_id: string; readonly version: number } | undefined> {
  const [row] = await executor.run<{ owner_id: string; version: number }>(statement, [
    params.id,
    params.done,
    params.failed,
    params.total,
    params.message,
    params.step,
    params.unit,
  ])
  return row
}
