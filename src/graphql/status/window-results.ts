import type { FeatureAccess } from '../../status/compute-status.ts'
import type { WindowOutcome } from '../../status/status-windows.ts'
import { type StatusWindow, viewWindow, type WindowView } from '../../status/window.ts'
import { seesAuthors } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { type NotFoundRefusal, notFound, type Refusal } from '../refusals.ts'
import type { WindowIdempotencyConflictRefusal, WindowRefusal, WindowStateRefusal, WindowVersionConflictRefusal } from './refusals.ts'
import type { WindowTypes } from './status-window.ts'

export interface MaintenancePayload {
  readonly __typename: 'MaintenancePayload'
  readonly window: WindowView
  readonly replayed: boolean
}

export interface CloseGatePayload {
  readonly __typename: 'CloseGatePayload'
  readonly window: WindowView
}

export interface OpenGatePayload {
  readonly __typename: 'OpenGatePayload'
  readonly windows: readonly WindowView[]
  readonly access: FeatureAccess
}

/** What a change of a maintenance answers with. */
export function addMaintenanceResult(builder: Builder, { window }: WindowTypes) {
  const payload = builder.objectRef<MaintenancePayload>('MaintenancePayload').implement({
    description: 'The maintenance as it is after the mutation.',
    fields: (t) => ({
      window: t.field({ type: window, description: 'The maintenance.', resolve: (from) => from.window }),
      replayed: t.exposeBoolean('replayed', { description: 'True when nothing was changed now: it had been done before.' }),
    }),
  })
  const state = builder.objectRef<WindowStateRefusal>('StatusWindowStateError').implement({
    description: 'The state of the window does not allow it.',
    interfaces: ['Error'],
    fields: (t) => ({ window: t.field({ type: window, description: 'The window as it is now.', resolve: (refusal) => refusal.window }) }),
  })
  const version = builder.objectRef<WindowVersionConflictRefusal>('StatusWindowVersionConflictError').implement({
    description: 'The window has another version than the expected one.',
    interfaces: ['Error'],
    fields: (t) => ({ window: t.field({ type: window, description: 'The window as it is now.', resolve: (refusal) => refusal.window }) }),
  })
  const idempotency = builder.objectRef<WindowIdempotencyConflictRefusal>('StatusWindowIdempotencyConflictError').implement({
    description: 'The idempotency key was used before with another input. Keys are scoped by administrator.',
    interfaces: ['Error'],
    fields: (t) => ({ window: t.field({ type: window, description: 'The window that the key stands for.', resolve: (refusal) => refusal.window }) }),
  })
  return builder.unionType('MaintenanceResult', {
    description: 'What a mutation of a maintenance answers with: the maintenance, or why it did not change.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError', state, version, idempotency],
    resolveType: (result: MaintenancePayload | Refusal) => result.__typename,
  })
}

/** What gates answer with. */
export function addGateResults(builder: Builder, { window }: WindowTypes) {
  const closed = builder.objectRef<CloseGatePayload>('CloseGatePayload').implement({
    description: 'The gate is closed.',
    fields: (t) => ({ window: t.field({ type: window, description: 'The gate.', resolve: (from) => from.window }) }),
  })
  const opened = builder.objectRef<OpenGatePayload>('OpenGatePayload').implement({
    description: 'The gate is not closed by hand any more.',
    fields: (t) => ({
      windows: t.field({ type: [window], description: 'What was ended now, one at most; none when it was open.', resolve: (from) => from.windows }),
      access: t.field({
        type: 'FeatureAccess',
        description: 'How far the feature can be used now by everybody, or by everybody of the tenant, and what still restricts it.',
        resolve: (from) => from.access,
      }),
    }),
  })
  const union = (name: string, description: string, payload: typeof closed | typeof opened) =>
    builder.unionType(name, {
      description,
      types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
      resolveType: (result: CloseGatePayload | OpenGatePayload | Refusal) => result.__typename,
    })
  return {
    close: union('CloseGateResult', 'What closing a gate answers with.', closed),
    open: union('OpenGateResult', 'What opening a gate answers with.', opened),
  }
}

/** A window as this viewer may see it. It was read or written just now, whatever the clock of this machine says. */
export const shownWindow = (context: Context, window: StatusWindow, readAtMs = 0): WindowView =>
  viewWindow(window, { nowMs: readAtMs || Math.max(context.services.clock.now(), window.updatedAt.getTime()), seesAuthors: seesAuthors(context) })

export function toMaintenanceResult(context: Context, outcome: WindowOutcome): MaintenancePayload | WindowRefusal | NotFoundRefusal {
  if (outcome.kind === 'notFound') return notFound('maintenance')
  const window = shownWindow(context, outcome.window)
  switch (outcome.kind) {
    case 'done':
      return { __typename: 'MaintenancePayload', window, replayed: outcome.replayed }
    case 'invalidState':
      return { __typename: 'StatusWindowStateError', code: 'INVALID_STATE', message: outcome.message, window }
    case 'versionConflict': {
      const message = `The maintenance has version ${window.version} by now: look at it again.`
      return { __typename: 'StatusWindowVersionConflictError', code: 'VERSION_CONFLICT', message, window }
    }
    case 'idempotencyConflict': {
      const message = 'This idempotency key was used before for another maintenance. Use a new key for a new one.'
      return { __typename: 'StatusWindowIdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT', message, window }
    }
  }
}
