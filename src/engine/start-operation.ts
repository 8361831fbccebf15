import { BatutaError, type InputIssue, InvalidInputError } from '../base/errors.ts'
import { newUuid } from '../base/ids.ts'
import { canonicalJson, fingerprint, type Json, jsonDepth } from '../base/json.ts'
import { type OperationDefinition, PRIORITIES } from './definition.ts'
import type { OpenExternalRequest, StartRequest } from './engine.ts'
import { EXTERNAL_TYPE, externalKey } from './external.ts'
import type { NewOperation } from './store/enqueue-operations.ts'

const DEEPEST_INPUT = 20
const LONGEST_INPUT = 1_000_000

/** Validates the input against the definition; throws `InvalidInputError` that names each value that was refused. */
export function parseInput(definition: OperationDefinition, input: unknown): Json {
  if (jsonDepth(input, DEEPEST_INPUT) > DEEPEST_INPUT)
    throw new InvalidInputError([{ path: 'input', message: `expected at most ${DEEPEST_INPUT} levels of nesting` }])
  const parsed = definition.input.safeParse(input)
  if (!parsed.success) {
    const issues: InputIssue[] = parsed.error.issues.map((issue) => ({ path: ['input', ...issue.path].join('.'), message: issue.message }))
    throw new InvalidInputError(issues)
  }
  if (JSON.stringify(parsed.data).includes('\\u0000')) throw new InvalidInputError([{ path: 'input', message: 'expected text without NUL characters' }])
  if (JSON.stringify(parsed.data).length > LONGEST_INPUT)
    throw new InvalidInputError([{ path: 'input', message: `expected at most ${LONGEST_INPUT} characters of JSON` }])
  return parsed.data as Json
}

export interface NewOperationContext {
  readonly definition: OperationDefinition
  readonly maxActivePerOwner: number
  readonly direct: boolean
}

export function toNewOperation(request: StartRequest, input: Json, context: NewOperationContext): NewOperation {
  const { definition } = context
  const text = canonicalJson(input)
  return {
    id: newUuid(),
    type: definition.type,
    title: request.title ?? definition.titleOf?.(input) ?? definition.title,
    priority: PRIORITIES.indexOf(request.priority ?? definition.priority),
    ownerId: request.ownerId,
    tenantId: request.tenantId,
    createdBy: request.actor,
    input: text,
    inputHash: request.idempotencyKey === undefined ? null : fingerprint(input),
    // Said by the row itself where it reaches beyond the owner, so that whoever it reaches finds it by an index.
    impact: definition.impact.scope === 'owner' ? null : definition.impact,
    maxAttempts: definition.attempts,
    runAt: request.runAt ?? null,
    exclusiveKey: definition.exclusive?.(input, request.ownerId) ?? null,
    refuseSecond: definition.whenBusy === 'refuse',
    idempotencyKey: request.idempotencyKey ?? null,
    hasCleanup: definition.cleanup !== undefined,
    quota: request.exemptFromQuota ? null : context.maxActivePerOwner,
    typeQuota: request.exemptFromQuota ? null : (definition.activePerOwner ?? null),
    silenceMs: null,
    direct: context.direct,
  }
}

/** Work that runs elsewhere is born running: its service has begun it. */
export function toExternalOperation(request: OpenExternalRequest, definition: OperationDefinition, maxActivePerOwner: number): NewOperation {
  if (!(request.deadlineSeconds >= 1 && request.deadlineSeconds <= 86_400))
    throw new BatutaError('INVALID_INPUT', `deadlineSeconds: expected 1 to 86400, got ${request.deadlineSeconds}`)
  const { deadlineSeconds, estimateSeconds } = request
  const input = { deadlineSeconds, ...(estimateSeconds === undefined ? {} : { estimateSeconds }) }
  return {
    id: newUuid(),
    type: EXTERNAL_TYPE,
    title: request.title,
    priority: PRIORITIES.indexOf(request.priority ?? definition.priority),
    ownerId: request.ownerId,
    tenantId: request.tenantId,
    createdBy: request.actor,
    input: canonicalJson(input),
    inputHash:
      request.idempotencyKey === undefined
        ? null
        : fingerprint({ ...input, title: request.title, total: request.total, unit: request.unit, impact: request.impact }),
    impact: request.impact ? { ...definition.impact, ...request.impact } : null,
    maxAttempts: 1,
    runAt: null,
    exclusiveKey: null,
    refuseSecond: false,
    idempotencyKey: request.idempotencyKey === undefined ? null : externalKey(request.actor.id, request.idempotencyKey),
    hasCleanup: false,
    quota: request.exemptFromQuota ? null : maxActivePerOwner,
    typeQuota: null,
    silenceMs: request.deadlineSeconds * 1_000,
    direct: false,
  }
}
