import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { type Impact, type OperationDefinition, SYSTEM_LEVELS } from '../../engine/definition.ts'
import type { OperationRecord } from '../../engine/records.ts'
import type { Registry } from '../../engine/registry.ts'
import { OPERATION_COLUMNS, type OperationRow, toRecord } from '../../engine/store/read-operations.ts'
import { hasEffect } from '../impact.ts'

/** Operations of each kind that are looked at, most restrictive first; beyond it they change nothing but a list. */
const MOST_OF_A_KIND = 50

/** Whom an operation's own impact reaches, as operation_audience_idx has it. */
const AUDIENCE = `case impact ->> 'scope'
    when 'everybody' then 'everybody'
    when 'tenant' then coalesce('tenant:' || tenant_id, 'owner:' || owner_id)
    else 'owner:' || owner_id
  end`

/** The order of levels, as `levelOf` has it: 1 is critical. */
const RESTRICTION = `least(array_position('{${SYSTEM_LEVELS.toReversed().join(',')}}'::text[], impact ->> 'level'),
     case when impact -> 'blocks' <> '[]' then 2 when impact -> 'warns' <> '[]' then 3 end)`

const HAS_BEGUN = `(state <> 'queued' or run_at <= now())`

/**
 * Plan: operation_active_idx by owner and the few types that have an impact, operation_audience_idx by the three audiences of a user, both bounded by a
 * limit; then the primary key for what was found. Never a scan, however many operations there are (tests/status/plans.test.ts).
 */
export const READ_IMPACTS = statement(
  'read_impacts',
  `with found as materialized (
  (select id from operation where owner_id = $1 and type = any($2::text[]) and finished_at is null and impact is null and ${HAS_BEGUN}
   order by array_position($2::text[], type), id limit ${MOST_OF_A_KIND})
  union all
  (select id from operation where ${AUDIENCE} = any($3::text[]) and impact is not null and finished_at is null and ${HAS_BEGUN}
   order by ${RESTRICTION}, id limit ${MOST_OF_A_KIND}))
select ${OPERATION_COLUMNS} from found f join operation o on o.id = f.id left join operation_progress p on p.operation_id = o.id`,
)

export interface ReadImpactsParams {
  readonly userId: string
  readonly tenantId: string | null
}

const rank = (impact: Impact): number => SYSTEM_LEVELS.indexOf(impact.level)
const mostRestrictiveFirst = (left: OperationDefinition, right: OperationDefinition): number => rank(right.impact) - rank(left.impact)

/** Unfinished operations that affect this user now: the user's own, those of the tenant, and those that reach everybody. */
export async function readImpacts(executor: Executor, registry: Registry, { userId, tenantId }: ReadImpactsParams): Promise<OperationRecord[]> {
  const own = registry.all.filter(({ impact }) => hasEffect(impact)).toSorted(mostRestrictiveFirst)
  const audiences = ['everybody', `owner:${userId}`, ...(tenantId === null ? [] : [`tenant:${tenantId}`])]
  const rows = await executor.run<OperationRow>(READ_IMPACTS, [userId, own.map(({ type }) => type), audiences])
  return rows.map((row) => toRecord(row, registry)).filter(({ impact }) => hasEffect(impact))
}
