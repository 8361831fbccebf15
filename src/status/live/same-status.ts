import type { ImpactCause } from '../cause.ts'
import type { FeatureAccess, SystemStatus } from '../compute-status.ts'
import type { ExpectedEnd } from '../expected-end.ts'
import type { WindowView } from '../window.ts'

/**
 * When is a status news? Whenever something of it changed but `observedAt`. Expected ends move with every report of progress, so they are
 * news only when they moved far enough to matter: by a tenth of what is left, but not for less than five seconds, and always for a minute.
 */
const LEAST_MOVE_MS = 5_000
const MOST_MOVE_MS = 60_000
const SHARE_OF_REST = 0.1

/** Whether two expectations of one end are as good as the same. */
export function isSameInstant(one: Date | null, other: Date | null, nowMs: number): boolean {
  if (one === null || other === null) return one === other
  // A passed one is no expectation any more.
  if (one.getTime() <= nowMs !== other.getTime() <= nowMs) return false
  const tolerated = Math.min(MOST_MOVE_MS, Math.max(LEAST_MOVE_MS, (other.getTime() - nowMs) * SHARE_OF_REST))
  return Math.abs(one.getTime() - other.getTime()) <= tolerated
}

export const isSameEnd = (one: ExpectedEnd, other: ExpectedEnd, nowMs: number): boolean =>
  one.unknownBecause === other.unknownBecause && isSameInstant(one.until, other.until, nowMs)

const isSameWindow = (one: WindowView | null, other: WindowView | null): boolean =>
  one === other || (one !== null && other !== null && one.id === other.id && one.version === other.version && one.state === other.state)

const isSameCause = (one: ImpactCause, other: ImpactCause, nowMs: number): boolean =>
  one.type === other.type &&
  one.title === other.title &&
  one.level === other.level &&
  one.operation?.id === other.operation?.id &&
  one.operation?.version === other.operation?.version &&
  isSameWindow(one.window, other.window) &&
  isSameEnd(one, other, nowMs)

const areSameCauses = (ones: readonly ImpactCause[], others: readonly ImpactCause[], nowMs: number): boolean =>
  ones.length === others.length && ones.every((one, index) => isSameCause(one, others[index] as ImpactCause, nowMs))

/** Whether a page that shows one would look the same with the other. */
export const isSameAccess = (one: FeatureAccess, other: FeatureAccess, nowMs: number): boolean =>
  one.feature === other.feature &&
  one.mode === other.mode &&
  one.reason === other.reason &&
  isSameInstant(one.until, other.until, nowMs) &&
  areSameCauses(one.causes, other.causes, nowMs)

/** Likewise. */
export const isSameStatus = (one: SystemStatus, other: SystemStatus, nowMs: number): boolean =>
  one.level === other.level &&
  one.message === other.message &&
  isSameInstant(one.estimatedRestorationAt, other.estimatedRestorationAt, nowMs) &&
  areSameCauses(one.causes, other.causes, nowMs) &&
  one.features.every((access, index) => isSameAccess(access, other.features[index] as FeatureAccess, nowMs)) &&
  one.upcoming.length === other.upcoming.length &&
  one.upcoming.every((window, index) => isSameWindow(window, other.upcoming[index] as WindowView))

/** Whether people may do as much as before; what changes that can't wait. */
export const isAsRestrictive = (one: SystemStatus, other: SystemStatus): boolean =>
  one.level === other.level && one.features.every((access, index) => access.mode === other.features[index]?.mode)
