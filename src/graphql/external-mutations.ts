import type { JsonObject } from '../base/json.ts'
import type { Feature, Impact } from '../engine/definition.ts'
import { EXTERNAL_TYPE } from '../engine/external.ts'
import { grantStart, operationToReport, viewerOf } from './authorize.ts'
import type { Builder, ControlResult, StartResult } from './builder.ts'
import type { Context } from './context.ts'
import { InputCheck, LIMITS } from './limits.ts'
import { toControlResult } from './operation-mutations.ts'
import { answer } from './refusals.ts'
import { checkOptions, givenOptions, type StartOptions, toStartResult } from './start.ts'

type Maybe<Value> = Value | null | undefined

/** Work that runs in another service: it opens an operation, reports on it, and completes or fails it. */
export function addExternalMutations(builder: Builder): void {
  addOpen(builder)
  addReport(builder)
  addComplete(builder)
  addFail(builder)
}

function addImpactInput(builder: Builder) {
  return builder.inputType('OperationImpactInput', {
    description: 'How the work affects what people can do while it is not done. An impact beyond the owner is for services and administrators.',
    fields: (t) => ({
      level: t.field({ type: 'SystemLevel', required: true, description: 'How far.' }),
      blocks: t.field({ type: ['Feature'], description: 'Features that it blocks.' }),
      warns: t.field({ type: ['Feature'], description: 'Features that stay usable with a warning.' }),
      scope: t.field({ type: 'ImpactScope', defaultValue: 'owner', description: 'Whom it reaches.' }),
    }),
  })
}

const DEFAULT_DEADLINE_SECONDS = 60

function addOpen(builder: Builder): void {
  const impact = addImpactInput(builder)
  const input = builder.inputType('OpenExternalOperationInput', {
    description: 'Work that another service is about to do.',
    fields: (t) => ({
      title: t.string({ required: true, description: 'What people will call it, 1 to 200 characters.' }),
      ownerId: t.id({ description: 'Whose operation it is; by default the viewer.' }),
      total: t.int({ description: 'Units in all, where that is known.' }),
      unit: t.string({ description: 'What is counted, plural, such as rows; at most 100 characters.' }),
      priority: t.field({ type: 'Priority', description: 'How important it is to people who watch.' }),
      idempotencyKey: t.string({ description: 'At most 200 characters. Same key and same input: the first operation again, with replayed: true.' }),
      deadlineSeconds: t.int({
        defaultValue: DEFAULT_DEADLINE_SECONDS,
        description: 'Silence longer than this fails the operation with code SILENT; 1 to 86,400.',
      }),
      estimateSeconds: t.int({
        description: 'How long it is expected to take, 1 to 604,800; until a rate can be measured, remaining time and the end of its impact follow from it.',
      }),
      impact: t.field({ type: impact, description: 'How it affects what people can do; by default not at all.' }),
    }),
  })
  builder.mutationField('openExternalOperation', (t) =>
    t.field({
      type: 'StartOperationResult',
      description: 'Opens an operation whose work another service does, and reports on with reportProgress. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'What is about to be done.' }) },
      gate: 'api',
      starts: () => EXTERNAL_TYPE,
      resolve: (_root, args, context) => answer(() => openExternal(context, args.input)),
    }),
  )
}

interface OpenInput extends StartOptions {
  readonly title: string
  readonly total?: Maybe<number>
  readonly unit?: Maybe<string>
  readonly deadlineSeconds?: Maybe<number>
  readonly estimateSeconds?: Maybe<number>
  readonly impact?: Maybe<{
    readonly level: Impact['level']
    readonly blocks?: Maybe<readonly Feature[]>
    readonly warns?: Maybe<readonly Feature[]>
    readonly scope?: Maybe<Impact['scope']>
  }>
}

async function openExternal(context: Context, input: OpenInput): Promise<StartResult> {
  viewerOf(context)
  checkOptions(input, context.services.clock.now())
  const check = new InputCheck()
  check.text('input.unit', input.unit, { from: 1, to: LIMITS.name })
  check.whole('input.total', input.total, { from: 0, to: LIMITS.count })
  check.whole('input.deadlineSeconds', input.deadlineSeconds, LIMITS.deadlineSeconds)
  check.whole('input.estimateSeconds', input.estimateSeconds, LIMITS.estimateSeconds)
  check.set('input.impact.blocks', input.impact?.blocks)
  check.set('input.impact.warns', input.impact?.warns)
  check.done()
  const { engine } = context.services
  const impact = impactOf(input)
  const definition = engine.registry.getOrThrow(EXTERNAL_TYPE)
  const grant = grantStart(context, { definition, ownerId: input.ownerId ?? undefined, priority: input.priority ?? undefined, impact })
  const outcome = await engine.openExternal({
    ...grant,
    ...givenOptions(input),
    title: input.title,
    deadlineSeconds: input.deadlineSeconds ?? DEFAULT_DEADLINE_SECONDS,
    ...(typeof input.estimateSeconds === 'number' ? { estimateSeconds: input.estimateSeconds } : {}),
    ...(typeof input.total === 'number' ? { total: input.total } : {}),
    ...(input.unit ? { unit: input.unit } : {}),
    ...(impact ? { impact } : {}),
  })
  return toStartResult(context, outcome)
}

function impactOf({ impact }: OpenInput): Impact | undefined {
  if (!impact) return undefined
  return { level: impact.level, blocks: impact.blocks ?? [], warns: impact.warns ?? [], scope: impact.scope ?? 'owner' }
}

interface ReportInput {
  readonly id: string
  readonly done?: Maybe<number>
  readonly total?: Maybe<number>
  readonly failed?: Maybe<number>
  readonly message?: Maybe<string>
  readonly step?: Maybe<string>
}

function addReport(builder: Builder): void {
  const input = builder.inputType('ReportProgressInput', {
    description: 'How far the work is. All figures are absolute; what is left out stays as it was.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the operation.' }),
      done: t.int({ description: 'Units finished, whatever their outcome.' }),
      total: t.int({ description: 'Units in all.' }),
      failed: t.int({ description: 'Of the finished units, those that failed.' }),
      message: t.string({ description: 'What it is doing, for people; at most 1,000 characters.' }),
      step: t.string({ description: 'Name of the step that it is in; at most 100 characters.' }),
    }),
  })
  builder.mutationField('reportProgress', (t) =>
    t.field({
      type: 'OperationControlResult',
      description: 'Reports how far work is that runs in another service; a report without figures says that it is alive.',
      args: { input: t.arg({ type: input, required: true, description: 'How far it is.' }) },
      // What was begun goes on to its end, a maintenance by another service above all.
      gate: 'none',
      resolve: (_root, args, context) => answer(() => report(context, args.input)),
    }),
  )
}

async function report(context: Context, { id, ...figures }: ReportInput): Promise<ControlResult> {
  viewerOf(context)
  const check = new InputCheck()
  for (const name of ['done', 'total', 'failed'] as const) check.whole(`input.${name}`, figures[name], { from: 0, to: LIMITS.count })
  check.text('input.message', figures.message, { to: LIMITS.message })
  check.text('input.step', figures.step, { from: 1, to: LIMITS.name })
  if (typeof figures.done === 'number' && typeof figures.failed === 'number' && figures.failed > figures.done) {
    check.add('input.failed', `expected at most done (${figures.done}), got ${figures.failed}`)
  }
  check.done()
  const record = await operationToReport(context, id)
  const given = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== null && value !== undefined))
  return toControlResult(await context.services.engine.reportExternal({ id: record.id, actor: viewerOf(context).actor, ...given }))
}

function addComplete(builder: Builder): void {
  const input = builder.inputType('CompleteOperationInput', {
    description: 'The work ended well.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the operation.' }),
      result: t.field({ type: 'JSONObject', description: 'What it gave, at most 20 levels deep and 64 KiB long.' }),
      message: t.string({ description: 'A sentence for people; at most 1,000 characters.' }),
    }),
  })
  builder.mutationField('completeOperation', (t) =>
    t.field({
      type: 'OperationControlResult',
      description: 'Completes an operation whose work another service did.',
      args: { input: t.arg({ type: input, required: true, description: 'How it ended.' }) },
      // As for reportProgress.
      gate: 'none',
      resolve: (_root, args, context) => answer(() => complete(context, args.input)),
    }),
  )
}

async function complete(
  context: Context,
  { id, result, message }: { readonly id: string; readonly result?: Maybe<JsonObject>; readonly message?: Maybe<string> },
): Promise<ControlResult> {
  viewerOf(context)
  const check = new InputCheck()
  check.json('input.result', result)
  check.text('input.message', message, { to: LIMITS.message })
  check.done()
  const record = await operationToReport(context, id)
  const outcome = await context.services.engine.completeExternal({
    id: record.id,
    actor: viewerOf(context).actor,
    ...(result ? { result } : {}),
    ...(message ? { message } : {}),
  })
  return toControlResult(outcome)
}

function addFail(builder: Builder): void {
  const input = builder.inputType('FailOperationInput', {
    description: 'The work ended with a failure.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the operation.' }),
      code: t.string({ required: true, description: 'What programs branch on: 1 to 100 characters, UPPER_SNAKE_CASE.' }),
      message: t.string({ required: true, description: 'A sentence for people; 1 to 1,000 characters.' }),
      retryable: t.boolean({ defaultValue: false, description: 'True when trying again may help.' }),
    }),
  })
  builder.mutationField('failOperation', (t) =>
    t.field({
      type: 'OperationControlResult',
      description: 'Fails an operation whose work another service did.',
      args: { input: t.arg({ type: input, required: true, description: 'How it ended.' }) },
      // As for reportProgress.
      gate: 'none',
      resolve: (_root, args, context) => answer(() => fail(context, args.input)),
    }),
  )
}

const CODE = /^[A-Z][A-Z0-9_]*$/

interface FailInput {
  readonly id: string
  readonly code: string
  readonly message: string
  readonly retryable?: Maybe<boolean>
}

async function fail(context: Context, { id, code, message, retryable }: FailInput): Promise<ControlResult> {
  viewerOf(context)
  const check = new InputCheck()
  if (code.length > LIMITS.name || !CODE.test(code)) check.add('input.code', `expected 1 to ${LIMITS.name} characters in UPPER_SNAKE_CASE`)
  check.text('input.message', message, { from: 1, to: LIMITS.message })
  check.done()
  const record = await operationToReport(context, id)
  return toControlResult(
    await context.services.engine.failExternal({ id: record.id, actor: viewerOf(context).actor, code, message, retryable: retryable ?? false }),
  )
}
