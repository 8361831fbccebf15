import { uuidOf } from '../../base/ids.ts'
import type { Feature, SystemLevel } from '../../engine/definition.ts'
import { WINDOW_DAYS } from '../../status/status-windows.ts'
import { WINDOW_PREFIX } from '../../status/window.ts'
import { demandStatusSteerer } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { answer, notFound } from '../refusals.ts'
import type { WindowTypes } from './status-window.ts'
import { addMaintenanceResult, toMaintenanceResult } from './window-results.ts'

type Maybe<Value> = Value | null | undefined
type ResultRef = ReturnType<typeof addMaintenanceResult>

/** Maintenances that administrators plan, change and end. */
export function addMaintenanceMutations(builder: Builder, types: WindowTypes): void {
  const result = addMaintenanceResult(builder, types)
  addPlan(builder, result)
  addUpdate(builder, result)
  addEnd(builder, result)
}

function addPlan(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('PlanMaintenanceInput', {
    description: 'A maintenance to announce. With neither blocks nor warns all features stay usable with a warning (in CRITICAL: can be read).',
    fields: (t) => ({
      reason: t.string({ required: true, description: `Why, for people; 1 to ${LIMITS.reason} characters.` }),
      from: t.field({ type: 'DateTime', description: `When it begins, within ${WINDOW_DAYS} days; absent, or in the past: now.` }),
      until: t.field({ type: 'DateTime', description: `When it is to end, within ${WINDOW_DAYS} days; absent: by hand.` }),
      level: t.field({
        type: 'SystemLevel',
        defaultValue: 'maintenance',
        description: 'How far it affects what people can do: DEGRADED, MAINTENANCE or CRITICAL.',
      }),
      blocks: t.field({ type: ['Feature'], description: 'Features that it blocks.' }),
      warns: t.field({ type: ['Feature'], description: 'Features that stay usable with a warning.' }),
      tenantId: t.id({ description: 'For one tenant only; absent: for everybody.' }),
      idempotencyKey: t.string({
        description: `At most ${LIMITS.idempotencyKey} characters. Same key and same input: the first one again, with replayed: true.`,
      }),
    }),
  })
  builder.mutationField('planMaintenance', (t) =>
    t.field({
      type: result,
      description: 'Plans a maintenance, which begins and ends by itself, on all instances together. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The maintenance.' }) },
      resolve: (_root, args, context) => answer(() => plan(context, args.input)),
    }),
  )
}

interface PlanInput {
  readonly reason: string
  readonly from?: Maybe<Date>
  readonly until?: Maybe<Date>
  readonly level?: Maybe<SystemLevel>
  readonly blocks?: Maybe<readonly Feature[]>
  readonly warns?: Maybe<readonly Feature[]>
  readonly tenantId?: Maybe<string>
  readonly idempotencyKey?: Maybe<string>
}

async function plan(context: Context, { reason, from, until, level, blocks, warns, tenantId, idempotencyKey }: PlanInput) {
  const { actor } = demandStatusSteerer(context)
  const check = new InputCheck()
  check.text('input.reason', reason, { from: 1, to: LIMITS.reason })
  check.text('input.tenantId', tenantId, { from: 1, to: LIMITS.subject })
  check.text('input.idempotencyKey', idempotencyKey, { from: 1, to: LIMITS.idempotencyKey })
  check.set('input.blocks', blocks)
  check.set('input.warns', warns)
  if (level === 'operational') check.add('input.level', 'expected DEGRADED, MAINTENANCE or CRITICAL, got OPERATIONAL, which affects nobody')
  check.done()
  const outcome = await context.services.statusWindows.planMaintenance({
    reason,
    from: from ?? undefined,
    until: until ?? null,
    level: level ?? 'maintenance',
    blocks: blocks ?? [],
    warns: warns ?? [],
    tenantId: tenantId ?? null,
    actor,
    idempotencyKey: idempotencyKey ?? undefined,
  })
  return toMaintenanceResult(context, outcome)
}

function addUpdate(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('UpdateMaintenanceInput', {
    description: 'What of a maintenance changes; what is absent stays.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the maintenance.' }),
      reason: t.string({ description: `Why, for people; 1 to ${LIMITS.reason} characters.` }),
      from: t.field({ type: 'DateTime', description: 'When it begins, if it has not begun.' }),
      until: t.field({ type: 'DateTime', description: 'When it is to end: sooner, or later than was planned; null: by hand.' }),
      expectedVersion: t.int({ description: 'Refuse (StatusWindowVersionConflictError) when it has changed since it had this version.' }),
    }),
  })
  builder.mutationField('updateMaintenance', (t) =>
    t.field({
      type: result,
      description: 'Changes a maintenance that has not ended. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The change.' }) },
      resolve: (_root, args, context) => answer(() => update(context, args.input)),
    }),
  )
}

interface UpdateInput {
  readonly id: string
  readonly reason?: Maybe<string>
  readonly from?: Maybe<Date>
  readonly until?: Maybe<Date>
  readonly expectedVersion?: Maybe<number>
}

async function update(context: Context, { id, reason, from, until, expectedVersion }: UpdateInput) {
  demandStatusSteerer(context)
  const check = new InputCheck()
  check.text('input.reason', reason, { from: 1, to: LIMITS.reason })
  check.whole('input.expectedVersion', expectedVersion, { from: 1, to: LIMITS.count })
  check.done()
  const uuid = uuidOf(WINDOW_PREFIX, id)
  if (uuid === undefined) return notFound('maintenance')
  const outcome = await context.services.statusWindows.updateMaintenance({
    id: uuid,
    reason: reason ?? undefined,
    from: from ?? undefined,
    until,
    expectedVersion: expectedVersion ?? undefined,
  })
  return toMaintenanceResult(context, outcome)
}

function addEnd(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('EndMaintenanceInput', {
    description: 'Which maintenance to end.',
    fields: (t) => ({ id: t.id({ required: true, description: 'Id of the maintenance.' }) }),
  })
  builder.mutationField('endMaintenance', (t) =>
    t.field({
      type: result,
      description: 'Ends a maintenance now, whatever was planned; one that has not begun is called off. Safe to repeat. For administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one.' }) },
      resolve: (_root, { input: { id } }, context) =>
        answer(async () => {
          demandStatusSteerer(context)
          const uuid = uuidOf(WINDOW_PREFIX, id)
          return uuid === undefined ? notFound('maintenance') : toMaintenanceResult(context, await context.services.statusWindows.endMaintenance(uuid))
        }),
    }),
  )
}
