import { InvalidInputError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { ControlOutcome, ControlRequest } from '../engine/engine.ts'
import type { OperationState } from '../engine/lifecycle.ts'
import { operationToControl, viewerOf } from './authorize.ts'
import type { Builder, ControlResult, StartResult } from './builder.ts'
import type { Context } from './context.ts'
import type { DerivedOperation } from './derive/derived-operation.ts'
import { startNameOf } from './derive/names.ts'
import { startOptionFields } from './derive/start-mutation.ts'
import { demandGate } from './gate.ts'
import { checkInput, LIMITS } from './limits.ts'
import { answer, notFound } from './refusals.ts'
import { type StartOptions, startOperation } from './start.ts'

/** The generic start, and what people may ask of an operation. */
export function addOperationMutations(builder: Builder, derived: ReadonlyMap<string, DerivedOperation>): void {
  addGenericStart(builder, derived)
  const input = builder.inputType('OperationControlInput', {
    description: 'Which operation, and why.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the operation.' }),
      reason: t.string({ description: 'Why, for people who read the history; at most 500 characters.' }),
      expectedState: t.field({ type: 'OperationState', description: 'Refuse (VersionConflictError) if it is not in this state any more.' }),
    }),
  })
  for (const [action, description] of Object.entries(CONTROLS) as [keyof typeof CONTROLS, string][]) {
    builder.mutationField(`${action}Operation`, (t) =>
      t.field({
        type: 'OperationControlResult',
        description,
        args: { input: t.arg({ type: input, required: true, description: 'Which operation, and why.' }) },
        // Control of what runs stays possible whatever happens; a resume asks for the gate of its operation's definition.
        gate: 'none',
        resolve: (_root, args, context) => answer(() => control(context, { ...args.input, action })),
      }),
    )
  }
  addRetry(builder)
}

const CONTROLS = {
  pause: 'Stops an operation at its next boundary; what is done is kept. Pausing what is paused changes nothing.',
  resume: 'Lets a paused operation go on from where it stopped.',
  cancel: 'Ends an operation; its clean-up decides what stays. Canceling what is being canceled changes nothing.',
} as const

function addRetry(builder: Builder): void {
  const input = builder.inputType('RetryOperationInput', {
    description: 'Which operation to run again, and from where.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the operation.' }),
      from: t.field({ type: 'RetryFrom', defaultValue: 'last_step', description: 'Where the retry starts.' }),
      reason: t.string({ description: 'Why, for people who read the history; at most 500 characters.' }),
    }),
  })
  builder.mutationField('retryOperation', (t) =>
    t.field({
      type: 'OperationControlResult',
      description: 'Runs a failed, canceled or waiting operation again, or the failed items of a completed one.',
      args: { input: t.arg({ type: input, required: true, description: 'Which operation, and from where.' }) },
      gate: 'api',
      resolve: (_root, args, context) => answer(() => control(context, { ...args.input, action: 'retry' })),
    }),
  )
}

interface ControlInput {
  readonly id: string
  readonly action: ControlRequest['action']
  readonly reason?: string | null | undefined
  readonly expectedState?: OperationState | null | undefined
  readonly from?: ControlRequest['from'] | null
}

async function control(context: Context, { id, action, reason, expectedState, from }: ControlInput): Promise<ControlResult> {
  viewerOf(context)
  checkInput((check) => check.text('input.reason', reason, { to: LIMITS.reason }))
  const record = await operationToControl(context, id)
  const { gate } = context.services.engine.registry.getOrThrow(record.type)
  if (gate && (action === 'resume' || action === 'retry')) await demandGate(context, gate, { userId: record.ownerId, except: record.id })
  const outcome = await context.services.engine.control({
    id: record.id,
    action,
    actor: viewerOf(context).actor,
    ...(reason ? { reason } : {}),
    ...(expectedState ? { expectedState } : {}),
    ...(from ? { from } : {}),
  })
  return toControlResult(outcome)
}

/** What came of a control or a report, as the API's result union. */
export function toControlResult(outcome: ControlOutcome): ControlResult {
  switch (outcome.kind) {
    case 'done':
      return { __typename: 'OperationPayload', operation: outcome.operation, replayed: false }
    case 'notFound':
      return notFound('operation')
    case 'invalidState':
      return { __typename: 'InvalidStateError', code: 'INVALID_STATE', message: outcome.message, operation: outcome.operation, allowed: outcome.allowed }
    case 'versionConflict':
      return { __typename: 'VersionConflictError', code: 'VERSION_CONFLICT', message: outcome.message, operation: outcome.operation }
  }
}

function addGenericStart(builder: Builder, derived: ReadonlyMap<string, DerivedOperation>): void {
  const input = builder.inputType('StartOperationInput', {
    description: 'An operation of any type, for services and tools. Applications use the typed start mutations.',
    fields: (t) => ({
      type: t.field({ type: 'OperationType', required: true, description: 'What to start.' }),
      input: t.field({ type: 'JSONObject', required: true, description: 'Its input, as OperationDefinition.inputSchema describes it.' }),
      ...startOptionFields(t),
    }),
  })
  builder.mutationField('startOperation', (t) =>
    t.field({
      type: 'StartOperationResult',
      description: 'Starts an operation of any type. Its input is checked against the same schema as that of the typed mutation.',
      args: { input: t.arg({ type: input, required: true, description: 'What to start, and how.' }) },
      gate: 'api',
      starts: ({ input: { type } }) => type,
      resolve: (_root, args, context) => answer(() => startAny(context, derived, args.input)),
    }),
  )
}

function startAny(
  context: Context,
  derived: ReadonlyMap<string, DerivedOperation>,
  { type, input, ...options }: StartOptions & { readonly type: string; readonly input: JsonObject },
): Promise<StartResult> {
  viewerOf(context)
  const operation = derived.get(type)
  if (!operation?.definition.run)
    throw new InvalidInputError([{ path: 'input.type', message: `expected a type that Batuta runs; use openExternalOperation for ${type}` }])
  const provided = operation.extras?.provided ?? []
  // What the server makes only for some starts may be missing.
  if (operation.input.fields.some(({ name, optional }) => provided.includes(name) && !optional))
    throw new InvalidInputError([{ path: 'input.type', message: `expected a type whose input is JSON; use ${startNameOf(type)} for ${type}` }])
  return startOperation({ context, operation, input, options, path: 'input.input' })
}
