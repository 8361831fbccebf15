import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CatalogueKind } from '../../records.ts'
import { perKind, TABLES, type Target } from './tables.ts'

const STAGING = ['catalogue_change', 'catalogue_seen', 'catalogue_walk'] as const

/** null as the operation: of every one. */
const CLEAR = STAGING.map((table) =>
  statement(
    `stores_clear_${table}`,
    `
    with cleared as (delete from ${table} where store_id = $1::uuid and ($2::uuid is null or operation_id <> $2::uuid) returning 1)
    select count(*) as count from cleared`,
  ),
)

/** Removes what syncs of a store staged and did not get to write; `except`: but for this operation's. Answers how many rows. */
export async function clearStaging(executor: Executor, storeId: string, except: string | null = null): Promise<number> {
  let count = 0
  for (const one of CLEAR) {
    const [cleared] = await executor.run<{ count: number }>(one, [storeId, except])
    count += cleared?.count ?? 0
  }
  return count
}

const FIND_OLD = perKind((kind) =>
  statement(
    `stores_find_old_${kind}`,
    `
    select id from ${TABLES[kind]} where ($1::uuid is null or store_id = $1::uuid) and removed_at < now() - make_interval(days => $2::integer)
    order by removed_at limit $3`,
  ),
)
const DELETE_OLD = perKind((kind) =>
  statement(
    `stores_delete_old_${kind}`,
    `with deleted as (delete from ${TABLES[kind]} where id = any($1::uuid[]) and removed_at is not null returning 1) select count(*) as count from deleted`,
  ),
)

/** Ids of rows that were removed longer ago than so many days. null as the store: of all. */
export async function findOld(
  executor: Executor,
  kind: CatalogueKind,
  of: { readonly storeId: Target['storeId'] | null; readonly days: number; readonly limit: number },
) {
  return (await executor.run<{ id: string }>(FIND_OLD[kind], [of.storeId, of.days, of.limit])).map(({ id }) => id)
}

export async function deleteOld(executor: Executor, kind: CatalogueKind, ids: readonly string[]): Promise<void> {
  await executor.run(DELETE_OLD[kind], [ids])
}
