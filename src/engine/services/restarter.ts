import type { Clock } from '../../base/clock.ts'
import type { Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import { withConnectionRetry } from '../../database/retrying.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { reachGeneration, readGeneration, takeRestartTurn } from '../store/worker-restart.ts'

export interface RestarterParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly instanceId: () => string
  readonly leaseMs: number
  /** Drains the workers of this instance and starts them again. */
  readonly restart: () => Promise<void>
  /** Called when this instance has reached a generation and that is known: the next one may begin. */
  readonly onReached: () => void
}

/**
 * Starts the workers of this instance again when a later generation is asked for, when it is this instance's turn. The heartbeat brings the
 * wish once a second, and the bus sooner; clients notice nothing, because the API goes on.
 */
export class Restarter implements Service {
  readonly #params: RestarterParams
  #reached: number | undefined
  #working: Promise<void> | undefined
  #stopping = false

  constructor(params: RestarterParams) {
    this.#params = params
  }

  /** The generation that the workers of this instance were started for. */
  get reached(): number {
    return this.#reached ?? 0
  }

  /** To be called before the workers start: they are of the generation that is asked for at that moment. */
  async start(): Promise<void> {
    this.#stopping = false
    const { database, clock } = this.#params
    this.#reached = await withConnectionRetry(() => readGeneration(database), { clock, deadlineMs: 10_000 })
  }

  /** Lets a restart under way come to its end, and begins none. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#working
  }

  /** What the heartbeat learned. Returns at once. */
  wanted(generation: number): void {
    if (this.#reached === undefined || generation <= this.#reached || this.#working || this.#stopping) return
    this.#working = this.#restart()
      .catch((error: unknown) => this.#params.telemetry.emit('failure.contained', { where: 'engine.restart', error }))
      .finally(() => {
        this.#working = undefined
      })
  }

  async #restart(): Promise<void> {
    const { database, telemetry, instanceId, leaseMs, restart, onReached } = this.#params
    const generation = await takeRestartTurn(database, { instanceId: instanceId(), leaseMs })
    if (generation === undefined || this.#stopping) return
    await restart()
    this.#reached = generation
    // Its heartbeat would say so too, up to a second later.
    await reachGeneration(database, { instanceId: instanceId(), generation })
    telemetry.emit('workers.restarted', { instanceId: instanceId(), generation })
    onReached()
  }
}
