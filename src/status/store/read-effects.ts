import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import { type Impact, type OperationDefinition, SYSTEM_LEVELS } from '../../engine/definition.ts'
import type { OperationRecord } from '../../engine/records.ts'
import type { Registry } from '../../engine/registry.ts'
import { OPERATION_COLUMNS, type OperationRow, toRecord } from '../../engine/store/read-operations.ts'
import type { Audience } from '../audience.ts'
import { hasEffect } from '../impact.ts'
import type { StatusWindow } from '../window.ts'
import { IS_OPEN, toWindow, type WindowRow } from './window-columns.ts'

/** Operations of each kind that are looked at for an audience, most restrictive first; beyond it they change nothing but a list. */
const MOST_OF_A_KIND = 25

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
 * What affects many audiences at once, the windows that are open, and the database's clock: one row at least. Plan: for each audience
 * operation_active_idx by owner and the few types that have an impact, and operation_audience_idx, both bounded by a limit; then the primary
 * key for each that was found. `limit` and `offset 0` keep the planner from joining the whole table, whatever it knows of it
 * (tests/status/plans.test.ts).
 */
export const READ_EFFECTS = statement(
  'status_read_effects',
  `with asked as (select a.audience, case when a.audience like 'owner:%' then substr(a.audience, 7) end as owner from unnest($1::text[]) a(audience)),
found as materialized (
  select asked.audience, followed.id from asked cross join lateral (
    select id from operation where owner_id = asked.owner and type = any($2::text[]) and finished_at is null and impact is null and ${HAS_BEGUN}
    order by array_position($2::text[], type), id limit ${MOST_OF_A_KIND}) followed
  union all
  select asked.audience, declared.id from asked cross join lateral (
    select id from operation where ${AUDIENCE} = asked.audience and impact is not null and finished_at is null and ${HAS_BEGUN}
    order by ${RESTRICTION}, id limit ${MOST_OF_A_KIND}) declared
),
listed as (
  select audience, id, null::json as status_window from found
  union all select null, null, to_json(w) from status_window w where ${IS_OPEN}
  union all select null, null, null
)
select l.audience, l.status_window, now() as now_at, o.* from listed l
left join lateral (
  select ${OPERATION_COLUMNS} from operation o left join operation_progress p on p.operation_id = o.id where o.id = l.id offset 0
) o on true
order by o.id`,
)

/** What affects whom, at one instant. */
export interface EffectsReading {
  /** The database's clock, milliseconds since the epoch. */
  readonly nowMs: number
  /** Unfinished operations that affect an audience now; absent where there are none. */
  readonly operations: ReadonlyMap<Audience, readonly OperationRecord[]>
  /** In effect or still to come, in the order in which they begin. */
  readonly windows: readonly StatusWindow[]
}

interface WindowOnlyRow {
  readonly audience: null
  readonly status_window: WindowRow | null
  readonly now_at: Date
}

type EffectRow = WindowOnlyRow | (OperationRow & { readonly audience: Audience; readonly status_window: null; readonly now_at: Date })

const rank = (impact: Impact): number => SYSTEM_LEVELS.indexOf(impact.level)
const mostRestrictiveFirst = (left: OperationDefinition, right: OperationDefinition): number => rank(right.impact) - rank(left.impact)

/** Reads what affects these audiences, each named once. */
export async function readEffects(executor: Executor, registry: Registry, audiences: readonly Audience[]): Promise<EffectsReading> {
  const types = registry.all.filter(({ impact }) => hasEffect(impact)).toSorted(mostRestrictiveFirst)
  const rows = await executor.run<EffectRow>(READ_EFFECTS, [audiences, types.map(({ type }) => type)])
  const operations = new Map<Audience, OperationRecord[]>()
  const windows: StatusWindow[] = []
  for (const row of rows) {
    if (row.audience === null) {
      if (row.status_window) windows.push(toWindow(row.status_window))
      continue
    }
    const record = toRecord(row, registry)
    if (!hasEffect(record.impact)) continue
    const known = operations.get(row.audience)
    if (known) known.push(record)
    else operations.set(row.audience, [record])
  }
  return {
    nowMs: (rows[0] as EffectRow).now_at.getTime(),
    operations,
    windows: windows.toSorted((left, right) => left.startsAt.getTime() - right.startsAt.getTime() || (left.id < right.id ? -1 : 1)),
  }
}
