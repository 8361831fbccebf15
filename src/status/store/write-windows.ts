import type { Actor } from '../../base/actor.ts'
import type { Executor, Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { Feature } from '../../engine/definition.ts'
import type { StatusWindow } from '../window.ts'
import { IS_OPEN, toWindow, WINDOW_COLUMNS, type WindowRow } from './window-columns.ts'

/**
 * Administrators change windows one after the other, so that what they looked at holds until they have written: how many are open, which
 * gate is closed. Readers are not kept waiting.
 */
const LOCK_WINDOWS = statement('status_lock_windows', 'lock table status_window in share row exclusive mode')

const COUNT_OPEN = statement('status_count_open_windows', `select count(*)::int as open, clock_timestamp() as now_at from status_window where ${IS_OPEN}`)

const FIND_GATE = statement(
  'status_find_gate',
  `select ${WINDOW_COLUMNS} from status_window where kind = 'gate' and feature = $1 and tenant_id is not distinct from $2 and ${IS_OPEN}`,
)

const FIND_PLANNED = statement(
  'status_find_planned_window',
  `select ${WINDOW_COLUMNS}, input_hash from status_window where created_by ->> 'id' = $1 and idempotency_key = $2`,
)

const INSERT_WINDOW = statement(
  'status_insert_window',
  `insert into status_window (id, kind, reason, level, blocks, read_only, warns, feature, tenant_id, starts_at, planned_end_at, created_by, idempotency_key, input_hash)
   values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8, $9, coalesce($10::timestamptz, now()), $11, $12::jsonb, $13, $14)
   returning ${WINDOW_COLUMNS}`,
)

const CHANGE_WINDOW = statement(
  'status_change_window',
  `update status_window set reason = $2, level = $3, blocks = $4::jsonb, read_only = $5::jsonb, warns = $6::jsonb, starts_at = $7, planned_end_at = $8,
     version = version + 1, updated_at = now()
   where id = $1 returning ${WINDOW_COLUMNS}`,
)

const END_WINDOWS = statement(
  'status_end_windows',
  `update status_window set ended_at = now(), version = version + 1, updated_at = now() where id = any($1::uuid[]) and ${IS_OPEN} returning ${WINDOW_COLUMNS}`,
)

/** Walks status_window_open_idx. Not an edit: everybody knew that these would end. */
const END_PASSED = statement(
  'status_end_passed_windows',
  'update status_window set ended_at = planned_end_at, updated_at = now() where ended_at is null and planned_end_at <= now()',
)

export const lockWindows = (transaction: Transaction): Promise<object[]> => transaction.run(LOCK_WINDOWS, [])

/** How many are in effect or to come, and the database's clock. */
export async function countOpen(executor: Executor): Promise<{ readonly open: number; readonly now: Date }> {
  const [row] = await executor.run<{ open: number; now_at: Date }>(COUNT_OPEN, [])
  return { open: row?.open ?? 0, now: (row as { now_at: Date }).now_at }
}

export async function findGate(executor: Executor, feature: Feature, tenantId: string | null): Promise<StatusWindow | undefined> {
  const [row] = await executor.run<WindowRow>(FIND_GATE, [feature, tenantId])
  return row && toWindow(row)
}

/** What an administrator planned with this key, and the fingerprint of what was asked. */
export async function findPlanned(
  executor: Executor,
  actorId: string,
  idempotencyKey: string,
): Promise<{ readonly window: StatusWindow; readonly inputHash: string | null } | undefined> {
  const [row] = await executor.run<WindowRow & { input_hash: string | null }>(FIND_PLANNED, [actorId, idempotencyKey])
  return row && { window: toWindow(row), inputHash: row.input_hash }
}

export interface NewWindow extends Pick<StatusWindow, 'id' | 'kind' | 'reason' | 'level' | 'blocks' | 'readOnly' | 'warns' | 'tenantId' | 'plannedEndAt'> {
  /** Of a gate. */
  readonly feature: Feature | null
  /** Absent: now. */
  readonly startsAt: Date | undefined
  readonly createdBy: Actor
  readonly idempotencyKey?: string | undefined
  readonly inputHash?: string | undefined
}

export async function insertWindow(executor: Executor, window: NewWindow): Promise<StatusWindow> {
  const { id, kind, reason, level, blocks, readOnly, warns, feature, tenantId, startsAt, plannedEndAt, createdBy, idempotencyKey, inputHash } = window
  const effect = [level, JSON.stringify(blocks), JSON.stringify(readOnly), JSON.stringify(warns)]
  const origin = [JSON.stringify(createdBy), idempotencyKey ?? null, inputHash ?? null]
  const [row] = await executor.run<WindowRow>(INSERT_WINDOW, [id, kind, reason, ...effect, feature, tenantId, startsAt ?? null, plannedEndAt, ...origin])
  return toWindow(row as WindowRow)
}

/** Writes a window as its next version. */
export async function changeWindow(executor: Executor, window: StatusWindow): Promise<StatusWindow> {
  const { id, reason, level, blocks, readOnly, warns, startsAt, plannedEndAt } = window
  const effect = [level, JSON.stringify(blocks), JSON.stringify(readOnly), JSON.stringify(warns)]
  const [row] = await executor.run<WindowRow>(CHANGE_WINDOW, [id, reason, ...effect, startsAt, plannedEndAt])
  return toWindow(row as WindowRow)
}

/** Ends those of them that have not ended. */
export async function endWindows(executor: Executor, ids: readonly string[]): Promise<readonly StatusWindow[]> {
  const rows = await executor.run<WindowRow>(END_WINDOWS, [ids])
  return rows.map(toWindow)
}

/** Writes the ends of those that have ended by themselves. */
export async function endPassedWindows(executor: Executor): Promise<void> {
  await executor.run(END_PASSED, [])
}
