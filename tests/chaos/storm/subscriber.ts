import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { systemClock } from '../../../src/base/clock.ts'
import type { SeededRandom } from '../random.ts'
import type { Member } from './fleet.ts'
import { EVENTS, type EventsFrame, FollowedEvents } from './followed-events.ts'
import { codesOf, type Journal } from './journal.ts'
import { type LatestFrame, LatestStates } from './latest-states.ts'

const LATEST = 'id state done version progress { revision }'
const OPERATION = `subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { ${LATEST} } }`
const OPERATIONS = `subscription { operations(minIntervalMs: 100) { ${LATEST} } }`

export interface SubscriberParams {
  readonly name: string
  readonly token: string
  /** Where the next connection goes. */
  readonly choose: () => Member
  readonly journal: Journal
  readonly random: SeededRandom
}

interface Subscription {
  readonly query: string
  /** Changed in place: graphql-ws sends this very object again on each reconnect. */
  readonly variables: Record<string, unknown>
  /** Answers true when nothing more is wanted. */
  readonly take: (data: Readonly<Record<string, unknown>>) => boolean
  readonly ended: () => void
}

/** A client as users have it: graphql-ws with its own retries on one socket, and nothing but a cursor that moves on in the variables. */
export class Subscriber {
  readonly name: string
  readonly followed: FollowedEvents[] = []
  readonly #watched = new Map<string, LatestStates>()
  #all: LatestStates | undefined
  readonly #params: SubscriberParams
  readonly #client: Client
  readonly #timers = new Set<() => void>()
  #member: Member | undefined
  #connections = 0
  #isOpen = false
  #hasLeft = false
  #closed: () => void = () => undefined

  constructor(params: SubscriberParams) {
    this.#params = params
    this.name = params.name
    this.#client = this.#connect()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** From the beginning, from a cursor, or from a snapshot on. */
  follow(operationId: string, after: string | undefined): void {
    const followed = new FollowedEvents({ operationId, after, who: this.name, violate: (text) => this.#params.journal.violate(text) })
    this.followed.push(followed)
    const variables: Record<string, unknown> = { operationId, after }
    // The connection on which it has caught up.
    let live = 0
    this.#subscribe({
      query: EVENTS,
      variables,
      take: (data) => {
        const frame = data['operationEvents'] as EventsFrame
        variables['after'] = frame.cursor
        followed.take(frame)
        if (frame.__typename === 'StreamCaughtUp') live = this.#connections
        if (frame.occurredAt !== undefined) this.#arrived(frame.occurredAt, live === this.#connections)
        return false
      },
      ended: () => followed.end(),
    })
  }

  /** The latest state of one operation, until it is done. */
  watch(id: string): void {
    const states = this.#states()
    this.#watched.set(id, states)
    this.#subscribe({
      query: OPERATION,
      variables: { id },
      take: (data) => states.take(data['operation'] as LatestFrame, this.#connections),
      ended: () => undefined,
    })
  }

  /** The latest states of all that it may see, until it leaves. */
  watchAll(): void {
    const states = this.#states()
    this.#all = states
    this.#subscribe({
      query: OPERATIONS,
      variables: {},
      take: (data) => {
        states.take(data['operations'] as LatestFrame, this.#connections)
        return false
      },
      ended: () => undefined,
    })
  }

  /** Every subscription of latest states. */
  get latest(): readonly LatestStates[] {
    return [...this.#watched.values(), ...(this.#all ? [this.#all] : [])]
  }

  /** Operations whose end it still waits for. */
  unfinished(): readonly string[] {
    const following = this.followed.filter(({ isOver }) => !isOver).map(({ operationId }) => `events of ${operationId}`)
    const watching = [...this.#watched].filter(([id, states]) => !states.hasEnd(id)).map(([id]) => `latest state of ${id}`)
    const listed = this.#all?.unfinished(this.#connections).map((id) => `${id} in the list`) ?? []
    return [...following, ...watching, ...listed]
  }

  /** Resolves when the socket has closed. */
  async leave(): Promise<void> {
    this.#hasLeft = true
    for (const cancel of this.#timers) cancel()
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve
      if (!this.#isOpen) resolve()
    })
    await this.#client.dispose()
    await closed
  }

  /** What is replayed tells nothing about whether news comes. */
  #arrived(occurredAt: string, isLive: boolean): void {
    this.#params.journal.delivered += 1
    if (isLive) this.#params.journal.arrived(this.#member?.name ?? '', Date.parse(occurredAt))
  }

  #states(): LatestStates {
    return new LatestStates(this.name, (text) => this.#params.journal.violate(text))
  }

  #connect(): Client {
    const { choose, token, journal, random, name } = this.#params
    return createClient({
      url: () => {
        this.#member = choose()
        return `${this.#member.gate.url.replace(/^http/, 'ws')}/graphql`
      },
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      // Open from the beginning to the end, whether or not it has something to follow.
      lazy: false,
      onNonLazyError: (error) => (this.#hasLeft ? undefined : journal.violate(`${name} lost its socket for good: ${describe(error)}`)),
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: () => systemClock.sleep(random.between(20, 300)),
      on: {
        connected: () => {
          this.#isOpen = true
          this.#connections += 1
        },
        closed: (event) => {
          this.#isOpen = false
          this.#closed()
          journal.closed(name, (event as { readonly code?: number }).code ?? 1006)
        },
      },
    })
  }

  #subscribe(subscription: Subscription): void {
    const { query, variables } = subscription
    const { journal } = this.#params
    const again = () => this.#later(() => this.#subscribe(subscription))
    let leave = (): void => undefined
    let isDone = false
    leave = this.#client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (isDone) return
          if (errors || !data) {
            journal.refused(this.name, codesOf(errors ?? []), errors)
            return
          }
          isDone = subscription.take(data)
          if (isDone) leave()
        },
        error: (error) => {
          if (this.#hasLeft) return
          if (Array.isArray(error) && journal.refused(this.name, codesOf(error), error)) again()
          else if (!Array.isArray(error)) journal.violate(`${this.name} lost a subscription for good: ${describe(error)}`)
        },
        complete: subscription.ended,
      },
    )
    if (isDone) leave()
  }

  #later(work: () => void): void {
    const cancel = systemClock.after(this.#params.random.between(100, 500), () => {
      this.#timers.delete(cancel)
      if (!this.#hasLeft) work()
    })
    this.#timers.add(cancel)
  }
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message
  const { code, reason } = error as { readonly code?: number; readonly reason?: string }
  return `${code ?? 'no code'} ${reason ?? ''}`
}
