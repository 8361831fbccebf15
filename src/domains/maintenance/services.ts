import type { Clock } from '../../base/clock.ts'
import type { PrunedBatch } from '../../base/pruned-batch.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import type { WorkerRestarts } from '../../engine/worker-restarts.ts'

/** Something that keeps rows for a while and can remove those that are too old. */
export interface Pruner {
  /** What it removes, plural: `operations`. Lasting: a maintenance that goes on after a deploy finds it by this name. */
  readonly name: string
  readonly prune: () => Promise<PrunedBatch>
}

/** What the handler of this domain is lent by the composition root. */
export interface MaintenanceServices {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly restarts: WorkerRestarts
  readonly pruners: readonly Pruner[]
  /** How long no instance may make progress while workers restart, and how long a check may take to pass, milliseconds. */
  readonly patienceMs: number
}

declare module '../../engine/run.ts' {
  interface OperationServices {
    readonly maintenance: MaintenanceServices
  }
}
