import type { z } from 'zod'
import { PermanentError } from '../../base/errors.ts'
import { newUuid, toTypeId } from '../../base/ids.ts'
import type { Run, StepRun } from '../../engine/run.ts'
import { createCategoryMatcher } from './categories.ts'
import { readHeader } from './csv/read-header.ts'
import { type FilePosition, type RawRecord, readRecords } from './csv/read-records.ts'
import { scanFile } from './csv/scan-file.ts'
import type { statementImportInput, statementImportResult } from './operations.ts'
import { RowBatch } from './row-batch.ts'
import type { StatementPlan } from './statement-plan.ts'
import { discardBatch } from './store/discard-batch.ts'
import { findBatches } from './store/find-batches.ts'
import { finishBatch } from './store/finish-batch.ts'
import { type BatchCounts, insertRows } from './store/insert-rows.ts'
import { keepPartialBatch } from './store/keep-partial-batch.ts'
import { listCategoryRules } from './store/list-category-rules.ts'
import { openBatch } from './store/open-batch.ts'
import { purgeBatch } from './store/purge-batch.ts'
import { readHead } from './uploads/uploads.ts'

/**
 * The steps of an import. All that a resumed run needs is stored: the plan of the file as the first step's position and result, the place in
 * the file as the second step's position, in the transaction that writes the rows before it.
 */
type ImportRun = Run<z.output<typeof statementImportInput>, 'check' | 'insert' | 'finish'>
type ImportResult = z.input<typeof statementImportResult>

export const BATCH_PREFIX = 'batch'

const batchDeleted = () => new PermanentError('BATCH_DELETED', 'the statement batch of this import was deleted; start a new import')

/** Reads the whole file once, cheaply: what it is, how many rows it has. Makes the batch. */
export async function checkFile(run: ImportRun, step: StepRun): Promise<StatementPlan> {
  if (step.position !== undefined) return step.position as StatementPlan
  const { uploads, today } = run.services.imports
  const upload = await uploads.open(run.input.uploadId, run.ownerId)
  run.report({ total: null, message: 'Checking the file' })
  const header = readHeader(await readHead(upload))
  const scan = await scanFile(upload.read(0), header.delimiter, step.signal)
  const plan: StatementPlan = {
    batchId: newUuid(),
    encoding: scan.encoding,
    delimiter: header.delimiter,
    columnCount: header.names.length,
    columns: header.columns,
    start: { byte: header.endByte, line: header.endLine },
    total: scan.records - 1,
    today: today(),
  }
  const batch = { id: plan.batchId, ownerId: run.ownerId, operationId: run.id, fileName: upload.fileName, header: header.names, delimiter: header.delimiter }
  return step.commit(plan, async (transaction) => {
    await openBatch(transaction, batch)
    return plan
  })
}

/** Writes the rows from where an earlier run got to, a batch a transaction. Reads the next batch while one is being written. */
export async function insertStatement(run: ImportRun, step: StepRun, plan: StatementPlan): Promise<void> {
  const { database, uploads, cardKeys } = run.services.imports
  const upload = await uploads.open(run.input.uploadId, run.ownerId)
  const judge = { plan, keys: await cardKeys(), categories: createCategoryMatcher(await listCategoryRules(database)) }
  const [batch] = await findBatches(database, [plan.batchId])
  if (!batch) throw batchDeleted()
  reportCounts(run, plan.total, { accepted: batch.acceptedCount, rejected: batch.rejectedCount })

  const from = (step.position ?? plan.start) as FilePosition & StatementPlan['start']
  const records = readRecords({ bytes: upload.read(from.byte), from, delimiter: plan.delimiter, encoding: plan.encoding })
  const read = () => settled(fillBatch(new RowBatch(judge), records, run.input.batchSize))
  let next: ReturnType<typeof read> | undefined = read()
  try {
    for (let rows = (await next)(); rows.end; rows = (await (next ?? read()))()) {
      const ready = rows
      next = undefined
      const counts = await step.commit({ byte: rows.end.byte, line: rows.end.line }, (transaction) => {
        const inserted = insertRowsOrThrow(transaction, plan.batchId, ready)
        // Only now: the statement is on its way, so the database works while this thread reads.
        next ??= read()
        return inserted
      })
      reportCounts(run, plan.total, counts)
    }
  } finally {
    await next
    await records.return()
  }
}

/** Answers the totals and marks the batch complete. */
export async function finishImport(run: ImportRun, step: StepRun, plan: StatementPlan): Promise<ImportResult> {
  const finished = await step.commit({}, async (transaction) => {
    const done = await finishBatch(transaction, plan.batchId)
    if (!done) throw batchDeleted()
    return done
  })
  reportCounts(run, finished.accepted + finished.rejected, finished)
  return {
    batchId: toTypeId(BATCH_PREFIX, plan.batchId),
    accepted: finished.accepted,
    rejected: finished.rejected,
    totals: finished.totals.map(({ currency, amount, count }) => ({ currency, amount, count })),
    durationMs: finished.durationMs,
  }
}

/** After a cancel or the final failure. Kept rows are exactly those up to the last checkpoint; discarded ones are out of sight at once. */
export async function endImport(run: ImportRun, discard: boolean): Promise<void> {
  if (!discard) return run.transaction((transaction) => keepPartialBatch(transaction, run.id))
  const batchId = await run.transaction(async (transaction) => {
    await run.forget(transaction)
    return discardBatch(transaction, run.id)
  })
  // If this is cut off, the sweeper does the rest.
  if (batchId) await purgeBatch(run.services.imports.database, batchId, run.signal)
}

async function insertRowsOrThrow(...[transaction, batchId, rows]: Parameters<typeof insertRows>): Promise<BatchCounts> {
  const counts = await insertRows(transaction, batchId, rows)
  if (!counts) throw batchDeleted()
  return counts
}

async function fillBatch(batch: RowBatch, records: AsyncGenerator<RawRecord, void, undefined>, size: number): Promise<RowBatch> {
  while (batch.size < size) {
    const { value, done } = await records.next()
    if (done) break
    batch.add(value)
  }
  return batch
}

/** A promise that never rejects: the failure of a batch that was read ahead is met when its turn comes, or not at all. */
function settled<Value>(promise: Promise<Value>): Promise<() => Value> {
  return promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error
    },
  )
}

const counted = new Intl.NumberFormat('en-US')

function reportCounts(run: ImportRun, total: number, counts: BatchCounts): void {
  const done = counts.accepted + counts.rejected
  // The count without parsing is a forecast: a file that is odd enough has more rows than it said.
  const shown = Math.max(total, done)
  run.report({ total: shown, succeeded: counts.accepted, failed: counts.rejected, message: `${counted.format(done)} of ${counted.format(shown)} rows` })
}
