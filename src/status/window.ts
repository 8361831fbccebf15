import type { Actor } from '../base/actor.ts'
import type { Feature, SystemLevel } from '../engine/definition.ts'

export const WINDOW_KINDS = ['gate', 'maintenance'] as const
export type WindowKind = (typeof WINDOW_KINDS)[number]

/** A time in which features are limited by hand: a gate that an administrator closed, or a maintenance that was planned. */
export interface StatusWindow {
  readonly id: string
  readonly kind: WindowKind
  /** Why, for people; may be shown to everybody whom it reaches. */
  readonly reason: string
  readonly level: SystemLevel
  readonly blocks: readonly Feature[]
  /** Features that can be read only. */
  readonly readOnly: readonly Feature[]
  readonly warns: readonly Feature[]
  /** Whom it reaches; `null`: everybody. */
  readonly tenantId: string | null
  readonly startsAt: Date
  /** `null`: ends by hand only. */
  readonly plannedEndAt: Date | null
  /** `null`: not yet. One whose planned end has passed has ended, also before this says so. */
  readonly endedAt: Date | null
  /** Grows with every edit. */
  readonly version: number
  readonly createdBy: Actor
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Prefix of ids of windows. */
export const WINDOW_PREFIX = 'window'

export const WINDOW_STATES = ['scheduled', 'active', 'ended'] as const
export type WindowState = (typeof WINDOW_STATES)[number]

/** A window as somebody may see it at an instant. It carries all that is shown, so that no answer depends on who looks at it. */
export interface WindowView extends Omit<StatusWindow, 'createdBy'> {
  readonly state: WindowState
  /** `null` for all but administrators. */
  readonly createdBy: Actor | null
}

export interface WindowSight {
  /** The database's clock, milliseconds since the epoch. */
  readonly nowMs: number
  /** Whether who made it may be shown. */
  readonly seesAuthors: boolean
}

/** When it ended, by hand or by itself; null: not yet. */
const endOf = ({ endedAt, plannedEndAt }: StatusWindow, nowMs: number): Date | null =>
  endedAt ?? (plannedEndAt && plannedEndAt.getTime() <= nowMs ? plannedEndAt : null)

export function windowState(window: StatusWindow, nowMs: number): WindowState {
  if (endOf(window, nowMs)) return 'ended'
  return window.startsAt.getTime() <= nowMs ? 'active' : 'scheduled'
}

export const viewWindow = (window: StatusWindow, { nowMs, seesAuthors }: WindowSight): WindowView => ({
  ...window,
  endedAt: endOf(window, nowMs),
  state: windowState(window, nowMs),
  createdBy: seesAuthors ? window.createdBy : null,
})

export const reaches = ({ tenantId }: Pick<StatusWindow, 'tenantId'>, ofTenant: string | null): boolean => tenantId === null || tenantId === ofTenant
