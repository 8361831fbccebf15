import { type Feature, type Impact, SYSTEM_LEVELS, type SystemLevel } from '../engine/definition.ts'

export const ACCESS_MODES = ['available', 'warning', 'read_only', 'blocked'] as const
/** How far a feature can be used, least restrictive first. */
export type AccessMode = (typeof ACCESS_MODES)[number]

export const worseLevel = (left: SystemLevel, right: SystemLevel): SystemLevel => (SYSTEM_LEVELS.indexOf(left) >= SYSTEM_LEVELS.indexOf(right) ? left : right)

export const worseMode = (left: AccessMode, right: AccessMode): AccessMode => (ACCESS_MODES.indexOf(left) >= ACCESS_MODES.indexOf(right) ? left : right)

/** The level that an impact means: a blocked feature is maintenance at least, a warning degrades, whatever the definition says. */
export function levelOf(impact: Impact): SystemLevel {
  if (impact.blocks.length > 0) return worseLevel(impact.level, 'maintenance')
  return impact.warns.length > 0 ? worseLevel(impact.level, 'degraded') : impact.level
}

export const hasEffect = (impact: Impact): boolean => levelOf(impact) !== 'operational'

/** What an impact does to a feature. A critical one leaves reading only. */
export function modeOf(impact: Impact, feature: Feature): AccessMode {
  if (impact.blocks.includes(feature)) return 'blocked'
  if (impact.level === 'critical') return 'read_only'
  return impact.warns.includes(feature) ? 'warning' : 'available'
}
