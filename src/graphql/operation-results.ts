import type { Builder } from './builder.ts'
import { cursorOf } from './operation-types.ts'

/** What mutations on operations answer with. */
export function addOperationResults(builder: Builder): void {
  builder.objectType('OperationPayload', {
    description: 'The operation as it is after the mutation.',
    fields: (t) => ({
      operation: t.field({ type: 'Operation', description: 'The operation.', resolve: (payload) => payload.operation }),
      replayed: t.exposeBoolean('replayed', { description: 'True when nothing was started or changed now: the same request came before.' }),
      cursor: t.field({
        type: 'Cursor',
        description: 'Subscribe to operationEvents(after:) from here and miss nothing.',
        resolve: (payload) => cursorOf(payload.operation),
      }),
    }),
  })
  builder.unionType('StartOperationResult', {
    description: 'What a start answers with: the operation, or why there is none.',
    types: [
      'OperationPayload',
      'InvalidInputError',
      'ForbiddenError',
      'NotFoundError',
      'IdempotencyConflictError',
      'AlreadyRunningError',
      'FeatureBlockedError',
      'QuotaExceededError',
    ],
    resolveType: (result) => result.__typename,
  })
  builder.unionType('OperationControlResult', {
    description: 'What a control or a report answers with: the operation, or why it did not change.',
    types: ['OperationPayload', 'InvalidInputError', 'NotFoundError', 'ForbiddenError', 'InvalidStateError', 'VersionConflictError', 'FeatureBlockedError'],
    resolveType: (result) => result.__typename,
  })
}
