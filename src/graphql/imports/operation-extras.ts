import type { ObjectRef } from '@pothos/core'
import type { PendingUpload } from '../../base/pending-upload.ts'
import type { StatementBatchRecord } from '../../domains/imports/records.ts'
import type { Builder } from '../builder.ts'
import type { OperationExtras, PrepareParams } from '../derive/extras.ts'
import { batchToControl, readableBatch } from './batches.ts'

type BatchRef = ObjectRef<Builder['$inferSchemaTypes'], StatementBatchRecord>

/** What the schemas of this domain's operations can't say. */
export const importExtras = (batch: BatchRef): readonly OperationExtras[] => [statementImportExtras(batch), RECATEGORIZATION]

/** The client sends a file; the operation keeps where its bytes are. */
const statementImportExtras = (batch: BatchRef): OperationExtras => ({
  type: 'STATEMENT_IMPORT',
  provided: ['uploadId', 'fileName', 'fileSize'],
  hidden: ['uploadId'],
  inputFields: (t) => ({
    file: t.field({
      type: 'File',
      required: true,
      description: 'The statement: CSV with the columns card, holder, date, description, amount, currency, installment, reference.',
    }),
  }),
  prepare: ({ context, input, grant, idempotencyKey }) =>
    context.services.imports
      .receiveUpload(input.file as PendingUpload, { ownerId: grant.ownerId, idempotencyKey, path: 'input.file' })
      .then((received) => ({ ...received })),
  addFields: (builder, object) =>
    builder.objectFields(object, (t) => ({
      batch: t.field({
        type: batch,
        nullable: true,
        description: 'The statement batch that it fills; null before its first row, and when the batch is gone.',
        resolve: async (record, _args, context) => readableBatch(context, await context.loaders.batchOfOperation.load(record.id)),
      }),
      batchDeleted: t.boolean({
        description: 'True when its batch was deleted since; such imports are left out of the history unless asked for.',
        resolve: async (record, _args, { loaders }) => {
          const found = await loaders.batchOfOperation.load(record.id)
          return found !== undefined && found.deletedAt !== null
        },
      }),
    })),
})

/** The batch must be one that the viewer may change. */
const RECATEGORIZATION: OperationExtras = {
  type: 'STATEMENT_RECATEGORIZATION',
  prepare: async ({ context, input }: PrepareParams) => {
    await batchToControl(context, String(input.batchId))
    return {}
  },
}
