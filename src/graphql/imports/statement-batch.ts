import type { ArgBuilder } from '@pothos/core'
import { toTypeId } from '../../base/ids.ts'
import { BATCH_PREFIX } from '../../domains/imports/import-statement.ts'
import type { BatchState, RejectedRowRecord, StatementBatchRecord, StatementRowRecord } from '../../domains/imports/records.ts'
import type { ImportRule } from '../../domains/imports/rules.ts'
import { orNull } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import { checkInput } from '../limits.ts'
import { addConnection, type Connection, connectionOf, type PageArgs, pageRequest } from '../pages.ts'

const isBatch = (value: unknown): value is StatementBatchRecord => typeof value === 'object' && value !== null && 'acceptedCount' in value

/** The statement batch ("lote") with its rows and its rejected rows. */
export function addStatementBatch(builder: Builder) {
  const rows = addRows(builder)
  const rejects = addRejects(builder)
  const state = addBatchState(builder)
  return builder.objectRef<StatementBatchRecord>('StatementBatch').implement({
    description: 'What an import of a card statement made: its accepted and its rejected rows.',
    interfaces: ['Node'],
    isTypeOf: isBatch,
    fields: (t) => ({
      id: t.id({ description: 'Id of the batch, such as batch_01jd3k….', resolve: (batch) => toTypeId(BATCH_PREFIX, batch.id) }),
      fileName: t.exposeString('fileName', { description: 'Name of the file, card numbers masked.' }),
      state: t.field({ type: state, description: 'Whether all rows are there.', resolve: (batch) => batch.state }),
      acceptedCount: t.exposeInt('acceptedCount', { description: 'Rows that were written.' }),
      rejectedCount: t.exposeInt('rejectedCount', { description: 'Rows that broke a rule.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its import began to write.' }),
      operation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'The import that made it; null when it was pruned since.',
        resolve: async (batch, _args, context) => (batch.operationId === null ? null : orNull(context, await context.services.engine.byId(batch.operationId))),
      }),
      rows: t.field({
        type: rows,
        description: 'Accepted rows in the order of the file.',
        args: pageArgs(t),
        resolve: (batch, args, { services }) => linePage(args, (page) => services.imports.rows({ batchId: batch.id, ...page })),
      }),
      rejectedRows: t.field({
        type: rejects,
        description: 'Rejected rows in the order of the file.',
        args: pageArgs(t),
        resolve: (batch, args, { services }) => linePage(args, (page) => services.imports.rejects({ batchId: batch.id, ...page })),
      }),
      rejectedCsvUrl: t.string({
        description:
          'Short-lived address of the rejected rows as CSV, relative to the address of the API; anybody who has it may read them for a quarter of an hour.',
        resolve: (batch, _args, { services }) => services.imports.rejectedCsvPath(batch.id),
      }),
    }),
  })
}

type ArgsBuilder = { readonly arg: ArgBuilder<Builder['$inferSchemaTypes']> }

export const pageArgs = (t: ArgsBuilder) => ({
  first: t.arg.int({ description: 'Length of the page, at most 100; 50 by default.' }),
  after: t.arg.string({ description: 'Cursor after which the page starts.' }),
})

function addBatchState(builder: Builder) {
  const values: Readonly<Record<Uppercase<BatchState>, { value: BatchState; description: string }>> = {
    OPEN: { value: 'open', description: 'Its import is not done.' },
    COMPLETE: { value: 'complete', description: 'All rows of the file were looked at.' },
    PARTIAL: { value: 'partial', description: 'Its import ended early; what was written up to its last checkpoint was kept.' },
  }
  return builder.enumType('StatementBatchState', { description: 'Whether all rows of the file are in a statement batch.', values })
}

/** Pages of a batch are walked by line; the cursor is the line, dressed up so that nobody counts on it. */
async function linePage<Row extends { readonly line: number }>(
  args: PageArgs,
  read: (page: { readonly limit: number; readonly after?: number }) => Promise<{ readonly items: readonly Row[]; readonly hasNext: boolean }>,
): Promise<Connection<Row>> {
  const { limit, after } = pageRequest(args)
  const line = after === undefined ? undefined : Number(/^line:(\d{1,9})$/.exec(Buffer.from(after, 'base64url').toString())?.[1])
  checkInput((check) => {
    if (Number.isNaN(line)) check.add('after', 'expected a cursor as the API gave it')
  })
  const { items, hasNext } = await read(line === undefined ? { limit } : { limit, after: line })
  const edges = items.map((row) => ({ cursor: Buffer.from(`line:${row.line}`).toString('base64url'), node: row }))
  return connectionOf(edges, { next: hasNext, previous: line !== undefined })
}

function addRows(builder: Builder) {
  const row = builder.objectRef<StatementRowRecord>('StatementRow').implement({
    description: 'An accepted row of a card statement.',
    fields: (t) => ({
      line: t.exposeInt('line', { description: 'Line of the file at which it starts; the header is line 1.' }),
      cardLast4: t.exposeString('cardLast4', { description: 'Last four digits of the card; no more of it is kept.' }),
      holder: t.exposeString('holder', { description: 'Holder of the card.' }),
      date: t.exposeString('date', { description: 'YYYY-MM-DD.' }),
      description: t.exposeString('description', { description: 'What the statement says.' }),
      amount: t.exposeString('amount', { description: 'Exact decimal with two digits after the point.' }),
      currency: t.exposeString('currency', { description: 'ISO 4217.' }),
      installment: t.exposeInt('installment', { nullable: true, description: 'Which installment it is, where it is one.' }),
      installments: t.exposeInt('installments', { nullable: true, description: 'Of how many.' }),
      reference: t.exposeString('reference', { description: 'Reference of the statement.' }),
      category: t.exposeString('category', { nullable: true, description: 'Category by the rules; null when none fits.' }),
    }),
  })
  return addConnection(builder, { name: 'StatementRow', plural: 'rows', node: row, cursorType: 'String' })
}

const RULES: Readonly<Record<ImportRule, { readonly description: string }>> = {
  COLUMN_COUNT: { description: 'The row has another number of columns than the header.' },
  CARD: { description: '13 to 19 digits that pass the Luhn check, or * and the last four digits.' },
  DATE: { description: 'YYYY-MM-DD or DD/MM/YYYY, a real day that is not in the future.' },
  DESCRIPTION: { description: 'Not empty.' },
  AMOUNT: { description: 'A decimal with at most two digits after . or , that is not zero.' },
  CURRENCY: { description: 'A code of ISO 4217.' },
  INSTALLMENT: { description: 'Empty, or n/m with n not above m.' },
  REFERENCE: { description: 'Not empty.' },
  DUPLICATE: { description: 'The same card, date, amount and reference stand in the file already.' },
}

function addRejects(builder: Builder) {
  const rule = builder.enumType('ImportRule', { description: 'The business rules of a statement row.', values: RULES })
  const row = builder.objectRef<RejectedRowRecord>('RejectedRow').implement({
    description: 'A row that broke a rule.',
    fields: (t) => ({
      line: t.exposeInt('line', { description: 'Line of the file at which it starts; the header is line 1.' }),
      rule: t.field({ type: rule, description: 'The rule that it broke first.', resolve: (reject) => reject.rule }),
      message: t.exposeString('message', { description: 'A sentence: what was expected and what was found.' }),
      values: t.field({ type: 'JSONObject', description: 'Its original cells by column, card numbers masked.', resolve: (reject) => reject.values }),
    }),
  })
  return addConnection(builder, { name: 'RejectedRow', plural: 'rejected rows', node: row, cursorType: 'String' })
}
