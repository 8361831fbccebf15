import { uuidOf } from '../../../src/base/ids.ts'
import { toCursor } from '../../../src/events/cursor.ts'
import { signToken } from '../../../src/testing/tokens.ts'
import type { SeededRandom } from '../random.ts'
import type { Fleet, Member } from './fleet.ts'
import type { FollowedEvents } from './followed-events.ts'
import type { Journal } from './journal.ts'
import { PersistentClient } from './persistent-client.ts'
import { SseFollower } from './sse-follower.ts'
import type { StartedOperation } from './starter.ts'
import { Subscriber, type SubscriberParams } from './subscriber.ts'

export interface AudienceParams {
  readonly fleet: Fleet
  readonly journal: Journal
  readonly random: SeededRandom
  readonly secret: string
  readonly subscribers: number
  /** Administrators keep to their instance, whatever happens to it; else they go wherever there is one. */
  readonly areSentinelsLoyal: boolean
}

/** One user may have 50 sockets on an instance, and all of them may meet on one. */
const SUBSCRIBERS_PER_USER = 20
const FEWEST_USERS = 4

export const usersOf = (subscribers: number): number => Math.max(FEWEST_USERS, Math.ceil(subscribers / SUBSCRIBERS_PER_USER))

/** A position before the first event. */
export const beginningOf = (id: string): string => toCursor({ stream: uuidOf('operation', id) as string, seq: 0 })

/** Everybody who uses the fleet: users with several clients each, and one administrator per instance. */
export class Audience {
  readonly #random: SeededRandom
  readonly #ofUser: Subscriber[][] = []
  readonly #clients: PersistentClient[] = []
  readonly #sentinels: Subscriber[] = []
  readonly #byUser: SubscriberParams[] = []
  readonly #streams: SseFollower[] = []
  readonly #streaming: Promise<void>[] = []

  private constructor(random: SeededRandom) {
    this.#random = random
  }

  static async gather(params: AudienceParams): Promise<Audience> {
    const { fleet, journal, random, secret } = params
    const audience = new Audience(random)
    const choose = () => fleet.pick()
    const users = usersOf(params.subscribers)
    for (let user = 0; user < users; user += 1) {
      const token = await signToken({ secret, subject: `user-${user}`, roles: ['USER'] })
      const count = Math.ceil((params.subscribers - user) / users)
      audience.#clients.push(new PersistentClient({ name: `user-${user}`, token, choose, journal, random }))
      audience.#byUser.push({ name: `user-${user}/sse`, token, choose, journal, random })
      audience.#ofUser.push(Array.from({ length: count }, (_, index) => new Subscriber({ name: `user-${user}/${index}`, token, choose, journal, random })))
    }
    for (const member of fleet.members) {
      const token = await signToken({ secret, subject: `admin-${member.name}`, roles: ['ADMIN'] })
      audience.#sentinels.push(
        new Subscriber({ name: `admin-${member.name}`, token, choose: params.areSentinelsLoyal ? stayWith(member) : choose, journal, random }),
      )
    }
    for (const sentinel of audience.#sentinels) sentinel.watchAll()
    return audience
  }

  get all(): readonly Subscriber[] {
    return [...this.#ofUser.flat(), ...this.#sentinels]
  }

  /** What a user asks with. */
  client(user: number): PersistentClient {
    return this.#clients[user] as PersistentClient
  }

  /** Clients of the owner follow an operation in each of the ways there are. */
  follow(user: number, { id, cursor }: StartedOperation): void {
    this.#pick(user).follow(id, beginningOf(id))
    this.#pick(user).follow(id, cursor)
    this.#pick(user).follow(id, undefined)
    this.#pick(user).watch(id)
  }

  /** The same over server-sent events, on a connection of its own. */
  stream(user: number, { id, cursor }: StartedOperation): void {
    const follower = new SseFollower(this.#byUser[user] as SubscriberParams, id, cursor)
    this.#streams.push(follower)
    this.#streaming.push(follower.run())
  }

  /** What everybody holds of the events that they followed. */
  get followed(): readonly FollowedEvents[] {
    return [...this.all.flatMap((subscriber) => subscriber.followed), ...this.#streams.map(({ followed }) => followed)]
  }

  /** What is still waited for, in words. */
  unfinished(): readonly string[] {
    const streams = this.#streams
      .filter(({ followed }) => !followed.isOver)
      .map(({ followed, state }) => `events of ${followed.operationId} over SSE (${state})`)
    return [...this.all.flatMap((subscriber) => subscriber.unfinished().map((text) => `${subscriber.name}: ${text}`)), ...streams]
  }

  /** One more joins when much has happened already. */
  followLate(user: number, id: string): void {
    this.#pick(user).follow(id, beginningOf(id))
  }

  /** Subscribers of every instance follow it. */
  followEverywhere(id: string): void {
    for (const sentinel of this.#sentinels) sentinel.follow(id, beginningOf(id))
  }

  async leave(): Promise<void> {
    for (const stream of this.#streams) stream.leave()
    await Promise.all([...this.all.map((subscriber) => subscriber.leave()), ...this.#streaming])
  }

  #pick(user: number): Subscriber {
    const subscribers = this.#ofUser[user] ?? []
    return (subscribers[this.#random.between(0, subscribers.length - 1)] ?? this.#sentinels[0]) as Subscriber
  }
}

const stayWith = (member: Member) => () => member
