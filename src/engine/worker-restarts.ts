import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import { RESTART_CHANNEL } from './channels.ts'
import { listWorkers, readGeneration, requestRestart, type WorkerRow } from './store/worker-restart.ts'

export interface WorkerRestartsParams {
  readonly database: Database
  readonly bus: Bus
  /** After so long a silence an instance is taken for dead. */
  readonly leaseMs: number
}

/** Restarts of the workers of all instances, as whoever asks for one sees them. What each instance does is in `services/restarter.ts`. */
export interface WorkerRestarts {
  /** The generation that was asked for last. */
  wanted(): Promise<number>
  /** Asks for a generation; safe to repeat, durable before it is announced. */
  request(generation: number): Promise<void>
  /** Live instances that work, with the generation that each has reached. */
  workers(): Promise<readonly WorkerRow[]>
}

export function createWorkerRestarts({ database, bus, leaseMs }: WorkerRestartsParams): WorkerRestarts {
  return {
    wanted: () => readGeneration(database),
    async request(generation) {
      await requestRestart(database, generation)
      bus.publish(RESTART_CHANNEL, {})
    },
    workers: () => listWorkers(database, leaseMs),
  }
}
