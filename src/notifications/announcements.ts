import type { Clock } from '../base/clock.ts'
import { FlushQueue } from '../base/flush-queue.ts'
import { Loop, type Service } from '../base/service.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database, Executor } from '../database/database.ts'
import type { OperationRecord } from '../engine/records.ts'
import { hasEffect } from '../status/impact.ts'
import { publicTitle } from '../status/public-title.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { type AnnouncementSource, announcementDrafts, type Recipient, sourceIdOf } from './announcement-news.ts'
import { isOwn } from './feature-news.ts'
import type { InboxWriter } from './inbox-writer.ts'
import type { OperationKnowledge } from './operation-consumer.ts'
import { type AnnouncedWindow, readWideOperations, readWindows, stillCurrent } from './store/read-announcement-sources.ts'
import { readAnnouncements } from './store/read-announcements.ts'
import { KEYS, type NotificationDraft } from './stored-notification.ts'

export interface AnnouncementsParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly writer: InboxWriter
  readonly knowledge: () => OperationKnowledge
}

/** Says that there may be something to announce, or that something ended. */
export const ANNOUNCEMENTS_CHANNEL = 'announcements'

const LOOK_EVERY_MS = 3_000
const RECIPIENTS_AT_ONCE = 500

/** A user who follows the inbox here. */
interface Follower extends Recipient {
  follows: number
  /** Sources that the inbox is known to reflect. */
  applied: string | undefined
}

/**
 * What affects more people than one. Users are known by their tokens only, so inboxes are brought up to date where they are looked at: for all who follow theirs
 * on this instance, woken by a hint and every few seconds, and for whoever asks for the list. Any instance may do it for anybody: inboxes are locked first,
 * sources and inboxes read afterwards, so that nothing is told twice and nothing old replaces something new.
 */
export class Announcements implements Service {
  readonly #params: AnnouncementsParams
  readonly #followers = new Map<string, Follower>()
  readonly #loop: Loop
  readonly #asked: FlushQueue<Recipient, undefined>
  #leave: (() => void)[] = []

  constructor(params: AnnouncementsParams) {
    this.#params = params
    this.#asked = new FlushQueue({
      name: 'announcements',
      maxBatch: RECIPIENTS_AT_ONCE,
      flush: async (recipients) => {
        await this.#bringUpToDate(recipients)
        return recipients.map(() => undefined)
      },
    })
    const onError = (error: unknown) => params.telemetry.emit('failure.contained', { where: 'notifications.announcements', error })
    this.#loop = new Loop({ clock: params.clock, poll: () => this.#poll(), onError, retryMs: LOOK_EVERY_MS })
  }

  async start(): Promise<void> {
    const { bus } = this.#params
    if (this.#leave.length === 0) {
      this.#leave = [bus.onGap(() => this.#loop.wake()), await bus.subscribe(ANNOUNCEMENTS_CHANNEL, () => this.#loop.wake())]
    }
    await this.#loop.start()
  }

  async stop(): Promise<void> {
    for (const leave of this.#leave.splice(0)) leave()
    await this.#loop.stop()
    await this.#asked.drained()
  }

  /** After the commit of a gate, a maintenance or an operation that affects others: all instances look. */
  changed(): void {
    this.#loop.wake()
    this.#params.bus.publish(ANNOUNCEMENTS_CHANNEL, true)
  }

  /** Resolves when this inbox reflects what is to be announced now. Grouped with others that ask now. */
  async reach(recipient: Recipient): Promise<void> {
    await this.#asked.submit(recipient)
  }

  /** Keeps this inbox up to date until the returned function is called. */
  follow({ userId, tenantId }: Recipient): () => void {
    const key = JSON.stringify([userId, tenantId])
    const follower = this.#followers.get(key) ?? { userId, tenantId, follows: 0, applied: undefined }
    this.#followers.set(key, follower)
    follower.follows += 1
    if (follower.applied === undefined) this.#loop.wake()
    return () => {
      follower.follows -= 1
      if (follower.follows === 0) this.#followers.delete(key)
    }
  }

  async #poll(): Promise<number> {
    if (this.#followers.size === 0) return LOOK_EVERY_MS
    const signature = JSON.stringify((await this.#sources(this.#params.database)).map(({ id, version, phase, tenantId }) => [id, version, phase, tenantId]))
    const behind = [...this.#followers.values()].filter(({ applied }) => applied !== signature)
    for (let at = 0; at < behind.length; at += RECIPIENTS_AT_ONCE) {
      const some = behind.slice(at, at + RECIPIENTS_AT_ONCE)
      await this.#bringUpToDate(some)
      for (const follower of some) follower.applied = signature
    }
    return LOOK_EVERY_MS
  }

  /** Looks without locks first: as a rule there is nothing to do. */
  async #bringUpToDate(recipients: readonly Recipient[]): Promise<void> {
    const { database, writer } = this.#params
    const distinct = [...new Map(recipients.map((one) => [JSON.stringify([one.userId, one.tenantId]), one])).values()]
    const behind = new Set((await this.#draftsFor(database, distinct)).map(({ userId }) => userId))
    if (behind.size === 0) return
    await database.transaction(async (transaction) => {
      const inboxes = await writer.lock(transaction, behind)
      const drafts = await this.#draftsFor(
        transaction,
        distinct.filter(({ userId }) => behind.has(userId)),
      )
      await writer.change(transaction, inboxes, { drafts, removed: [] })
    })
  }

  async #draftsFor(executor: Executor, recipients: readonly Recipient[]): Promise<NotificationDraft[]> {
    const sources = await this.#sources(executor)
    const keys = sources.map(({ id }) => KEYS.announcement(id))
    const users = [...new Set(recipients.map(({ userId }) => userId))]
    const known = await readAnnouncements(executor, users, keys)
    const unlisted = known.filter(({ key, resolvedAt }) => resolvedAt === null && !keys.includes(key)).map(sourceIdOf)
    const current = await stillCurrent(executor, [...new Set(unlisted)])
    const byUser = Map.groupBy(known, ({ userId }) => userId)
    const goesOn = (sourceId: string) => current.has(sourceId)
    const drafts = recipients.flatMap((recipient) => announcementDrafts({ recipient, sources, known: byUser.get(recipient.userId) ?? [], goesOn }))
    // A user may come with tokens of two tenants.
    return [...new Map(drafts.map((draft) => [JSON.stringify([draft.userId, draft.key]), draft])).values()]
  }

  async #sources(executor: Executor): Promise<AnnouncementSource[]> {
    const { engine } = this.#params.knowledge()
    const windows = (await readWindows(executor)).map(ofWindow)
    const operations = (await readWideOperations(executor, engine.registry)).filter(({ impact, tenantId }) => hasEffect(impact) && !isOwn(impact, tenantId))
    return [...windows, ...operations.map((operation) => this.#ofOperation(operation))]
  }

  #ofOperation(operation: OperationRecord): AnnouncementSource {
    const { engine } = this.#params.knowledge()
    const { id, impact, tenantId, startedAt } = operation
    const { level, blocks, warns, scope } = impact
    const name = publicTitle(engine.registry, operation)
    const until = engine.progressOf(operation).estimatedCompletionAt
    // Its words stay the same, so only its end is news; and its beginning, should it be retried.
    return {
      id,
      name,
      tenantId: scope === 'tenant' ? tenantId : null,
      version: 0,
      phase: 'current',
      level,
      blocks,
      readOnly: [],
      warns,
      startsAt: startedAt,
      until,
    }
  }
}

function ofWindow({ reason, plannedEndAt, begun, kind: _kind, ...window }: AnnouncedWindow): AnnouncementSource {
  return { ...window, name: reason, phase: begun ? 'current' : 'planned', until: plannedEndAt }
}
