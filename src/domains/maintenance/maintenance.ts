import { systemMaintenance } from './operations.ts'
import type { MaintenanceServices } from './services.ts'

export type MaintenanceParams = Omit<MaintenanceServices, 'patienceMs'> & Partial<Pick<MaintenanceServices, 'patienceMs'>>

const PATIENCE_MS = 60_000

/** The maintenance domain: its definition, and what its handler needs. */
export function createMaintenance({ database, bus, clock, restarts, pruners, patienceMs = PATIENCE_MS }: MaintenanceParams) {
  const services: MaintenanceServices = { database, bus, clock, restarts, pruners, patienceMs }
  return { definitions: [systemMaintenance], services }
}
