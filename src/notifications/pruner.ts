import type { Clock } from '../base/clock.ts'
import type { PrunedBatch } from '../base/pruned-batch.ts'
import { Loop, type Service } from '../base/service.ts'
import type { Database } from '../database/database.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { InboxWriter } from './inbox-writer.ts'
import { findPrunable } from './store/find-prunable.ts'
import { pruneInboxEvents } from './store/prune-inbox-events.ts'
import { readByIds } from './store/read-by-ids.ts'
import type { StoredNotification } from './stored-notification.ts'

declare module '../telemetry/facts.ts' {
  interface Facts {
    'notifications.pruned': { readonly notifications: number; readonly events: number }
  }
}

export interface NotificationPrunerParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly writer: InboxWriter
  readonly retentionMs: number
}

const PRUNE_EVERY_MS = 600_000
const NEXT_BATCH_MS = 500
const BATCH = 100
/** Operations of groups that go with one batch. */
const MOST_MEMBERS = 10_000
const STREAMS = 500
const PER_STREAM = 100
/** Events that an inbox keeps: who is further behind is told of a gap and asks for the list. */
export const EVENTS_KEPT = 1_000
const FIRST_STREAM = '00000000-0000-0000-0000-000000000000'

/** Removes notifications whose retention has passed, and old events of inboxes, in small batches. Every worker does it: what one has removed, the others find gone. */
export class NotificationPruner implements Service {
  readonly #params: NotificationPrunerParams
  readonly #loop: Loop
  #after = FIRST_STREAM

  constructor(params: NotificationPrunerParams) {
    this.#params = params
    const onError = (error: unknown) => params.telemetry.emit('failure.contained', { where: 'notifications.prune', error })
    this.#loop = new Loop({ clock: params.clock, poll: () => this.#poll(), onError, retryMs: PRUNE_EVERY_MS })
  }

  start(): Promise<void> {
    return this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #poll(): Promise<number> {
    return (await this.prune()).more ? NEXT_BATCH_MS : PRUNE_EVERY_MS
  }

  /** One batch. */
  async prune(): Promise<PrunedBatch> {
    const { database, retentionMs, telemetry } = this.#params
    const found = await this.#pruneNotifications()
    const { last, removed } = await pruneInboxEvents(database, {
      after: this.#after,
      streams: STREAMS,
      retentionMs,
      mostKept: EVENTS_KEPT,
      perStream: PER_STREAM,
    })
    // The same slice again while there may be more in it.
    if (removed < PER_STREAM) this.#after = last ?? FIRST_STREAM
    if (found + removed > 0) telemetry.emit('notifications.pruned', { notifications: found, events: removed })
    return { removed: found + removed, more: found > 0 || last !== null }
  }

  /** Whoever follows an inbox is told what goes. */
  async #pruneNotifications(): Promise<number> {
    const { database, retentionMs, writer } = this.#params
    const found = await findPrunable(database, retentionMs, BATCH)
    const batch = withinMembers(found)
    if (batch.length === 0) return 0
    await database.transaction(async (transaction) => {
      const inboxes = await writer.lock(transaction, new Set(batch.map(({ userId }) => userId)))
      const versions = new Map(batch.map(({ id, seq }) => [id, seq]))
      const unchanged = (await readByIds(transaction, [...versions.keys()])).filter(({ id, seq }) => versions.get(id) === seq)
      await writer.change(transaction, inboxes, { drafts: [], removed: unchanged })
    })
    return batch.length
  }
}

/** The first ones, as long as they don't stand for too many operations together; one at least. */
function withinMembers(found: readonly StoredNotification[]): readonly StoredNotification[] {
  let members = 0
  const end = found.findIndex(({ count }) => {
    members += count
    return members > MOST_MEMBERS
  })
  return end < 0 ? found : found.slice(0, Math.max(1, end))
}
