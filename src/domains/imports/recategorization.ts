import { z } from 'zod'
import { PermanentError } from '../../base/errors.ts'
import { uuidOf } from '../../base/ids.ts'
import { defineOperation } from '../../engine/definition.ts'
import { createCategoryMatcher } from './categories.ts'
import { BATCH_PREFIX } from './import-statement.ts'
import { findBatches } from './store/find-batches.ts'
import { listCategoryRules } from './store/list-category-rules.ts'
import { readCategorySlice, recategorizeRows } from './store/recategorize-rows.ts'

const SLICE_ROWS = 1_000

/** Where a run got to: the last line that was looked at, and the counts so far. */
type Position = { readonly line: number; readonly looked: number; readonly changed: number }

export const statementRecategorization = defineOperation({
  type: 'STATEMENT_RECATEGORIZATION',
  title: 'Statement recategorization',
  description: 'Applies the category rules as they are now to the rows of a statement batch.',
  priority: 'low',
  estimate: '10s',
  timeout: '1h',
  input: z.object({ batchId: z.string().max(64).meta({ idPrefix: 'batch', description: 'Id of the statement batch' }) }),
  result: z.object({ rows: z.int().min(0).describe('Rows that were looked at'), changed: z.int().min(0).describe('Rows whose category changed') }),
  steps: { apply: 'Apply the rules' },
  unit: 'rows',
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: ({ batchId }) => `statement-recategorization:${batchId}`,
  run: (run) =>
    run.step('apply', async (step) => {
      const { database } = run.services.imports
      const [batch] = await findBatches(
        database,
        [uuidOf(BATCH_PREFIX, run.input.batchId) ?? run.input.batchId].filter((id) => z.uuid().safeParse(id).success),
      )
      if (!batch || (batch.ownerId !== run.ownerId && run.createdBy.kind !== 'admin')) throw new PermanentError('NOT_FOUND', 'there is no such statement batch')
      const matcher = createCategoryMatcher(await listCategoryRules(database))
      let at = (step.position ?? { line: 0, looked: 0, changed: 0 }) as Position
      for (;;) {
        run.report({ total: batch.acceptedCount, succeeded: at.looked })
        const slice = await readCategorySlice(database, { batchId: batch.id, afterLine: at.line, limit: SLICE_ROWS }, matcher)
        const line = slice.lines.at(-1)
        if (line === undefined) return { rows: at.looked, changed: at.changed }
        const next = { line, looked: at.looked + slice.lines.length, changed: at.changed }
        next.changed += await step.commit({ ...next }, (transaction) => recategorizeRows(transaction, batch.id, slice))
        at = next
      }
    }),
})
