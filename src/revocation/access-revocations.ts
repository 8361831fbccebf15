import './facts.ts'
import type { Revocations, TokenFacts } from '../auth/revocations.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import { Loop, type Service } from '../base/service.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { KnownRevocation, RevocationRecord, RevocationTarget } from './revocation.ts'
import { RevocationList } from './revocation-list.ts'
import { pruneRevocations } from './store/prune-revocations.ts'
import { readRevocations } from './store/read-revocations.ts'
import { revokeAccess } from './store/revoke-access.ts'

const CHANNEL = 'revocations'
/** So that a revocation is known everywhere within a second, though the bus is away. */
const LOOK_EVERY_MS = 500
/** A statement takes its instant before it commits, so rows may appear later than newer ones: each look goes back by more than a commit takes. */
const OVERLAP_MS = 30_000
/** How often everything is read, whatever a commit may take, and what is over is deleted. */
const TIDY_EVERY_MS = 300_000
/** Clocks of database and issuers differ; until the last token has expired for everybody, its revocation stays. */
const CLOCK_MARGIN_MS = 60_000
/** Bounds the memory of every instance (about 30 MB). Whoever needs more changes the key that tokens are signed with. */
export const MOST_REVOCATIONS = 100_000

export interface AccessRevocationsParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Longest life of a token, where it is bounded; else revocations are kept unless they say until when. */
  readonly maxTokenLifeMs: number | undefined
}

export interface RevokeParams {
  readonly target: RevocationTarget
  readonly reason: string
  readonly revokedBy: Actor
  /** When the last of these tokens expires, where that is known. */
  readonly until?: Date | undefined
}

/**
 * Revocations of all instances: written to the database, announced on the bus, read by each instance into memory with one small
 * statement. While the database is away the last known list stays in force.
 */
export class AccessRevocations implements Revocations, Service {
  readonly #params: AccessRevocationsParams
  readonly #list = new RevocationList()
  readonly #listeners = new Set<() => void>()
  readonly #loop: Loop
  #releases: readonly (() => void)[] = []
  #started: Promise<void> | undefined
  /** The database's clock at the last look; 0 reads everything. */
  #lookedAtMs = 0
  #tidiedAt = 0

  constructor(params: AccessRevocationsParams) {
    this.#params = params
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => params.telemetry.emit('failure.contained', { where: 'revocations', error }),
      retryMs: LOOK_EVERY_MS,
    })
  }

  /** Revocations in memory. */
  get size(): number {
    return this.#list.size
  }

  isRevoked(token: TokenFacts): boolean {
    return this.#list.isRevoked(token)
  }

  onRevoked(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Loads the list. Rejects when it can't be read: no token may be accepted without it. */
  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  async stop(): Promise<void> {
    await this.#started?.catch(() => undefined)
    this.#release()
    await this.#loop.stop()
  }

  /** Takes effect here at once, elsewhere within a second; safe to repeat. `undefined` when there are too many. */
  async revoke({ target, reason, revokedBy, until }: RevokeParams): Promise<RevocationRecord | undefined> {
    const { database, bus, maxTokenLifeMs } = this.#params
    const longestLifeMs = maxTokenLifeMs === undefined ? undefined : maxTokenLifeMs + CLOCK_MARGIN_MS
    const record = await revokeAccess(database, { target, reason, revokedBy, until, longestLifeMs, most: MOST_REVOCATIONS })
    if (!record) return undefined
    bus.publish(CHANNEL, {})
    this.#learn([{ ...target, revokedAtMs: record.revokedAt.getTime(), untilMs: record.until?.getTime() ?? null }])
    return record
  }

  async #start(): Promise<void> {
    const { bus, clock } = this.#params
    const look = (): void => this.#loop.wake()
    this.#releases = [await bus.subscribe(CHANNEL, look), bus.onGap(look)]
    try {
      await this.#look()
    } catch (error) {
      this.#release()
      throw error
    }
    this.#tidiedAt = clock.monotonic()
    await this.#loop.start()
  }

  async #poll(): Promise<number> {
    await this.#look()
    await this.#tidy()
    return LOOK_EVERY_MS
  }

  async #look(): Promise<void> {
    const { nowMs, revocations } = await readRevocations(this.#params.database, Math.max(0, this.#lookedAtMs - OVERLAP_MS))
    // A clock that went back (failover, restore) may have given new rows old instants: then everything is read again.
    this.#lookedAtMs = nowMs < this.#lookedAtMs ? 0 : nowMs
    this.#learn(revocations)
    this.#list.forget(nowMs)
  }

  #learn(revocations: readonly KnownRevocation[]): void {
    const count = this.#list.add(revocations)
    if (count === 0) return
    this.#params.telemetry.emit('access.revoked', { count, held: this.#list.size })
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        this.#params.telemetry.emit('failure.contained', { where: 'revocation listener', error })
      }
    }
  }

  /** Removes those whose tokens have all expired; it also happens by itself. */
  async prune(): Promise<PrunedBatch> {
    const removed = await pruneRevocations(this.#params.database)
    if (removed > 0) this.#params.telemetry.emit('revocations.pruned', { count: removed })
    return { removed, more: false }
  }

  async #tidy(): Promise<void> {
    const { clock } = this.#params
    if (clock.monotonic() - this.#tidiedAt < TIDY_EVERY_MS) return
    this.#tidiedAt = clock.monotonic()
    this.#lookedAtMs = 0
    await this.prune()
  }

  #release(): void {
    for (const release of this.#releases) release()
    this.#releases = []
  }
}
