import './facts.ts'
import type { Clock } from '../../base/clock.ts'
import { Loop } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { findPurgeableBatches, forgetTombstones } from './store/find-purgeable-batches.ts'
import { purgeBatch } from './store/purge-batch.ts'
import type { Uploads } from './uploads/uploads.ts'

const EVERY_MS = 60_000
const BATCHES_AT_ONCE = 10

export interface SweeperParams {
  readonly database: Database
  readonly uploads: Uploads
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** What is done in the background, on every instance: rows of deleted batches, content of uploads that nobody needs. All of it is safe to do twice. */
export class ImportSweeper extends Loop {
  #stopping = new AbortController()

  constructor(params: SweeperParams) {
    const onError = (error: unknown) => {
      if (!this.#stopping.signal.aborted) params.telemetry.emit('failure.contained', { where: 'imports.sweeper', error })
    }
    super({ clock: params.clock, retryMs: EVERY_MS, onError, poll: () => this.#poll(params) })
  }

  override start(): Promise<void> {
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController()
    return super.start()
  }

  override async stop(): Promise<void> {
    this.#stopping.abort()
    await super.stop()
  }

  async #poll({ database, uploads, telemetry }: SweeperParams): Promise<number> {
    const batches = await findPurgeableBatches(database, BATCHES_AT_ONCE)
    for (const batchId of batches) {
      await purgeBatch(database, batchId, this.#stopping.signal)
      telemetry.emit('imports.batch_purged', { batchId })
    }
    await forgetTombstones(database)
    const removed = await uploads.sweep()
    if (removed > 0) telemetry.emit('imports.uploads_swept', { removed })
    return batches.length === BATCHES_AT_ONCE ? 0 : EVERY_MS
  }
}
