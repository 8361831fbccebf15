import type { Clock } from '../../base/clock.ts'
import { firstUuidAt } from '../../base/ids.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { pruneFinished } from '../prune.ts'
import type { Registry } from '../registry.ts'
import { expireDeadlines } from '../store/expire-deadlines.ts'
import { promoteBlocked } from '../store/promote-blocked.ts'
import { freeAllLeases, rescueOperations } from '../store/rescue-operations.ts'
import type { MovedRow, OutboxRoutes } from '../store/transition.ts'
import type { Announcer } from './announcer.ts'
import type { Heartbeat } from './heartbeat.ts'

const LOOK_EVERY_MS = 1_000
const PRUNE_EVERY_MS = 60_000
/** Workers act at the deadline themselves and need some time to say so. */
const DEADLINE_GRACE_MS = 5_000
const KEY_GRACE_MS = 5_000

export interface MaintenanceParams {
  readonly database: Database
  readonly registry: Registry
  readonly heartbeat: Heartbeat
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly routes: OutboxRoutes
  readonly leaseMs: number
  /** False: this instance does not work, so it has no lease to compare with and rescues nothing. */
  readonly rescues: boolean
  readonly announcer: Announcer
  /** Gives back what this instance holds without running it. */
  readonly reconcile: () => Promise<void>
}

/** What every instance does once a second, whoever comes first: rescue, deadlines, free keys; and once a minute, pruning. */
export class Maintenance implements Service {
  readonly #params: MaintenanceParams
  readonly #loop: Loop
  #prunedAt = 0

  constructor(params: MaintenanceParams) {
    this.#params = params
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => params.telemetry.emit('failure.contained', { where: 'engine.maintenance', error }),
      retryMs: LOOK_EVERY_MS,
    })
  }

  async start(): Promise<void> {
    this.#prunedAt = this.#params.clock.monotonic()
    await this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #poll(): Promise<number> {
    const { database, routes, heartbeat, leaseMs, telemetry } = this.#params
    if (this.#params.rescues && heartbeat.fresh) {
      const rescued = await rescueOperations(database, routes, { leaseMs, instanceId: heartbeat.instanceId })
      if (rescued.length > 0) telemetry.emit('operations.rescued', { count: rescued.length })
      this.#params.announcer.moved(rescued)
    }
    const expired = await expireDeadlines(database, routes, DEADLINE_GRACE_MS)
    if (expired.length > 0) telemetry.emit('operations.expired', { count: expired.length })
    this.#params.announcer.moved(expired)
    await this.#promote()
    await this.#params.reconcile()
    await this.#prune()
    return LOOK_EVERY_MS
  }

  /** Keys were freed: whoever waits for them is next. */
  promote(): void {
    this.#promote().catch((error: unknown) => this.#params.telemetry.emit('failure.contained', { where: 'engine.promote', error }))
  }

  /** For the only instance of a database, before it registers. */
  freeOldLeases(): Promise<MovedRow[]> {
    return freeAllLeases(this.#params.database, this.#params.routes)
  }

  async #promote(): Promise<void> {
    const { database, clock } = this.#params
    this.#params.announcer.claimable(await promoteBlocked(database, firstUuidAt(clock.now() - KEY_GRACE_MS)))
  }

  async #prune(): Promise<void> {
    const { clock, telemetry } = this.#params
    if (clock.monotonic() - this.#prunedAt < PRUNE_EVERY_MS) return
    const { removed, more } = await pruneFinished(this.#params)
    // While there is more: go on at the next look.
    if (!more) this.#prunedAt = clock.monotonic()
    if (removed > 0) telemetry.emit('operations.pruned', { count: removed })
  }
}
