import type { Clock } from '../../base/clock.ts'
import { newUuid } from '../../base/ids.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import { withConnectionRetry } from '../../database/retrying.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { registerInstance, renewInstance, unregisterInstance } from '../store/instance.ts'
import type { Executor } from './executor.ts'

const RENEW_EVERY_MS = 1_000
/** Runs are stopped when the lease might end before the next renewal gets through. */
const SAFE_SHARE = 0.8

export interface HeartbeatParams {
  readonly database: Database
  readonly executor: Executor
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly name: string
  readonly role: string
  readonly leaseMs: number
  /** Generation that the workers of this instance were started for. */
  readonly generation: () => number
  /** Told with each renewal which generation they are to be of. */
  readonly onGeneration: (generation: number) => void
  /** Told of each incarnation once its row is there. */
  readonly onRegistered: (instanceId: string) => Promise<void>
}

/**
 * This incarnation's sign of life: one small update a second however many operations run. Its answer brings requested pauses and cancels. When it can't get
 * through in time, or others took this instance for dead, all runs are fenced off here first, and the instance registers anew.
 */
export class Heartbeat implements Service {
  readonly #params: HeartbeatParams
  readonly #loop: Loop
  #id = newUuid()
  #renewedAt = 0
  #registered = false

  constructor(params: HeartbeatParams) {
    this.#params = params
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => {
        params.telemetry.emit('failure.contained', { where: 'engine.heartbeat', error })
        this.#fenceIfLate()
      },
    })
  }

  get instanceId(): string {
    return this.#id
  }

  /** Whether this instance may take operations back from others: one that was asleep renews first. */
  get fresh(): boolean {
    return this.#registered && this.#params.clock.monotonic() - this.#renewedAt < 3 * RENEW_EVERY_MS
  }

  async start(): Promise<void> {
    await this.#register()
    await this.#loop.start()
  }

  async stop(): Promise<void> {
    await this.#loop.stop()
    if (!this.#registered) return
    this.#registered = false
    try {
      await unregisterInstance(this.#params.database, this.#id)
    } catch (error) {
      this.#params.telemetry.emit('failure.contained', { where: 'engine.unregister', error })
    }
  }

  /** Renews now: there may be something to learn, or to tell. */
  wake(): void {
    this.#loop.wake()
  }

  async #register(): Promise<void> {
    const { database, name, role, clock, telemetry } = this.#params
    this.#id = newUuid()
    const id = this.#id
    await withConnectionRetry(() => registerInstance(database, { id, name, role, generation: this.#params.generation() }), { clock, deadlineMs: 10_000 })
    this.#registered = true
    this.#renewedAt = clock.monotonic()
    await this.#params.onRegistered(id)
    telemetry.emit('instance.registered', { instanceId: id })
  }

  async #poll(): Promise<number> {
    if (!this.#registered) {
      await this.#register()
      return RENEW_EVERY_MS
    }
    const startedAt = this.#params.clock.monotonic()
    const renewal = await renewInstance(this.#params.database, { id: this.#id, generation: this.#params.generation() })
    if (!renewal.alive) {
      this.#lost()
      return 0
    }
    // Counted from before the statement: the database's clock stood somewhere in between.
    this.#renewedAt = startedAt
    this.#params.onGeneration(renewal.generation)
    for (const order of renewal.orders) {
      if (order.state === 'canceling') this.#params.executor.cancel(order.id)
      else this.#params.executor.pause(order.id)
    }
    return RENEW_EVERY_MS
  }

  #fenceIfLate(): void {
    if (this.#registered && this.#params.clock.monotonic() - this.#renewedAt > this.#params.leaseMs * SAFE_SHARE) this.#lost()
  }

  #lost(): void {
    this.#registered = false
    this.#params.telemetry.emit('instance.lost', { instanceId: this.#id, runs: this.#params.executor.running })
    this.#params.executor.loseAll()
  }
}
