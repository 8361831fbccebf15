import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { StatusWindow, WindowState } from '../window.ts'
import { toWindow, WINDOW_COLUMNS, type WindowRow } from './window-columns.ts'

const HAS_ENDED = '(ended_at is not null or coalesce(planned_end_at <= now(), false))'

/** Newest first, by keyset of the primary key. There are few, so that what the filter leaves out may be walked over. */
const LIST_WINDOWS = statement(
  'status_list_windows',
  `select ${WINDOW_COLUMNS}, now() as now_at from status_window
   where ($1::bool or tenant_id is null or tenant_id = $2) and ($3::uuid is null or id < $3)
     and ($4::text is null or $4 = case when ${HAS_ENDED} then 'ended' when starts_at <= now() then 'active' else 'scheduled' end)
   order by id desc limit $5`,
)

const FIND_WINDOW = statement('status_find_window', `select ${WINDOW_COLUMNS}, now() as now_at from status_window where id = $1`)

export interface ListWindowsParams {
  /** Whom they must reach: one tenant, nobody's tenant (null), or anybody. */
  readonly reaching: { readonly tenantId: string | null } | 'anybody'
  readonly state: WindowState | undefined
  /** Id of the last one of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

/** A window, and the database's clock when it was read, milliseconds since the epoch. */
export interface ReadWindow {
  readonly window: StatusWindow
  readonly nowMs: number
}

type Row = WindowRow & { readonly now_at: Date }
const toRead = (row: Row): ReadWindow => ({ window: toWindow(row), nowMs: row.now_at.getTime() })

export async function listWindows(executor: Executor, { reaching, state, after, limit }: ListWindowsParams): Promise<readonly ReadWindow[]> {
  const tenantId = reaching === 'anybody' ? null : reaching.tenantId
  const rows = await executor.run<Row>(LIST_WINDOWS, [reaching === 'anybody', tenantId, after ?? null, state ?? null, limit])
  return rows.map(toRead)
}

export async function findWindow(executor: Executor, id: string): Promise<ReadWindow | undefined> {
  const [row] = await executor.run<Row>(FIND_WINDOW, [id])
  return row && toRead(row)
}
