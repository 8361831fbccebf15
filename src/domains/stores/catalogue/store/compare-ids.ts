import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import { perKind, TABLES, type Target } from './tables.ts'

/** Rows that we have, with what is staged taken for written; a walk of <table>_store_idx. */
const COUNT_OURS = perKind((kind) =>
  statement(
    `stores_count_our_${kind}`,
    `
    select (select count(*) from ${TABLES[kind]} r where r.store_id = $2::uuid and r.removed_at is null)
      + (select count(*) from catalogue_change c where c.operation_id = $1::uuid and c.kind = '${kind}' and c.item is not null
           and not exists (select from ${TABLES[kind]} r where r.store_id = $2::uuid and r.external_id = c.external_id and r.removed_at is null)) as count,
      w.must_compare as "mustCompare", w.shop_total as "shopTotal"
    from catalogue_walk w where w.operation_id = $1::uuid and w.kind = '${kind}'`,
  ),
)
const SEE = statement(
  'stores_see_ids',
  `
  insert into catalogue_seen (operation_id, kind, external_id, store_id)
  select $1::uuid, $2, external_id, $3::uuid from unnest($4::text[]) as external_id
  on conflict (operation_id, kind, external_id) do nothing`,
)
const STAGE_GONE = perKind((kind) =>
  statement(
    `stores_stage_gone_${kind}`,
    `
    insert into catalogue_change (operation_id, kind, external_id, store_id, item)
    select $1::uuid, '${kind}', r.external_id, $2::uuid, null from ${TABLES[kind]} r
    where r.store_id = $2::uuid and r.removed_at is null
      and not exists (select from catalogue_seen s where s.operation_id = $1::uuid and s.kind = '${kind}' and s.external_id = r.external_id)
    on conflict (operation_id, kind, external_id) do update set item = null`,
  ),
)
const KEEP_MISSED = perKind((kind) =>
  statement(
    `stores_keep_missed_${kind}`,
    `
    delete from catalogue_seen s where s.operation_id = $1::uuid and s.kind = '${kind}' and (
      exists (select from ${TABLES[kind]} r where r.store_id = $2::uuid and r.external_id = s.external_id and r.removed_at is null)
      or exists (select from catalogue_change c where c.operation_id = $1::uuid and c.kind = '${kind}' and c.external_id = s.external_id and c.item is not null))`,
  ),
)
const FORGET = statement('stores_forget_seen', `delete from catalogue_seen where operation_id = $1::uuid and kind = $2 and external_id = any($3::text[])`)
const FORGET_ALL = statement('stores_forget_all_seen', 'delete from catalogue_seen where operation_id = $1::uuid and kind = $2')
const ANY_SEEN = statement('stores_any_seen', 'select 1 as one from catalogue_seen where operation_id = $1::uuid and kind = $2 limit 1')

export interface OurCount {
  readonly count: number
  readonly mustCompare: boolean
  /** What the shop said while all its pages were read; null: they were not. */
  readonly shopTotal: number | null
}

export async function countOurs(executor: Executor, { operationId, storeId, kind }: Target): Promise<OurCount> {
  const [found] = await executor.run<OurCount>(COUNT_OURS[kind], [operationId, storeId])
  return found ?? { count: 0, mustCompare: true, shopTotal: null }
}

export async function seeIds(executor: Executor, { operationId, storeId, kind }: Target, externalIds: readonly string[]): Promise<void> {
  if (externalIds.length > 0) await executor.run(SEE, [operationId, kind, storeId, externalIds])
}

/** Stages the removal of what was not seen, and leaves of what was seen only what we miss. */
export async function stageGone(executor: Executor, { operationId, storeId, kind }: Target): Promise<void> {
  await executor.run(STAGE_GONE[kind], [operationId, storeId])
  await executor.run(KEEP_MISSED[kind], [operationId, storeId])
}

export async function forgetSeen(executor: Executor, { operationId, kind }: Target, externalIds?: readonly string[]): Promise<void> {
  await (externalIds ? executor.run(FORGET, [operationId, kind, externalIds]) : executor.run(FORGET_ALL, [operationId, kind]))
}

export const isAnySeen = async (executor: Executor, { operationId, kind }: Target): Promise<boolean> =>
  (await executor.run(ANY_SEEN, [operationId, kind])).length > 0
