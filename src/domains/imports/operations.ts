import { z } from 'zod'
import { defineOperation } from '../../engine/definition.ts'
import { checkFile, endImport, finishImport, insertStatement } from './import-statement.ts'

export const CANCEL_POLICIES = ['keep', 'discard'] as const

export const statementImportInput = z.object({
  uploadId: z.uuid().describe('The uploaded file'),
  fileName: z.string().min(1).max(255).describe('Name of the file, without folders'),
  fileSize: z.int().min(0).describe('Size of the file in bytes'),
  batchSize: z.int().min(1).max(1_000).default(100).describe('Rows that are written in one transaction'),
  onCancel: z
    .enum(CANCEL_POLICIES)
    .meta({ typeName: 'ImportCancelPolicy', description: 'What a cancel leaves.' })
    .default('keep')
    .describe('What becomes of the rows that were written when the import is canceled'),
})

export const statementImportResult = z.object({
  batchId: z.string().meta({ idPrefix: 'batch', description: 'The statement batch that holds the rows' }),
  accepted: z.int().min(0).describe('Rows that were written'),
  rejected: z.int().min(0).describe('Rows that broke a rule'),
  totals: z
    .array(
      z
        .object({
          currency: z.string().describe('ISO 4217'),
          amount: z.string().describe('Exact decimal'),
          count: z.int().min(0).describe('Rows in this currency'),
        })
        .meta({ typeName: 'CurrencyTotal', description: 'Sum of the accepted rows of one currency.' }),
    )
    .describe('Sum of the accepted rows for each currency'),
  durationMs: z.int().min(0).describe('From the check of the file to the end, pauses included'),
})

/** Imports a card statement. `cleanup` keeps what was written up to the last checkpoint, or takes it away, as was asked. */
export const statementImport = defineOperation({
  type: 'STATEMENT_IMPORT',
  title: 'Statement import',
  description: 'Checks the rows of a card statement (CSV) by the business rules and writes the good ones into a statement batch.',
  priority: 'medium',
  estimate: '30s',
  timeout: '6h',
  input: statementImportInput,
  result: statementImportResult,
  steps: { check: 'Check the file', insert: 'Insert rows', finish: 'Finish the batch' },
  unit: 'rows',
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  retry: { attempts: 5 },
  retention: '30d',
  titleOf: (input) => `Import ${input.fileName}`,
  run: async (run) => {
    const plan = await run.step('check', (step) => checkFile(run, step))
    await run.step('insert', (step) => insertStatement(run, step, plan))
    return run.step('finish', (step) => finishImport(run, step, plan))
  },
  cleanup: (run, outcome) => endImport(run, outcome === 'canceled' && run.input.onCancel === 'discard'),
})
