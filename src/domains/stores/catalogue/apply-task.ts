import { CATALOGUE_KINDS, type CatalogueKind } from '../records.ts'
import { applyRows } from './apply-rows.ts'
import type { CatalogueRow } from './catalogue-row.ts'
import { forgetChanges, nextChanges } from './store/staged-changes.ts'
import { finishKind } from './store/walks.ts'
import { commitTo, nextTask, type Position, type SyncRun, type Task, targetOf } from './sync-run.ts'

const BATCH_SIZE = 500

/**
 * Writes what is staged of a kind. A batch leaves the staging in the transaction that writes it, so a resumed run simply takes what is
 * left. The last transaction moves the instant from which the kind is asked next. `onApplied` is told of the position after each batch.
 */
export const applyTask =
  (sync: SyncRun, kind: CatalogueKind, onApplied?: (position: Position) => void): Task =>
  async (start) => {
    const target = targetOf(sync, kind)
    const isLastKind = kind === CATALOGUE_KINDS.at(-1)
    let position: Position = start
    while (position.task === start.task) {
      const batch = await nextChanges(sync.database, target, BATCH_SIZE)
      const isLast = batch.length < BATCH_SIZE
      const next = { ...position, applied: position.applied + batch.length }
      position = await commitTo(sync, isLast ? nextTask(next) : next, async (transaction) => {
        if (batch.length > 0) {
          await applyRows(transaction, target, {
            rows: batch.map(({ item }) => item).filter((item): item is CatalogueRow => item !== null),
            gone: batch.filter(({ item }) => item === null).map(({ externalId }) => externalId),
            received: 0,
          })
          const ids = batch.map(({ externalId }) => externalId)
          await forgetChanges(transaction, target, ids)
        }
        if (isLast) await finishKind(transaction, target, isLastKind)
      })
      onApplied?.(position)
    }
    return position
  }
