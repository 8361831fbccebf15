import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { OperationRecord } from '../../engine/records.ts'
import type { Registry } from '../../engine/registry.ts'
import { OPERATION_COLUMNS, type OperationRow, toRecord } from '../../engine/store/read-operations.ts'
import type { StatusWindow } from '../../status/window.ts'

/** Sources of each kind that are announced at the same time; more would bury an inbox. */
const MOST_OF_A_KIND = 50

const HAS_NOT_ENDED = 'ended_at is null and (planned_end_at is null or planned_end_at > now())'

export interface AnnouncedWindow extends Omit<StatusWindow, 'endedAt' | 'createdBy' | 'createdAt' | 'updatedAt'> {
  /** It has begun, by the database's clock. */
  readonly begun: boolean
}

const READ_WINDOWS = statement(
  'notifications.read_windows',
  `select id, kind, reason, level, blocks, read_only as "readOnly", warns, tenant_id as "tenantId", starts_at as "startsAt", planned_end_at as "plannedEndAt", version, starts_at <= now() as begun
     from status_window where ${HAS_NOT_ENDED} and starts_at < now() + interval '24 hours' order by starts_at, id limit ${MOST_OF_A_KIND}`,
)

/** Gates, and maintenances that are under way or begin within a day. */
export const readWindows = (executor: Executor): Promise<AnnouncedWindow[]> => executor.run<AnnouncedWindow>(READ_WINDOWS, [])

const IS_WIDE = `o.impact is not null and o.finished_at is null and o.impact ->> 'scope' in ('tenant', 'everybody')`

/** Plan: operation_wide_idx alone (tests/notifications/plans.test.ts). */
export const READ_WIDE = statement(
  'notifications.read_wide_operations',
  `with found as materialized (
     select id from operation o where ${IS_WIDE} and (state <> 'queued' or run_at <= now()) order by id limit ${MOST_OF_A_KIND})
   select ${OPERATION_COLUMNS} from found f join operation o on o.id = f.id left join operation_progress p on p.operation_id = o.id order by o.id`,
)

/** Unfinished operations that affect more people than their owner. */
export async function readWideOperations(executor: Executor, registry: Registry): Promise<OperationRecord[]> {
  return (await executor.run<OperationRow>(READ_WIDE, [])).map((row) => toRecord(row, registry))
}

const STILL_CURRENT = statement(
  'notifications.still_current',
  `select id from operation where id = any($1::uuid[]) and finished_at is null
   union all select id from status_window where id = any($1::uuid[]) and ${HAS_NOT_ENDED} and starts_at < now() + interval '24 hours'`,
)

/** Those of these sources that have not ended. */
export async function stillCurrent(executor: Executor, sourceIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (sourceIds.length === 0) return new Set()
  return new Set((await executor.run<{ id: string }>(STILL_CURRENT, [sourceIds])).map(({ id }) => id))
}
