import type { ProgressReport } from '../../engine/run.ts'

/** What a maintenance has before it; the result of its first step, so that every later run works through the same list. */
export type MaintenancePlan = {
  readonly tables: string[]
  readonly indexes: string[]
  /** Names of pruners. */
  readonly prunes: string[]
  /** Of all tables with their indexes, at the beginning. */
  readonly bytes: number
  /** Live instances that work, at the beginning. */
  readonly workers: number
  readonly checks: number
}

/** One table, one index, or one pruner. */
export interface Slice {
  readonly kind: 'vacuum' | 'reindex' | 'prune'
  readonly name: string
}

/** What `applyChanges` works through: figures first, because they help everybody, and room last. */
export const slicesOf = ({ tables, indexes, prunes }: MaintenancePlan): readonly Slice[] => [
  ...prunes.map((name) => ({ kind: 'prune' as const, name })),
  ...tables.map((name) => ({ kind: 'vacuum' as const, name })),
  ...indexes.map((name) => ({ kind: 'reindex' as const, name })),
]

export interface MaintenanceProgress {
  readonly slices?: number
  readonly instances?: number
  /** Live ones; they come and go. */
  readonly workers?: number
  readonly checks?: number
  readonly message: string
}

/** Slices, instances and checks in one figure, so that the bar of the whole maintenance only goes forward. */
export function progressOf(
  plan: MaintenancePlan,
  { slices = 0, instances = 0, workers = plan.workers, checks = 0, message }: MaintenanceProgress,
): ProgressReport {
  return { total: slicesOf(plan).length + workers + plan.checks, succeeded: slices + instances + checks, message }
}
