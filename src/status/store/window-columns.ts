import type { Actor } from '../../base/actor.ts'
import type { Feature, SystemLevel } from '../../engine/definition.ts'
import type { StatusWindow, WindowKind } from '../window.ts'

/** Columns of a window, as `toWindow` reads them. */
export const WINDOW_COLUMNS =
  'id, kind, reason, level, blocks, read_only, warns, tenant_id, starts_at, planned_end_at, ended_at, version, created_by, created_at, updated_at'

/** Windows that are in effect or still to come, though nobody may have written the end of others yet. */
export const IS_OPEN = 'ended_at is null and (planned_end_at is null or planned_end_at > now())'

type Instant = Date | string

/** Read as columns, or as JSON, which has texts for instants. */
export interface WindowRow {
  readonly id: string
  readonly kind: WindowKind
  readonly reason: string
  readonly level: SystemLevel
  readonly blocks: readonly Feature[]
  readonly read_only: readonly Feature[]
  readonly warns: readonly Feature[]
  readonly tenant_id: string | null
  readonly starts_at: Instant
  readonly planned_end_at: Instant | null
  readonly ended_at: Instant | null
  readonly version: number
  readonly created_by: Actor
  readonly created_at: Instant
  readonly updated_at: Instant
}

const instantOrNull = (value: Instant | null): Date | null => (value === null ? null : new Date(value))

export const toWindow = (row: WindowRow): StatusWindow => ({
  id: row.id,
  kind: row.kind,
  reason: row.reason,
  level: row.level,
  blocks: row.blocks,
  readOnly: row.read_only,
  warns: row.warns,
  tenantId: row.tenant_id,
  startsAt: new Date(row.starts_at),
  plannedEndAt: instantOrNull(row.planned_end_at),
  endedAt: instantOrNull(row.ended_at),
  version: row.version,
  createdBy: row.created_by,
  createdAt: new Date(row.created_at),
  updatedAt: new Date(row.updated_at),
})
