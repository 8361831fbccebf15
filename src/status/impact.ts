import { type Feature, SYSTEM_LEVELS, type SystemLevel } from '../engine/definition.ts'

export const ACCESS_MODES = ['available', 'warning', 'read_only', 'blocked'] as const
/** How far a feature can be used, least restrictive first. */
export type AccessMode = (typeof ACCESS_MODES)[number]

/** What something does to features while it lasts: the impact of an operation, or a window. */
export interface Effect {
  readonly level: SystemLevel
  readonly blocks: readonly Feature[]
  readonly warns: readonly Feature[]
  /** Only windows can leave single features to be read; an operation that is critical does so with all of them. */
  readonly readOnly?: readonly Feature[]
}

export const worseLevel = (left: SystemLevel, right: SystemLevel): SystemLevel => (SYSTEM_LEVELS.indexOf(left) >= SYSTEM_LEVELS.indexOf(right) ? left : right)

export const worseMode = (left: AccessMode, right: AccessMode): AccessMode => (ACCESS_MODES.indexOf(left) >= ACCESS_MODES.indexOf(right) ? left : right)

/** The level that an effect means: a feature that can't be used, or only be read, is maintenance at least, a warning degrades, whatever is declared. */
export function levelOf(effect: Effect): SystemLevel {
  if (effect.blocks.length > 0 || (effect.readOnly?.length ?? 0) > 0) return worseLevel(effect.level, 'maintenance')
  return effect.warns.length > 0 ? worseLevel(effect.level, 'degraded') : effect.level
}

export const hasEffect = (effect: Effect): boolean => levelOf(effect) !== 'operational'

/** What an effect does to a feature. A critical one leaves reading only. */
export function modeOf(effect: Effect, feature: Feature): AccessMode {
  if (effect.blocks.includes(feature)) return 'blocked'
  if (effect.level === 'critical' || effect.readOnly?.includes(feature)) return 'read_only'
  return effect.warns.includes(feature) ? 'warning' : 'available'
}
