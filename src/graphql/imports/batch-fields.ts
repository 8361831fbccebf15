import type { ObjectRef } from '@pothos/core'
import { toTypeId, uuidOf } from '../../base/ids.ts'
import { BATCH_PREFIX } from '../../domains/imports/import-statement.ts'
import type { StatementBatchRecord } from '../../domains/imports/records.ts'
import type { OperationRecord } from '../../engine/records.ts'
import { orNull, visibility } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput } from '../limits.ts'
import { addConnection, connectionOf, type PageArgs, pageRequest } from '../pages.ts'
import { answer, type InvalidStateRefusal, type NotFoundRefusal, notFound, type Refusal } from '../refusals.ts'
import { batchToControl, findBatch } from './batches.ts'
import { pageArgs } from './statement-batch.ts'

/** Queries and mutations of statement batches. */
export function addBatchFields(builder: Builder, batch: ObjectRef<Builder['$inferSchemaTypes'], StatementBatchRecord>): void {
  const connection = addConnection(builder, { name: 'StatementBatch', plural: 'statement batches', node: batch, cursorType: 'String' })
  builder.queryField('statementBatches', (t) =>
    t.field({
      type: connection,
      description: 'Statement batches that this viewer may see, newest first.',
      args: pageArgs(t),
      resolve: (_root, args, context) => listBatches(context, args),
    }),
  )
  builder.queryField('statementBatch', (t) =>
    t.field({
      type: batch,
      nullable: true,
      description: 'One statement batch; null when it does not exist, was deleted, or this viewer may not see it.',
      args: { id: t.arg.id({ required: true, description: 'Id of the batch.' }) },
      resolve: (_root, { id }, context) => findBatch(context, id),
    }),
  )
  addDelete(builder)
}

async function listBatches(context: Context, args: PageArgs) {
  const seen = visibility(context)
  const { limit, after } = pageRequest(args)
  const last = after === undefined ? undefined : uuidOf(BATCH_PREFIX, after)
  checkInput((check) => {
    if (after !== undefined && last === undefined) check.add('after', 'expected a cursor as the API gave it')
  })
  const { items, hasNext } = await context.services.imports.batches({ visibility: seen, limit, after: last })
  const edges = items.map((found) => ({ cursor: toTypeId(BATCH_PREFIX, found.id), node: found }))
  return connectionOf(edges, { next: hasNext, previous: after !== undefined })
}

interface DeletedBatch {
  readonly __typename: 'DeleteStatementBatchPayload'
  readonly batchId: string
  readonly operation: OperationRecord | null
}

function addDelete(builder: Builder): void {
  const input = builder.inputType('DeleteStatementBatchInput', {
    description: 'Which statement batch to delete.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Id of the batch.' }) }),
  })
  const payload = builder.objectRef<DeletedBatch>('DeleteStatementBatchPayload').implement({
    description: 'The batch is gone for everybody; its rows follow in the background.',
    fields: (t) => ({
      batchId: t.id({ description: 'Id of the batch, to remove it from lists.', resolve: (deleted) => toTypeId(BATCH_PREFIX, deleted.batchId) }),
      operation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'Its import, marked as such now; null when it was pruned since.',
        resolve: (deleted) => deleted.operation,
      }),
    }),
  })
  const result = builder.unionType('DeleteStatementBatchResult', {
    description: 'What deleting a statement batch answers with.',
    types: [payload, 'NotFoundError', 'ForbiddenError', 'InvalidStateError', 'InvalidInputError'],
    resolveType: (value: DeletedBatch | Refusal) => value.__typename,
  })
  builder.mutationField('deleteStatementBatch', (t) =>
    t.field({
      type: result,
      description: 'Deletes a statement batch with all its rows. An import that still writes to it must be canceled first.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) => answer(() => deleteBatch(context, args.input.id)),
    }),
  )
}

async function deleteBatch(context: Context, id: string): Promise<DeletedBatch | NotFoundRefusal | InvalidStateRefusal> {
  const batch = await batchToControl(context, id)
  const outcome = await context.services.imports.deleteBatch(batch.id)
  context.loaders.batch.clear(batch.id)
  if (outcome.kind === 'notFound') return notFound('statement batch')
  const operation = outcome.operationId === null ? null : orNull(context, await context.services.engine.byId(outcome.operationId))
  if (outcome.kind === 'deleted') return { __typename: 'DeleteStatementBatchPayload', batchId: batch.id, operation }
  return operation ? importActive(context, operation) : notFound('statement batch')
}

function importActive({ services }: Context, operation: OperationRecord): InvalidStateRefusal {
  const allowed = services.engine.actions(operation).flatMap((available) => (available.enabled ? [available.action] : []))
  return { __typename: 'InvalidStateError', code: 'INVALID_STATE', message: 'Its import is not done: cancel it first.', operation, allowed }
}
