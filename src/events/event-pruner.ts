import type { Clock } from '../base/clock.ts'
import { namedStream } from '../base/ids.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import { Loop, type Service } from '../base/service.ts'
import type { Database } from '../database/database.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { EventsDefinition } from './define-events.ts'
import { pruneEvents } from './prune-events.ts'

declare module '../telemetry/facts.ts' {
  interface Facts {
    'events.pruned': { readonly count: number }
  }
}

const PRUNE_EVERY_MS = 60_000
const NEXT_BATCH_MS = 1_000
const PRUNE_BATCH = 1_000

export interface EventPrunerParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly definitions: readonly EventsDefinition[]
}

/** Removes events whose retention has passed. Every instance does it: what one has removed, the others find gone. */
export class EventPruner implements Service {
  readonly #params: EventPrunerParams
  readonly #loop: Loop

  constructor(params: EventPrunerParams) {
    this.#params = params
    const onError = (error: unknown) => params.telemetry.emit('failure.contained', { where: 'events.prune', error })
    this.#loop = new Loop({ clock: params.clock, poll: () => this.#poll(), onError, retryMs: PRUNE_EVERY_MS })
  }

  async start(): Promise<void> {
    if (this.#params.definitions.length > 0) await this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** Removes a batch. */
  async prune(): Promise<PrunedBatch> {
    const { database, definitions, telemetry } = this.#params
    const retentions = definitions.map(({ stream, retentionMs }) => ({ stream: namedStream(stream), retentionMs }))
    const count = await pruneEvents(database, { retentions, limit: PRUNE_BATCH })
    if (count > 0) telemetry.emit('events.pruned', { count })
    return { removed: count, more: count >= PRUNE_BATCH }
  }

  async #poll(): Promise<number> {
    const { more } = await this.prune()
    return more ? NEXT_BATCH_MS : PRUNE_EVERY_MS
  }
}
