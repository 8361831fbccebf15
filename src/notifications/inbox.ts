import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/service.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { FeedFrame } from '../events/feed.ts'
import { Feeds } from '../events/feeds.ts'
import { EventLog } from '../events/log.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { type InboxWriter, inboxChannel, inboxStream } from './inbox-writer.ts'
import { dismissMany, dismissOne } from './store/dismiss-notifications.ts'
import { type ListMembersParams, listMembers } from './store/list-members.ts'
import { type ListNotificationsParams, listNotifications, type NotificationFilter } from './store/list-notifications.ts'
import { markSeen } from './store/mark-seen.ts'
import { readByIds } from './store/read-by-ids.ts'
import { type InboxHead, readInboxHead } from './store/read-inbox-head.ts'
import type { InboxEventType, StoredNotification } from './stored-notification.ts'

/** What every feed of an inbox is about: all there is to know stands in its events. */
export const INBOX = { kind: 'inbox' } as const
export type InboxSubject = typeof INBOX
export type InboxFrame = FeedFrame<InboxSubject>

/** Rows that one transaction marks, each with an event. */
const MARKED_AT_ONCE = 500

export interface InboxParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly writer: InboxWriter
}

export interface DismissAllParams {
  readonly filter: Pick<NotificationFilter, 'kinds' | 'categories'>
  readonly before: Date | undefined
}

/** Inboxes: lists, live feeds, and what their owners do with them. Whose inbox it is, is decided before. */
export class Inbox implements Service {
  readonly #params: InboxParams
  readonly #feeds: Feeds<InboxSubject>

  constructor(params: InboxParams) {
    this.#params = params
    this.#feeds = new Feeds<InboxSubject>({
      bus: params.bus,
      log: new EventLog(params.database),
      clock: params.clock,
      telemetry: params.telemetry,
      rules: { versionOf: (_subject, head) => head, isLast: () => false, isOver: () => false, hasSnapshot: false },
      loadSubject: () => Promise.resolve(INBOX),
      listen: (stream, poke) => params.bus.subscribe(inboxChannel(stream), (head) => poke(Number(head))),
    })
  }

  /** Inboxes that somebody follows now. */
  get hubs(): number {
    return this.#feeds.hubs
  }

  start(): Promise<void> {
    return this.#feeds.start()
  }

  stop(): Promise<void> {
    return this.#feeds.stop()
  }

  /** Lossless; without `after` live from now on, after `caughtUp`. After a gap it goes on with what is kept, and whoever follows must ask for the list again. */
  feed(userId: string, after: string | undefined): AsyncIterableIterator<InboxFrame> {
    return this.#feeds.open({ stream: inboxStream(userId), after, follow: true })
  }

  head(userId: string): Promise<InboxHead> {
    return readInboxHead(this.#params.database, userId, inboxStream(userId))
  }

  list(params: ListNotificationsParams): Promise<StoredNotification[]> {
    return listNotifications(this.#params.database, params)
  }

  /** In the order asked; `undefined` for what is no notification of this user. */
  async byIds(userId: string, ids: readonly string[]): Promise<(StoredNotification | undefined)[]> {
    const found = new Map((await readByIds(this.#params.database, ids)).filter((one) => one.userId === userId).map((one) => [one.id, one]))
    return ids.map((id) => found.get(id))
  }

  members(params: ListMembersParams): Promise<string[]> {
    return listMembers(this.#params.database, params)
  }

  /** Dismisses one, unless it is newer than the version that was seen. Answers it as it is then; `undefined`: the user has no such notification. */
  async dismiss(userId: string, id: string, version?: number): Promise<StoredNotification | undefined> {
    await this.#mark(userId, 'DISMISSED', async (transaction) => {
      const dismissed = await dismissOne(transaction, { id, userId, version })
      return dismissed ? [dismissed] : []
    })
    return (await this.byIds(userId, [id]))[0]
  }

  /** Dismisses what is there now and matches; answers how many that were. */
  async dismissAll(userId: string, { filter, before }: DismissAllParams): Promise<number> {
    const { head: until } = await this.head(userId)
    return this.#markAll(userId, 'DISMISSED', (transaction) => dismissMany(transaction, { userId, filter, before, until, limit: MARKED_AT_ONCE }))
  }

  /** Marks some, or all up to a place in the inbox; answers how many had not been seen. */
  markSeen(userId: string, what: { readonly ids: readonly string[] } | { readonly until: number }): Promise<number> {
    return this.#markAll(userId, 'SEEN', (transaction) => markSeen(transaction, { userId, what, limit: MARKED_AT_ONCE }))
  }

  async #markAll(userId: string, type: InboxEventType, work: (transaction: Transaction) => Promise<StoredNotification[]>): Promise<number> {
    let total = 0
    for (;;) {
      const marked = await this.#mark(userId, type, work)
      total += marked
      if (marked < MARKED_AT_ONCE) return total
    }
  }

  #mark(userId: string, type: InboxEventType, work: (transaction: Transaction) => Promise<StoredNotification[]>): Promise<number> {
    const { database, writer } = this.#params
    return database.transaction(async (transaction) => {
      const inboxes = await writer.lock(transaction, [userId])
      const marked = await work(transaction)
      const events = marked.toSorted((left, right) => left.seq - right.seq).map((notification) => ({ type, notification }))
      await writer.append(transaction, inboxes, events)
      return marked.length
    })
  }
}
