import type { Builder } from './builder.ts'

/** The `Error` interface and its members. Refusals that a client can expect are members of result unions; the rest are request errors. */
export function addErrors(builder: Builder): void {
  builder.interfaceType('Error', {
    description: 'An expected refusal: clients branch on `code`, people read `message`.',
    resolveType: (refusal) => refusal.__typename,
    fields: (t) => ({
      code: t.field({ type: 'ErrorCode', description: 'What programs branch on.', resolve: (refusal) => refusal.code }),
      message: t.exposeString('message', { description: 'A sentence for people: what was expected, what came instead, what to do.' }),
    }),
  })
  builder.objectType('InputIssue', {
    description: 'One value that was refused.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'Where it stands in the arguments, such as `input.phones.3`.' }),
      message: t.exposeString('message', { description: 'What was expected and what came instead.' }),
    }),
  })
  addPlainErrors(builder)
  addOperationErrors(builder)
  addWaitErrors(builder)
}

function addPlainErrors(builder: Builder): void {
  builder.objectType('InvalidInputError', {
    description: 'Values of the input were refused; nothing was changed.',
    interfaces: ['Error'],
    fields: (t) => ({
      issues: t.field({
        type: ['InputIssue'],
        description: 'All values that were refused, at most as many as the input has.',
        resolve: (refusal) => refusal.issues,
      }),
    }),
  })
  builder.objectType('NotFoundError', {
    description: 'There is no such thing, or this viewer may not see it; the answer is the same for both.',
    interfaces: ['Error'],
  })
  builder.objectType('ForbiddenError', { description: 'This viewer may see it but may not do that.', interfaces: ['Error'] })
}

function addOperationErrors(builder: Builder): void {
  builder.objectType('InvalidStateError', {
    description: 'The state of the operation does not allow it.',
    interfaces: ['Error'],
    fields: (t) => ({
      operation: t.field({ type: 'Operation', description: 'The operation as it is now.', resolve: (refusal) => refusal.operation }),
      allowed: t.field({
        type: ['OperationAction'],
        description: 'What its state allows instead, at most one of each.',
        resolve: (refusal) => refusal.allowed,
      }),
    }),
  })
  builder.objectType('VersionConflictError', {
    description: 'The operation is not in the expected state any more.',
    interfaces: ['Error'],
    fields: (t) => ({ operation: t.field({ type: 'Operation', description: 'The operation as it is now.', resolve: (refusal) => refusal.operation }) }),
  })
  builder.objectType('IdempotencyConflictError', {
    description: 'The idempotency key was used before with another input. Keys are scoped by owner and type.',
    interfaces: ['Error'],
    fields: (t) => ({
      operation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'The operation that used the key; null where this viewer may not see it.',
        resolve: (refusal) => refusal.operation,
      }),
    }),
  })
  builder.objectType('AlreadyRunningError', {
    description: 'Only one such operation may be active, and one is.',
    interfaces: ['Error'],
    fields: (t) => ({
      operation: t.field({
        type: 'Operation',
        nullable: true,
        description: 'The active one; null where this viewer may not see it.',
        resolve: (refusal) => refusal.operation,
      }),
    }),
  })
}

function addWaitErrors(builder: Builder): void {
  builder.objectType('FeatureBlockedError', {
    description: 'The feature can not be used at the moment: an operation or an administrator blocks it, or the system is read only. Nothing was changed.',
    interfaces: ['Error'],
    fields: (t) => ({
      feature: t.field({ type: 'Feature', description: 'What is blocked.', resolve: (refusal) => refusal.feature }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it is expected to end, where that is known.',
        resolve: (refusal) => refusal.until,
      }),
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description: 'Seconds after which trying again makes sense, where that is known.',
      }),
    }),
  })
  builder.objectType('QuotaExceededError', {
    description: 'The owner has too many of these at the moment: active operations of this type, or messages that were asked for.',
    interfaces: ['Error'],
    fields: (t) => ({
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description: 'Seconds after which trying again makes sense, where that is known.',
      }),
    }),
  })
}
