import type { Transaction } from '../../../database/database.ts'
import type { CatalogueRow } from './catalogue-row.ts'
import { compareRows } from './store/compare-rows.ts'
import { removeRows } from './store/remove-rows.ts'
import { stageChanges } from './store/staged-changes.ts'
import type { Target } from './store/tables.ts'
import { countChanges } from './store/walks.ts'
import { writeRows } from './store/write-rows.ts'
import { writeVariants } from './store/write-variants.ts'

/** What to do with a batch of rows that the shop sent, inside the transaction that commits its position. */
export type Sink = (transaction: Transaction, target: Target, batch: { readonly rows: readonly CatalogueRow[]; readonly received: number }) => Promise<void>

/** Writes what differs. */
export const writeBatch: Sink = (transaction, target, { rows, received }) => applyRows(transaction, target, { rows, gone: [], received })

/** Keeps what differs, to be written later. */
export const stageBatch: Sink = async (transaction, target, { rows, received }) => {
  const different = await compareRows(transaction, target, rows)
  await stageChanges(
    transaction,
    target,
    different.map(({ row }) => row),
  )
  await countChanges(transaction, target, { received, added: 0, changed: 0, removed: 0, important: 0 })
}

interface Applied {
  readonly rows: readonly CatalogueRow[]
  /** The shop's ids of what is gone. */
  readonly gone: readonly string[]
  readonly received: number
}

/** Writes and removes what differs, and counts it. Compared and written by one operation at a time, which its lease makes sure of. */
export async function applyRows(transaction: Transaction, target: Target, { rows, gone, received }: Applied): Promise<void> {
  const different = await compareRows(transaction, target, rows)
  if (different.length > 0) {
    const changed = different.map(({ row }) => row)
    const written = await writeRows(transaction, target, changed)
    if (target.kind === 'products') await writeVariants(transaction, target.storeId, { written, rows: changed })
  }
  const removed = await removeRows(transaction, target, gone)
  const known = different.filter(({ isKnown }) => isKnown).length
  const important = different.filter(({ isImportant }) => isImportant).length
  await countChanges(transaction, target, { received, added: different.length - known, changed: known, removed, important: important + removed })
}
