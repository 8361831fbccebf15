import type { OperationRecord } from '../engine/records.ts'
import { type Audience, EVERYBODY, tenantAudience } from './audience.ts'
import { type CauseEngine, operationCause, windowCause } from './cause.ts'
import { computeStatus, type SystemStatus } from './compute-status.ts'
import type { EffectsReading } from './store/read-effects.ts'
import { type StatusWindow, viewWindow, type WindowView } from './window.ts'

/** What somebody may see of what affects a user. */
export interface Sight {
  /** Whether an operation may be seen; of others title, type and end only. */
  readonly isVisible: (operation: OperationRecord) => boolean
  /** Whether it may be seen who planned a window or closed a gate; by default not. */
  readonly seesAuthors?: boolean
}

/** Planned windows that a status shows. */
const MOST_UPCOMING = 5

export interface StatusOfParams {
  readonly engine: CauseEngine
  readonly effects: EffectsReading
  /** Whose: all audiences that somebody belongs to, and in which there may be something. */
  readonly audiences: readonly Audience[]
  readonly sight: Sight
  readonly isBusDegraded: boolean
}

/** The status of who belongs to these audiences. Instants are by the database's clock. */
export function statusOf({ engine, effects, audiences, sight, isBusDegraded }: StatusOfParams): SystemStatus {
  const { nowMs, operations, windows } = effects
  const affecting = audiences.flatMap((audience) => operations.get(audience) ?? [])
  const shown = windows
    .filter((window) => audiences.includes(audienceOfWindow(window)))
    .map((window) => viewWindow(window, { nowMs, seesAuthors: sight.seesAuthors === true }))
  const inState = (state: WindowView['state']) => shown.filter((window) => window.state === state)
  return computeStatus({
    causes: [...affecting.map((operation) => operationCause(engine, operation, sight.isVisible(operation), nowMs)), ...inState('active').map(windowCause)],
    upcoming: inState('scheduled').slice(0, MOST_UPCOMING),
    isBusDegraded,
    now: new Date(nowMs),
  })
}

const audienceOfWindow = ({ tenantId }: StatusWindow): Audience => (tenantId === null ? EVERYBODY : tenantAudience(tenantId))
