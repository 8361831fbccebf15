import type { Feature } from '../../engine/definition.ts'
import type { GateMode } from '../../status/status-windows.ts'
import { demandStatusSteerer } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { answer } from '../refusals.ts'
import type { WindowTypes } from './status-window.ts'
import { addGateResults, type CloseGatePayload, type OpenGatePayload, shownWindow } from './window-results.ts'

type Maybe<Value> = Value | null | undefined

const MODES = {
  BLOCKED: { value: 'blocked', description: 'Not at all.' },
  READ_ONLY: { value: 'read_only', description: 'What is there can be read; nothing can be changed.' },
  WARNING: { value: 'warning', description: 'As always, with a warning.' },
} as const

/** Gates that administrators close and open by hand. */
export function addGateMutations(builder: Builder, types: WindowTypes): void {
  const results = addGateResults(builder, types)
  const mode = builder.enumType('GateMode', { description: 'How far a gate is closed.', values: MODES })
  const close = builder.inputType('CloseGateInput', {
    description: 'Which gate to close, how far, and why.',
    fields: (t) => ({
      feature: t.field({ type: 'Feature', required: true, description: 'The feature.' }),
      mode: t.field({ type: mode, defaultValue: 'blocked', description: 'How far.' }),
      reason: t.string({ required: true, description: `Why, for those who find it closed; 1 to ${LIMITS.reason} characters.` }),
      until: t.field({ type: 'DateTime', description: 'When it opens by itself, within a year; absent: by hand only.' }),
      tenantId: t.id({ description: 'For one tenant only; absent: for everybody.' }),
    }),
  })
  const open = builder.inputType('OpenGateInput', {
    description: 'Which gate to open.',
    fields: (t) => ({
      feature: t.field({ type: 'Feature', required: true, description: 'The feature.' }),
      tenantId: t.id({ description: 'The tenant that it was closed for; absent: everybody.' }),
    }),
  })
  builder.mutationField('closeGate', (t) =>
    t.field({
      type: results.close,
      description:
        'Closes a gate: within a second every instance refuses what needs the feature. One that is closed already takes the new mode, reason and end. For administrators.',
      args: { input: t.arg({ type: close, required: true, description: 'Which one, and why.' }) },
      resolve: (_root, args, context) => answer(() => closeGate(context, args.input)),
    }),
  )
  builder.mutationField('openGate', (t) =>
    t.field({
      type: results.open,
      description: 'Opens a gate that was closed by hand, and says what still restricts the feature. Safe to repeat. For administrators.',
      args: { input: t.arg({ type: open, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) => answer(() => openGate(context, args.input)),
    }),
  )
}

interface CloseInput {
  readonly feature: Feature
  readonly mode?: Maybe<GateMode>
  readonly reason: string
  readonly until?: Maybe<Date>
  readonly tenantId?: Maybe<string>
}

async function closeGate(context: Context, { feature, mode, reason, until, tenantId }: CloseInput): Promise<CloseGatePayload> {
  const { actor } = demandStatusSteerer(context)
  const check = new InputCheck()
  check.text('input.reason', reason, { from: 1, to: LIMITS.reason })
  check.text('input.tenantId', tenantId, { from: 1, to: LIMITS.subject })
  check.done()
  const window = await context.services.statusWindows.closeGate({
    feature,
    mode: mode ?? 'blocked',
    reason,
    until: until ?? null,
    tenantId: tenantId ?? null,
    actor,
  })
  return { __typename: 'CloseGatePayload', window: shownWindow(context, window) }
}

async function openGate(context: Context, { feature, tenantId }: { readonly feature: Feature; readonly tenantId?: Maybe<string> }): Promise<OpenGatePayload> {
  demandStatusSteerer(context)
  const check = new InputCheck()
  check.text('input.tenantId', tenantId, { from: 1, to: LIMITS.subject })
  check.done()
  const ended = await context.services.statusWindows.openGate(feature, tenantId ?? null)
  const access = await context.services.status.access({ userId: null, tenantId: tenantId ?? null, isVisible: () => true, seesAuthors: true }, feature)
  return { __typename: 'OpenGatePayload', windows: ended.map((window) => shownWindow(context, window)), access }
}
