import { systemClock } from '../../../src/base/clock.ts'
import { createApiClient } from '../../../src/testing/api-client.ts'
import { EVENTS, type EventsFrame, FollowedEvents } from './followed-events.ts'
import { codesOf } from './journal.ts'
import type { SubscriberParams } from './subscriber.ts'

type Frame = { readonly operationEvents: EventsFrame }

/** Follows one operation over server-sent events to its end, and begins again where it was whenever the stream breaks off. */
export class SseFollower {
  readonly followed: FollowedEvents
  readonly #params: SubscriberParams
  readonly #variables: { readonly operationId: string; after: string | undefined }
  #hasLeft = false
  #now = 'has not begun'

  constructor(params: SubscriberParams, operationId: string, after: string | undefined) {
    this.#params = params
    this.#variables = { operationId, after }
    this.followed = new FollowedEvents({ operationId, after, who: params.name, violate: (text) => params.journal.violate(text) })
  }

  /** Resolves at the end, or soon after `leave`. */
  async run(): Promise<void> {
    while (!this.#hasLeft && (await this.#breaksOff())) await systemClock.sleep(this.#params.random.between(50, 300))
    this.followed.end()
  }

  /** For messages. */
  get state(): string {
    return `${this.#now}, ${this.followed.count} events`
  }

  leave(): void {
    this.#hasLeft = true
  }

  /** Reads until the server says that nothing follows (false), or the stream breaks off (true). */
  async #breaksOff(): Promise<boolean> {
    const { choose, token, journal, name } = this.#params
    const member = choose()
    this.#now = `asks ${member.name}`
    try {
      for await (const { data, errors } of createApiClient({ url: member.gate.url, token }).stream<Frame, object>(EVENTS, this.#variables)) {
        if (errors || !data) return journal.refused(name, codesOf(errors ?? []), errors)
        this.#now = `reads from ${member.name}`
        this.#variables.after = data.operationEvents.cursor
        this.followed.take(data.operationEvents)
        if (data.operationEvents.seq !== undefined) journal.delivered += 1
      }
      return false
    } catch (error) {
      this.#now = `was cut off by ${member.name}`
      return wasCut(error) || journal.refused(name, codesOf(error), error)
    }
  }
}

/** As fetch says that an answer did not come to its end. A stream has no other way to say that it goes on elsewhere. */
const wasCut = (error: unknown): boolean => error instanceof TypeError && error.message === 'terminated'
