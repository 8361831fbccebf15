import { NOT_YET, OVER } from '../events/pull-iterator.ts'
import type { Connection } from './connection.ts'
import type { DetachedStream } from './event-stream.ts'
import type { SharedAnswer } from './shared-executions.ts'

type Step = IteratorResult<never, undefined>
const DONE: Step = { done: true, value: undefined }

/** Messages that a delivery sends in one turn of the event loop; then the others of its group come level, while the answers are still at hand. */
const MESSAGES_A_TURN = 16

/**
 * One subscription on its way to one socket. As an iterator it only begins and ends, which is what graphql-ws needs for its protocol;
 * the `next` messages go past it: bytes that the whole group shares, with this subscriber's id in front. It pulls as long as the socket
 * takes what it is given, so a slow client costs the bytes that its connection buffers and nothing per event.
 */
export class Delivery implements AsyncIterableIterator<never, undefined> {
  readonly #stream: DetachedStream
  readonly #connection: Connection
  readonly #prefix: Buffer
  readonly #end = Promise.withResolvers<Step>()
  readonly #forget: () => void
  #hasBegun = false
  #isEnded = false
  /** It is sending now, or will in the next turn. */
  #isBusy = false
  #pending: SharedAnswer | undefined

  /** `id`: that of the operation, as the client named it. */
  constructor(stream: DetachedStream, connection: Connection, id: string) {
    this.#stream = stream
    this.#connection = connection
    this.#prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)
    this.#forget = connection.keep(() => this.#finish())
    // Whoever ends it does not always wait for it.
    this.#end.promise.catch(() => undefined)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Begins; settles at the end. */
  next(): Promise<Step> {
    if (!this.#hasBegun && !this.#isEnded) {
      this.#hasBegun = true
      this.#stream.source.open(this.#pump)
      this.#pump()
    }
    return this.#end.promise
  }

  /** Releases everything at once. */
  return(): Promise<Step> {
    this.#finish()
    return Promise.resolve(DONE)
  }

  /** Sends what there is. Called when there may be more, when an answer is made, and when the socket takes more. */
  readonly #pump = (): void => {
    if (this.#isBusy) return
    this.#isBusy = true
    let left = MESSAGES_A_TURN
    try {
      while (left > 0 && this.#sendOne()) left -= 1
    } catch (error) {
      this.#finish({ error })
    }
    this.#connection.flush()
    if (left > 0) this.#isBusy = false
    else setImmediate(this.#goOn)
  }

  readonly #goOn = (): void => {
    this.#isBusy = false
    this.#pump()
  }

  #sendOne(): boolean {
    // What a closing socket does not get any more, its client asks for again with its cursor.
    if (this.#isEnded || !this.#connection.isOpen || this.#connection.awaitsDrain(this.#pump)) return false
    const answer = this.#pending ?? this.#take()
    const bytes = answer?.bytes
    if (!bytes) return false
    this.#pending = undefined
    this.#connection.sendBytes(this.#prefix, bytes)
    return true
  }

  #take(): SharedAnswer | undefined {
    const event = this.#stream.source.take()
    if (event === NOT_YET) return undefined
    if (event === OVER) {
      this.#finish()
      return undefined
    }
    const answer = this.#stream.group.answer(event)
    if (!answer.result) {
      this.#pending = answer
      answer.onReady(this.#pump)
    }
    return answer
  }

  #finish(failure?: { readonly error: unknown }): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#pending = undefined
    this.#forget()
    this.#connection.forgetDrain(this.#pump)
    this.#stream.source.close()
    this.#stream.group.leave()
    if (failure) this.#end.reject(this.#stream.mask(failure.error))
    else this.#end.resolve(DONE)
  }
}
