import type { Clock } from '../base/clock.ts'
import type { Executor } from '../database/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import { computeStatus, type SystemStatus } from './compute-status.ts'
import { publicTitle } from './public-title.ts'
import { readImpacts } from './store/read-impacts.ts'

export interface StatusReaderParams {
  /** A transaction, where what is read must be no older than what it has locked. */
  readonly database: Executor
  readonly engine: Pick<Engine, 'registry' | 'progressOf'>
  readonly clock: Clock
  /** Whether instances can't reach each other although they are configured to. */
  readonly isBusDegraded: () => boolean
}

export interface StatusQuestion {
  /** Whose status. */
  readonly userId: string
  readonly tenantId: string | null
  /** Whether whoever asks may see an operation; of others it learns title, type and end only. */
  readonly isVisible: (operation: OperationRecord) => boolean
}

/** Says how far a user is affected by what runs. */
export interface StatusReader {
  systemStatus(question: StatusQuestion): Promise<SystemStatus>
}

export function createStatusReader({ database, engine, clock, isBusDegraded }: StatusReaderParams): StatusReader {
  const { registry } = engine
  const causeOf = (operation: OperationRecord, isVisible: boolean) => ({
    type: registry.get(operation.type)?.type ?? null,
    title: isVisible ? operation.title : publicTitle(registry, operation),
    until: engine.progressOf(operation).estimatedCompletionAt,
    operation: isVisible ? operation : null,
    impact: operation.impact,
  })
  return {
    async systemStatus({ userId, tenantId, isVisible }) {
      const operations = await readImpacts(database, registry, { userId, tenantId })
      const causes = operations.map((operation) => causeOf(operation, isVisible(operation)))
      return computeStatus({ causes, isBusDegraded: isBusDegraded(), now: new Date(clock.now()) })
    },
  }
}
