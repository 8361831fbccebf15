import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { CatalogueRow } from '../catalogue-row.ts'
import { perKind, TABLES, type Target } from './tables.ts'

/**
 * Which rows of a page differ from ours, by hashes alone: what does not differ never leaves this process, and its row is not even locked.
 * `offset 0` keeps the lookup a lookup: one descent of <table>_external_idx for each row of the page, however large the table.
 */
export const COMPARE_ROWS = perKind((kind) =>
  statement(
    `stores_compare_${kind}`,
    `
    select i.place::integer as place, o.id is not null and o.removed_at is null as "isKnown",
      o.removed_at is not null or o.document_hash is distinct from decode(i.document_hash, 'hex') as "isImportant"
    from unnest($2::text[], $3::text[], $4::text[]) with ordinality as i (external_id, content_hash, document_hash, place)
      left join lateral (
        select r.id, r.content_hash, r.document_hash, r.removed_at from ${TABLES[kind]} r where r.store_id = $1::uuid and r.external_id = i.external_id offset 0
      ) o on true
    where o.id is null or o.removed_at is not null or o.content_hash <> decode(i.content_hash, 'hex')`,
  ),
)

export interface DifferentRow {
  readonly row: CatalogueRow
  /** We have it, and it is not removed. */
  readonly isKnown: boolean
  /** Search shows it otherwise. */
  readonly isImportant: boolean
}

/** The rows that are new, changed or back. Their ids are all different. */
export async function compareRows(executor: Executor, target: Target, rows: readonly CatalogueRow[]): Promise<readonly DifferentRow[]> {
  if (rows.length === 0) return []
  const found = await executor.run<{ place: number; isKnown: boolean; isImportant: boolean }>(COMPARE_ROWS[target.kind], [
    target.storeId,
    rows.map((row) => row.external_id),
    rows.map((row) => row.content_hash),
    rows.map((row) => row.document_hash),
  ])
  return found.map(({ place, ...more }) => ({ row: rows[place - 1] as CatalogueRow, ...more }))
}
