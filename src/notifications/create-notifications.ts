import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/service.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { BatchConsumer } from '../engine/services/consumers.ts'
import { type NOT_YET, type OVER, PullIterator, type PullSource } from '../events/pull-iterator.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import type { Recipient } from './announcement-news.ts'
import { Announcements } from './announcements.ts'
import type { DeliveryPlanner } from './delivery-planner.ts'
import { Inbox, type InboxFrame } from './inbox.ts'
import { InboxWriter } from './inbox-writer.ts'
import { type OperationKnowledge, operationConsumer } from './operation-consumer.ts'
import { NotificationPruner } from './pruner.ts'
import type { NotificationTeller } from './services.ts'
import { Teller } from './teller.ts'

export interface NotificationsParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** By default nothing is sent outside. */
  readonly planner?: DeliveryPlanner
  /** How long notifications are kept after their last edit. */
  readonly retentionMs: number
}

/** Notifications of this process: what makes them, and the inboxes that hold them. */
export interface Notifications extends Service {
  /** For the engine. */
  readonly consumer: BatchConsumer
  /** Once the engine exists, and before anything is started. */
  connect(knowledge: OperationKnowledge): void
  /** What other parts tell users by. */
  readonly teller: NotificationTeller
  readonly inbox: Inbox
  readonly announcements: Announcements
  /** For instances that work. */
  readonly pruner: NotificationPruner
  /** A live inbox, which announcements reach as long as it is followed. See `Inbox.feed`. */
  follow(recipient: Recipient, after: string | undefined): AsyncIterableIterator<InboxFrame>
}

const NOTHING_SENT: DeliveryPlanner = { plan: () => Promise.resolve(), wake: () => undefined }

export function createNotifications({ planner = NOTHING_SENT, ...params }: NotificationsParams): Notifications {
  let known: OperationKnowledge | undefined
  const knowledge = (): OperationKnowledge => {
    if (!known) throw new Error('expected notifications to be connected with the engine before anything is started')
    return known
  }
  const writer = new InboxWriter({ ...params, planner })
  const inbox = new Inbox({ ...params, writer })
  const announcements = new Announcements({ ...params, writer, knowledge })
  return {
    consumer: operationConsumer({ writer, knowledge, onWideEffect: () => announcements.changed() }),
    connect(knowledgeOfEngine) {
      known = knowledgeOfEngine
    },
    teller: new Teller(writer),
    inbox,
    announcements,
    pruner: new NotificationPruner({ ...params, writer }),
    follow(recipient, after) {
      const feed = inbox.feed(recipient.userId, after) as PullIterator<InboxFrame>
      return new PullIterator(new FollowedSource(feed.detach(), () => announcements.follow(recipient)))
    },
    async start() {
      await inbox.start()
      await announcements.start()
    },
    async stop() {
      await announcements.stop()
      await inbox.stop()
    },
  }
}

/** A feed that something goes along with, from its beginning to its end. */
class FollowedSource<Value> implements PullSource<Value> {
  readonly #source: PullSource<Value>
  readonly #follow: () => () => void
  #leave: (() => void) | undefined

  constructor(source: PullSource<Value>, follow: () => () => void) {
    this.#source = source
    this.#follow = follow
  }

  open(wake: () => void): void {
    this.#leave = this.#follow()
    this.#source.open(wake)
  }

  take(): Value | typeof NOT_YET | typeof OVER {
    return this.#source.take()
  }

  close(): void {
    this.#leave?.()
    this.#source.close()
  }
}
