import type { Actor } from '../../base/actor.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Executor, Statement } from '../../database/database.ts'
import { type Impact, NO_IMPACT, PRIORITIES, type Priority } from '../definition.ts'
import type { Visibility } from '../engine.ts'
import type { OperationState } from '../lifecycle.ts'
import type { Failure, OperationRecord, StateReason, StepState } from '../records.ts'
import type { Registry } from '../registry.ts'

/** Columns of an operation with its progress (`p`) and steps, as `toRecord` reads them; `o` is the operation. */
export const OPERATION_COLUMNS = `o.id, o.type, o.title, o.state, o.state_reason, o.priority, o.owner_id, o.tenant_id, o.created_by, o.input, o.result, o.failure, o.impact,
  o.version, o.attempt, o.max_attempts, o.next_attempt_at, o.deadline_at, o.created_at, o.run_at, o.started_at, o.finished_at, o.updated_at, o.worked_ms, o.lease_token,
  o.blocked, o.hidden, exists (select 1 from operation_item i where i.operation_id = o.id) as itemized, p.revision, p.total, p.succeeded, p.failed, p.skipped, p.unit, p.message, p.rate_per_second, p.moved_at, p.updated_at as progress_at,
  (select json_agg(json_build_object('name', s.name, 'state', s.state, 'message', s.message, 'startedAt', s.started_at, 'finishedAt', s.finished_at) order by s.started_at, s.name)
    from operation_step s where s.operation_id = o.id) as steps`

export interface OperationRow {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly state: OperationState
  readonly state_reason: StateReason | null
  readonly priority: number
  readonly owner_id: string
  readonly tenant_id: string | null
  readonly created_by: Actor
  readonly input: JsonObject
  readonly result: Json | null
  readonly failure: Failure | null
  readonly impact: Impact | null
  readonly version: number
  readonly attempt: number
  readonly max_attempts: number
  readonly next_attempt_at: Date | null
  readonly deadline_at: Date | null
  readonly created_at: Date
  readonly run_at: Date
  readonly started_at: Date | null
  readonly finished_at: Date | null
  readonly updated_at: Date
  readonly worked_ms: number
  readonly lease_token: number | null
  readonly blocked: boolean
  readonly hidden: boolean
  readonly itemized: boolean
  readonly revision: number | null
  readonly total: number | null
  readonly succeeded: number | null
  readonly failed: number | null
  readonly skipped: number | null
  readonly unit: string | null
  readonly message: string | null
  readonly rate_per_second: number | null
  readonly moved_at: Date | null
  readonly progress_at: Date | null
  readonly steps: readonly { name: string; state: StepState; message: string | null; startedAt: string | null; finishedAt: string | null }[] | null
}

const dateOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text))

export function toRecord(row: OperationRow, registry: Registry): OperationRecord {
  const definition = registry.get(row.type)
  return {
    id: row.id,
    type: row.type,
    title: row.title,
    state: row.state,
    stateReason: row.blocked
      ? { code: 'WAITING_FOR_KEY', message: 'Waits until another operation on the same thing has ended.', since: row.updated_at.toISOString() }
      : row.state_reason,
    priority: PRIORITIES[row.priority] as Priority,
    ownerId: row.owner_id,
    tenantId: row.tenant_id,
    createdBy: row.created_by,
    input: row.input,
    result: row.result,
    failure: row.failure,
    impact: row.impact ?? definition?.impact ?? NO_IMPACT,
    version: row.version,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    nextAttemptAt: row.next_attempt_at,
    deadlineAt: row.deadline_at,
    createdAt: row.created_at,
    runAt: row.run_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at,
    workedMs: row.worked_ms,
    leaseToken: row.lease_token,
    hidden: row.hidden,
    itemized: row.itemized,
    progress: {
      revision: row.revision ?? 0,
      total: row.total,
      succeeded: row.succeeded ?? 0,
      failed: row.failed ?? 0,
      skipped: row.skipped ?? 0,
      unit: row.unit ?? definition?.unit ?? 'items',
      message: row.message,
      ratePerSecond: row.rate_per_second,
      movedAt: row.moved_at ?? row.started_at ?? row.created_at,
      updatedAt: row.progress_at ?? row.updated_at,
    },
    steps: (row.steps ?? []).map((step) => ({
      name: step.name,
      state: step.state,
      message: step.message,
      startedAt: dateOrNull(step.startedAt),
      finishedAt: dateOrNull(step.finishedAt),
    })),
  }
}

const statement: Statement = {
  name: 'read_operations',
  text: `select ${OPERATION_COLUMNS} from operation o left join operation_progress p on p.operation_id = o.id where o.id = any($1::uuid[])`,
}

/** Operations by id, in the order asked; `undefined` for unknown ones. */
export async function readOperations(executor: Executor, registry: Registry, ids: readonly string[]): Promise<(OperationRecord | undefined)[]> {
  const rows = await executor.run<OperationRow>(statement, [[...new Set(ids)]])
  const byId = new Map(rows.map((row) => [row.id, toRecord(row, registry)]))
  return ids.map((id) => byId.get(id))
}

const activeStatement: Statement = {
  name: 'read_active_operations',
  text: `select ${OPERATION_COLUMNS} from operation o left join operation_progress p on p.operation_id = o.id
where o.finished_at is null and ($1::text is null or o.owner_id = $1) order by o.id desc limit $2`,
}

/** Operations that somebody opened for others, as operation_opened_idx has them. */
export const OPENED_BY = `created_by ->> 'id' <> owner_id and created_by ->> 'id'`

/** Plan: operation_opened_idx from its newest end, and operation_active_idx. */
const openerStatement: Statement = {
  name: 'read_active_of_opener',
  text: `with found as materialized (
  (select id from operation where owner_id = $1 and finished_at is null order by id desc limit $2)
  union all
  (select id from operation where ${OPENED_BY} = $1 and finished_at is null order by id desc limit $2)
)
select ${OPERATION_COLUMNS} from found f join operation o on o.id = f.id left join operation_progress p on p.operation_id = o.id order by o.id desc limit $2`,
}

/** The newest active operations that may be seen. */
export async function readActiveOperations(
  executor: Executor,
  registry: Registry,
  { visibility, limit }: { readonly visibility: Visibility; readonly limit: number },
): Promise<OperationRecord[]> {
  const ownerId = visibility.kind === 'all' ? null : visibility.ownerId
  const rows = await executor.run<OperationRow>(visibility.kind === 'owner' && visibility.opened ? openerStatement : activeStatement, [ownerId, limit])
  return rows.map((row) => toRecord(row, registry))
}
