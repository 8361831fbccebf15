import { namedStream } from '../base/ids.ts'
import type { Bus } from '../bus/bus.ts'
import type { Transaction } from '../database/database.ts'
import { appendToStreams, lockStreams } from '../events/append-many.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { DeliveryPlanner } from './delivery-planner.ts'
import { toEventData } from './event-data.ts'
import { countUnseen } from './store/count-unseen.ts'
import { removeNotifications } from './store/remove-notifications.ts'
import { type PlacedDraft, upsertNotifications } from './store/upsert-notifications.ts'
import { type InboxEventType, inboxName, type NotificationDraft, type StoredNotification } from './stored-notification.ts'

declare module '../telemetry/facts.ts' {
  interface Facts {
    /** After the commit: notifications that were added or edited, and those that were removed. */
    'notifications.written': { readonly written: number; readonly removed: number }
  }
}

/** Hints of an inbox travel on it, by the key of its stream; each carries the number of the last event. */
export const inboxChannel = (stream: string): string => `inbox:${stream}`

/** The inboxes that a transaction has locked, by user, with the number of the last event of each. */
export type LockedInboxes = Map<string, number>

/** What is to happen to locked inboxes. */
export interface InboxChange {
  readonly drafts: readonly NotificationDraft[]
  readonly removed: readonly StoredNotification[]
}

export interface InboxEvent {
  readonly type: InboxEventType
  readonly notification: StoredNotification
}

export interface InboxWriterParams {
  readonly bus: Bus
  readonly telemetry: Telemetry
  readonly planner: DeliveryPlanner
}

/**
 * Everything that changes inboxes goes through here: first the inboxes are locked, in a fixed order; what is read then stays true until the commit; then rows,
 * events and what is to be sent outside are written with one statement each, however many users there are.
 */
export class InboxWriter {
  readonly #params: InboxWriterParams

  constructor(params: InboxWriterParams) {
    this.#params = params
  }

  async lock(transaction: Transaction, userIds: Iterable<string>): Promise<LockedInboxes> {
    const names = new Map([...userIds].map((userId) => [inboxName(userId), userId]))
    if (names.size === 0) return new Map()
    const locked = await lockStreams(transaction, names.keys())
    return new Map([...locked].map(([name, { head }]) => [names.get(name) as string, head]))
  }

  /** Adds, edits and removes; answers the rows of the drafts, in their order. */
  async change(transaction: Transaction, inboxes: LockedInboxes, { drafts, removed }: InboxChange): Promise<readonly StoredNotification[]> {
    if (drafts.length === 0 && removed.length === 0) return []
    await removeNotifications(
      transaction,
      removed.map(({ id }) => id),
    )
    const written = drafts.length === 0 ? [] : await upsertNotifications(transaction, this.#placed(inboxes, { drafts, removed }))
    const events = [
      ...removed.map((notification) => ({ type: 'REMOVED', notification }) as const),
      ...written.map((notification, index) => ({ type: drafts[index]?.existing ? 'EDITED' : 'ADDED', notification }) as const),
    ]
    await this.append(transaction, inboxes, events)
    if (written.length > 0) await this.#params.planner.plan(transaction, written)
    transaction.afterCommit(() => {
      this.#params.telemetry.emit('notifications.written', { written: written.length, removed: removed.length })
      if (written.length > 0) this.#params.planner.wake()
    })
    return written
  }

  /** Tells what happened to notifications of locked inboxes whose rows are written already. */
  async append(transaction: Transaction, inboxes: LockedInboxes, events: readonly InboxEvent[]): Promise<void> {
    if (events.length === 0) return
    const users = [...new Set(events.map(({ notification }) => notification.userId))]
    const unseen = await countUnseen(transaction, users)
    const heads = await appendToStreams(
      transaction,
      events.map(({ type, notification }) => ({
        name: inboxName(notification.userId),
        type,
        data: toEventData({ notification, unseenCount: unseen.get(notification.userId) ?? 0 }),
        actor: null,
      })),
    )
    for (const userId of users) inboxes.set(userId, heads.get(inboxName(userId))?.head ?? 0)
    transaction.afterCommit(() => {
      for (const { stream, head } of heads.values()) this.#params.bus.publish(inboxChannel(stream), head)
    })
  }

  /** Numbers that the events of the drafts will have: nobody else can append meanwhile. */
  #placed(inboxes: LockedInboxes, { drafts, removed }: InboxChange): PlacedDraft[] {
    const last = new Map(inboxes)
    const next = (userId: string): number => {
      const head = last.get(userId)
      if (head === undefined) throw new Error(`expected the inbox of ${userId} to be locked`)
      last.set(userId, head + 1)
      return head + 1
    }
    for (const { userId } of removed) next(userId)
    return drafts.map((draft) => ({ draft, seq: next(draft.userId) }))
  }
}

/** Key of the stream of a user's inbox. */
export const inboxStream = (userId: string): string => namedStream(inboxName(userId))
