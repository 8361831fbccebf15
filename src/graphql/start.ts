import { type InputIssue, InvalidInputError } from '../base/errors.ts'
import { isPendingUpload } from '../base/pending-upload.ts'
import type { Priority } from '../engine/definition.ts'
import type { StartOutcome } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import { grantStart, orNull } from './authorize.ts'
import type { StartResult } from './builder.ts'
import type { Context } from './context.ts'
import { fromApi } from './derive/convert.ts'
import { type DerivedOperation, START_OPTION_NAMES } from './derive/derived-operation.ts'
import { demandGate } from './gate.ts'
import { InputCheck, LIMITS } from './limits.ts'

type Maybe<Value> = Value | null | undefined

export interface StartOptions {
  readonly title?: Maybe<string>
  readonly priority?: Maybe<Priority>
  readonly runAt?: Maybe<Date>
  readonly idempotencyKey?: Maybe<string>
  readonly ownerId?: Maybe<string>
}

export interface StartParams {
  readonly context: Context
  readonly operation: DerivedOperation
  readonly input: Readonly<Record<string, unknown>>
  readonly options: StartOptions
  /** Where the input stands in the arguments, for the paths of issues. */
  readonly path: 'input' | 'input.input'
}

/** Thrown by `prepare` when what is asked for is under way already. */
export class AlreadyActive extends Error {
  readonly operation: OperationRecord | undefined
  constructor(operation: OperationRecord | undefined) {
    super('such an operation is active')
    this.operation = operation
  }
}

/** Checks, asks for permission, lets the extras prepare, and starts. Throws `InvalidInputError` and `Refused`; nothing is changed then. */
export async function startOperation(params: StartParams): Promise<StartResult> {
  const { context, operation, options, path } = params
  checkOptions(options, context.services.clock.now())
  const input = checkedInput(params)
  const { definition, extras } = operation
  const grant = grantStart(context, { definition, ownerId: options.ownerId ?? undefined, priority: options.priority ?? undefined })
  const { gate, type } = definition
  // Before anything is prepared, so that no byte of a file is taken for what can't start.
  if (gate) await demandGate(context, gate, { userId: grant.ownerId, start: { type, idempotencyKey: options.idempotencyKey } })
  try {
    const outcome = await withPath(path, async () => {
      const params = { context, input, grant, idempotencyKey: options.idempotencyKey ?? undefined }
      const provided = await extras?.prepare?.(params)
      const title = options.title ?? (await extras?.titleOf?.(params))
      return context.services.engine.startOperation({
        type,
        input: { ...ownInput(operation, input), ...provided },
        ...grant,
        ...givenOptions({ ...options, title }),
      })
    })
    return toStartResult(context, outcome)
  } catch (error) {
    if (!(error instanceof AlreadyActive)) throw error
    return toStartResult(context, { kind: 'alreadyRunning', operation: error.operation })
  }
}

/** What the definition is asked with: fields that only the mutation has (a file, a secret) end here. */
function ownInput({ definition, extras }: DerivedOperation, input: StartParams['input']): StartParams['input'] {
  if (!extras?.inputFields) return input
  return Object.fromEntries(Object.entries(input).filter(([name]) => name in definition.input.shape))
}

export function checkOptions(options: StartOptions, nowMs: number): void {
  const check = new InputCheck()
  check.text('input.title', options.title, { from: 1, to: LIMITS.title })
  check.text('input.idempotencyKey', options.idempotencyKey, { from: 1, to: LIMITS.idempotencyKey })
  check.text('input.ownerId', options.ownerId, { from: 1, to: LIMITS.ownerId })
  check.runAt('input.runAt', options.runAt, nowMs)
  check.done()
}

/** The input with ids of the API read into UUIDs; refused before anything is prepared when its schema would refuse it. */
function checkedInput({ operation, input, path }: StartParams): Readonly<Record<string, unknown>> {
  const check = new InputCheck()
  const plain = Object.fromEntries(Object.entries(input).filter(([, value]) => !isPendingUpload(value)))
  check.json(path, plain, path === 'input' ? LIMITS.inputBytes : LIMITS.jsonBytes)
  check.done()
  const converted = fromApi(operation.input, input, path)
  const given = (operation.extras?.provided ?? []).filter((name) => name in input)
  const issues = [...converted.issues, ...given.map((name) => ({ path: `${path}.${name}`, message: 'expected nothing: the server makes it itself' }))]
  if (issues.length > 0) throw new InvalidInputError(issues)
  if (operation.extras?.prepare) refuseUnfit(operation, converted.value, path)
  return converted.value as Readonly<Record<string, unknown>>
}

const namesOf = (names: readonly string[]): Record<string, true> => Object.fromEntries(names.map((name) => [name, true]))

/** What the engine would refuse later is refused before anything is prepared: no file is taken for an input that can't start. */
function refuseUnfit({ definition, extras }: DerivedOperation, input: unknown, path: string): void {
  const asked = definition.input.omit(namesOf(extras?.provided ?? []))
  const parsed = asked.safeParse(input)
  if (!parsed.success) throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: [path, ...issue.path].join('.'), message: issue.message })))
}

const OPTION_PATHS: readonly string[] = START_OPTION_NAMES.map((name) => `input.${name}`)

/** The engine names paths from `input` on; in the generic start the input stands one level deeper, and the options stand where they always do. */
async function withPath<Value>(path: StartParams['path'], work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InvalidInputError) || path === 'input') throw error
    const deeper = (issue: InputIssue): InputIssue => (OPTION_PATHS.includes(issue.path) ? issue : { ...issue, path: issue.path.replace(/^input/, path) })
    throw new InvalidInputError(error.issues.map(deeper))
  }
}

/** Options without those that were not given. */
export function givenOptions({ title, priority, runAt, idempotencyKey }: StartOptions) {
  return {
    ...(title ? { title } : {}),
    ...(priority ? { priority } : {}),
    ...(runAt ? { runAt } : {}),
    ...(idempotencyKey ? { idempotencyKey } : {}),
  }
}

/** What came of a start, as the API's result union. */
export function toStartResult(context: Context, outcome: StartOutcome): StartResult {
  switch (outcome.kind) {
    case 'started':
      return { __typename: 'OperationPayload', operation: outcome.operation, replayed: outcome.replayed }
    case 'alreadyRunning':
      return {
        __typename: 'AlreadyRunningError',
        code: 'ALREADY_RUNNING',
        message: 'Only one such operation may be active, and one is. Wait for its end, or cancel it.',
        operation: orNull(context, outcome.operation),
      }
    case 'idempotencyConflict':
      return {
        __typename: 'IdempotencyConflictError',
        code: 'IDEMPOTENCY_CONFLICT',
        message: 'This idempotency key was used before with another input. Use a new key for new work.',
        operation: orNull(context, outcome.operation),
      }
    case 'quotaExceeded':
      return {
        __typename: 'QuotaExceededError',
        code: 'QUOTA_EXCEEDED',
        message: `At most ${outcome.limit} of these operations may be active at a time. Wait until one of them is done.`,
        retryAfterSeconds: outcome.retryAfterSeconds,
      }
  }
}
