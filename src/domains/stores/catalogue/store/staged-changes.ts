import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CatalogueRow } from '../catalogue-row.ts'
import type { Target } from './tables.ts'

const STAGE = statement(
  'stores_stage_changes',
  `
  insert into catalogue_change (operation_id, kind, external_id, store_id, item)
  select $1::uuid, $2, i.item ->> 'external_id', $3::uuid, i.item from jsonb_array_elements($4::jsonb) as i (item)
  on conflict (operation_id, kind, external_id) do update set item = excluded.item`,
)
const NEXT = statement(
  'stores_next_changes',
  `select external_id as "externalId", item from catalogue_change where operation_id = $1::uuid and kind = $2 order by external_id limit $3`,
)
const FORGET = statement('stores_forget_changes', `delete from catalogue_change where operation_id = $1::uuid and kind = $2 and external_id = any($3::text[])`)
const COUNT = statement('stores_count_staged', `select count(*) as count from catalogue_change where operation_id = $1::uuid`)

export interface StagedChange {
  readonly externalId: string
  /** null: it is gone from the shop. */
  readonly item: CatalogueRow | null
}

/** Keeps rows until they are written. */
export async function stageChanges(executor: Executor, { operationId, storeId, kind }: Target, rows: readonly CatalogueRow[]): Promise<void> {
  if (rows.length > 0) await executor.run(STAGE, [operationId, kind, storeId, JSON.stringify(rows)])
}

export const nextChanges = (executor: Executor, { operationId, kind }: Target, limit: number): Promise<StagedChange[]> =>
  executor.run<StagedChange>(NEXT, [operationId, kind, limit])

export async function forgetChanges(executor: Executor, { operationId, kind }: Target, externalIds: readonly string[]): Promise<void> {
  await executor.run(FORGET, [operationId, kind, externalIds])
}

/** Of all kinds. */
export async function countStaged(executor: Executor, operationId: string): Promise<number> {
  const [found] = await executor.run<{ count: number }>(COUNT, [operationId])
  return found?.count ?? 0
}
