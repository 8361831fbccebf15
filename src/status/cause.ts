import type { SystemLevel } from '../engine/definition.ts'
import type { Engine } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import { type ExpectedEnd, expectedEnd } from './expected-end.ts'
import type { Effect } from './impact.ts'
import { publicTitle } from './public-title.ts'
import type { WindowView } from './window.ts'

/** What restricts a user: one unfinished operation, a window in effect, or a part of the server that is away. */
export interface ImpactCause extends ExpectedEnd {
  /** `null`: no operation is behind it. */
  readonly type: string | null
  /** What may be shown to the user. */
  readonly title: string
  readonly level: SystemLevel
  /** Only where the user may see it. */
  readonly operation: OperationRecord | null
  /** The window, where it is one. */
  readonly window: WindowView | null
  readonly impact: Effect
}

/** A cause before it is weighed. */
export type GivenCause = Omit<ImpactCause, 'level'>

export type CauseEngine = Pick<Engine, 'registry' | 'progressOf'>

/** What an operation does to somebody who may see it, or may not. */
export function operationCause(engine: CauseEngine, operation: OperationRecord, isVisible: boolean, nowMs: number): GivenCause {
  return {
    ...expectedEnd(operation, engine.progressOf(operation), nowMs),
    type: engine.registry.get(operation.type)?.type ?? null,
    title: isVisible ? operation.title : publicTitle(engine.registry, operation),
    operation: isVisible ? operation : null,
    window: null,
    impact: operation.impact,
  }
}

export const windowCause = (window: WindowView): GivenCause => ({
  type: null,
  title: window.reason,
  until: window.plannedEndAt,
  unknownBecause: window.plannedEndAt ? null : 'it ends by hand',
  operation: null,
  window,
  impact: window,
})
