/**
 * The lifecycle of an operation: a total table, state × trigger. Every cell is filled; statements take their from-states from
 * here. The diagram is in `docs/lifecycle.md`. One column is the only truth about a state.
 *
 * Invariants: (1) a terminal state is left only by `retry`. (2) `running` and `pausing` always have a lease, unless the work runs
 * elsewhere; `queued`, `paused`, `retrying` and terminal states never have one. (3) `pausing` and `canceling` have a deadline.
 * (4) every change of state appends exactly one event in the same transaction.
 */
export const OPERATION_STATES = ['queued', 'running', 'pausing', 'paused', 'retrying', 'canceling', 'completed', 'failed', 'canceled'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

export const TERMINAL_STATES = ['completed', 'failed', 'canceled'] as const
export const isDone = (state: OperationState): boolean => (TERMINAL_STATES as readonly string[]).includes(state)

/** What can happen to an operation. Users and services cause the first four; workers and the scheduler the others. */
export const TRIGGERS = ['pause', 'resume', 'cancel', 'retry', 'claim', 'complete', 'fail', 'failForNow', 'stopped', 'release', 'rescue', 'overdue'] as const
export type Trigger = (typeof TRIGGERS)[number]

export const OPERATION_EVENT_TYPES = [
  'queued',
  'started',
  'step_started',
  'step_completed',
  'step_failed',
  'items_settled',
  'milestone',
  'pause_requested',
  'paused',
  'resumed',
  'cancel_requested',
  'canceled',
  'retry_scheduled',
  'retried',
  'rescued',
  'completed',
  'failed',
] as const
export type OperationEventType = (typeof OPERATION_EVENT_TYPES)[number]

export interface Transition {
  readonly to: OperationState
  /** `null`: the state does not change and nothing is appended. */
  readonly event: OperationEventType | null
}

/** `refused`: answered with the state and the actions that are allowed. `ignored`: it is already so, or somebody else was faster. */
export type Outcome = Transition | 'refused' | 'ignored'

const go = (to: OperationState, event: OperationEventType | null): Transition => ({ to, event })

/**
 * `plain`: run by a worker, canceled at once where no handler runs. `cleanup`: canceled through `canceling`, where a worker claims
 * it to run the clean-up. `elsewhere`: run by another service, so there is no handler to wait for, nothing to claim and nothing to rescue.
 */
export const VARIANTS = ['plain', 'cleanup', 'elsewhere'] as const
export type Variant = (typeof VARIANTS)[number]

const NEVER_CLAIMED = {
  claim: 'ignored',
  complete: 'ignored',
  fail: 'ignored',
  failForNow: 'ignored',
  stopped: 'ignored',
  release: 'ignored',
  rescue: 'ignored',
  overdue: 'ignored',
} as const
const FINISHED = { pause: 'refused', resume: 'refused', cancel: 'refused', ...NEVER_CLAIMED } as const

/**
 * `stopped` is the worker's word that the handler has ended after a pause or a cancel. `release` is a drain giving a run back;
 * `rescue` is a silent owner; `overdue` is a deadline that nobody met.
 */
export function lifecycle(variant: Variant): Readonly<Record<OperationState, Readonly<Record<Trigger, Outcome>>>> {
  const elsewhere = variant === 'elsewhere'
  const cancelIdle = variant === 'cleanup' ? go('canceling', 'cancel_requested') : go('canceled', 'canceled')
  const endCancel = variant === 'cleanup' ? go('canceling', null) : go('canceled', 'canceled')
  const retry = elsewhere ? 'refused' : go('queued', 'retried')
  return {
    queued: { pause: go('paused', 'paused'), resume: 'refused', cancel: cancelIdle, retry: 'refused', ...NEVER_CLAIMED, claim: go('running', 'started') },
    running: {
      pause: elsewhere ? 'refused' : go('pausing', 'pause_requested'),
      resume: 'refused',
      cancel: elsewhere ? go('canceled', 'canceled') : go('canceling', 'cancel_requested'),
      retry: 'refused',
      claim: 'ignored',
      complete: go('completed', 'completed'),
      fail: go('failed', 'failed'),
      failForNow: go('retrying', 'retry_scheduled'),
      stopped: 'ignored',
      release: go('queued', 'rescued'),
      rescue: go('queued', 'rescued'),
      overdue: go('failed', 'failed'),
    },
    pausing: {
      pause: 'ignored',
      resume: 'refused',
      cancel: go('canceling', 'cancel_requested'),
      retry: 'refused',
      claim: 'ignored',
      complete: go('completed', 'completed'),
      fail: go('failed', 'failed'),
      failForNow: go('paused', 'paused'),
      stopped: go('paused', 'paused'),
      release: go('paused', 'paused'),
      rescue: go('paused', 'paused'),
      overdue: go('paused', 'paused'),
    },
    paused: { pause: 'ignored', resume: go('queued', 'resumed'), cancel: cancelIdle, retry: 'refused', ...NEVER_CLAIMED },
    retrying: { pause: go('paused', 'paused'), resume: 'refused', cancel: cancelIdle, retry, ...NEVER_CLAIMED, claim: go('running', 'started') },
    canceling: {
      pause: 'refused',
      resume: 'refused',
      cancel: 'ignored',
      retry: 'refused',
      claim: go('canceling', null),
      complete: go('completed', 'completed'),
      fail: endCancel,
      failForNow: endCancel,
      stopped: go('canceled', 'canceled'),
      release: endCancel,
      rescue: endCancel,
      overdue: endCancel,
    },
    completed: { ...FINISHED, retry },
    failed: { ...FINISHED, retry },
    canceled: { ...FINISHED, retry },
  }
}
