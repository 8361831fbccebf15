import { Readable } from 'node:stream'
import { systemClock } from '../../../src/base/clock.ts'
import type { PendingUpload } from '../../../src/base/pending-upload.ts'
import { statement } from '../../../src/database/statement.ts'
import { createImports, type Imports, type ImportsParams } from '../../../src/domains/imports/imports.ts'
import { statementImport, statementImportInput, statementImportResult } from '../../../src/domains/imports/operations.ts'
import type { Run } from '../../../src/engine/run.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import type { FreshDatabase } from '../../setup/databases.ts'
import { FakeOperation } from './fake-run.ts'

export const OWNER = 'ana'
export const HEADER = 'card,holder,date,description,amount,currency,installment,reference'
export const GOOD_ROW = '4111111111111111,ANA LOPEZ,2024-03-04,MERCADO,12.50,ARS,1/3,REF-1'

export const importsOn = ({ database }: FreshDatabase, params: Partial<ImportsParams> = {}): Imports =>
  createImports({ database, clock: systemClock, telemetry: new Telemetry(), maxFileSize: 200_000_000, ...params })

/** A file as the server hands it over, in pieces of the given size. */
export function pendingUpload(
  content: string | Buffer | AsyncIterable<string | Buffer>,
  { fileName = 'statement.csv', pieceBytes = 10_000 } = {},
): PendingUpload {
  const stream =
    typeof content === 'string' || Buffer.isBuffer(content)
      ? Readable.from(pieces(Buffer.from(content as string), pieceBytes))
      : Readable.from(content, { objectMode: false })
  return { fileName, mimeType: 'text/csv', encoding: '7bit', stream: () => stream, discard: () => void stream.destroy() }
}

function* pieces(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

export interface ImportOptions {
  readonly batchSize?: number
  readonly onCancel?: 'keep' | 'discard'
}

/** Uploads a file and prepares an operation that imports it. */
export async function prepareImport(database: FreshDatabase, imports: Imports, content: Parameters<typeof pendingUpload>[0], options: ImportOptions = {}) {
  const upload = await imports.receiveUpload(pendingUpload(content), { ownerId: OWNER })
  const input = statementImportInput.parse({ ...upload, ...options })
  const operation = new FakeOperation()
  const start = (cutAfter?: number): Run<never, never> =>
    operation.run({ input, ownerId: OWNER, database: database.database, services: imports.services, ...(cutAfter === undefined ? {} : { cutAfter }) }) as Run<
      never,
      never
    >
  return {
    operation,
    upload,
    run: async (cutAfter?: number) => statementImportResult.parse(await statementImport.run?.(start(cutAfter))),
    cleanup: async (outcome: 'canceled' | 'failed') => statementImport.cleanup?.(start(), outcome),
  }
}

/** Runs an import to its end and answers its result with the UUID of its batch. */
export async function importText(database: FreshDatabase, imports: Imports, content: Parameters<typeof pendingUpload>[0], options: ImportOptions = {}) {
  const prepared = await prepareImport(database, imports, content, options)
  const result = await prepared.run()
  const [batch] = await imports.batchesByOperationIds([prepared.operation.id])
  if (!batch) throw new Error('expected a batch')
  return { ...prepared, result, batch }
}

const ALL_ROWS = statement(
  'test_all_rows',
  `select line, row_hash, card_last4, card_fingerprint, holder, date, description, amount::text, currency, installment, installments, reference, category
   from statement_row where batch_id = $1 order by line`,
)
const ALL_REJECTS = statement('test_all_rejects', 'select line, rule, message, cells from statement_reject where batch_id = $1 order by line')

/** Everything that a batch holds. */
export const contentOf = async ({ database }: FreshDatabase, batchId: string) => ({
  rows: await database.run<Record<string, unknown> & { line: number }>(ALL_ROWS, [batchId]),
  rejects: await database.run<{ line: number; rule: string; message: string; cells: string[] }>(ALL_REJECTS, [batchId]),
})

/** How many rejects each rule has. */
export function countByRule(rejects: readonly { readonly rule: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { rule } of rejects) counts[rule] = (counts[rule] ?? 0) + 1
  return counts
}
