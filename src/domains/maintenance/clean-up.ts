import type { MaintenanceRun } from './operations.ts'
import { dropLeftovers } from './store/change-relations.ts'
import { removeProbe } from './store/probe.ts'

/** After a cancel or the final failure: nothing half-built stays. Restarts that were asked for are made by each instance all the same. */
export async function cleanUp(run: MaintenanceRun): Promise<void> {
  const { database } = run.services.maintenance
  await dropLeftovers(database, run.signal)
  await removeProbe(database, run.id)
}
