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
