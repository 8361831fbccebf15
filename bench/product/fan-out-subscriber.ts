import { randomUUID } from 'node:crypto'
import { MARK, NUMBER_DIGITS, type SocketPlan, STAMP_DIGITS, sharedClockUs } from './fan-out-messages.ts'
import { RawSocket } from './fan-out-socket.ts'

/** What all subscribers count together. */
export interface Tally {
  delivered: number
  bytes: number
  missed: number
  repeated: number
  closedSockets: number
  checked: number
  latenciesMs: number[]
  heard: number
  lossless: boolean
  timed: boolean
  /** Told of each event. */
  readonly onNumber: (number: number) => void
}

export interface SubscriberParams {
  readonly url: URL
  readonly query: string
  readonly plan: SocketPlan
  readonly tally: Tally
}

const MARK_BYTE = MARK.charCodeAt(0)
const ZERO = 48
/** `{"id":"`, and the last character of a UUID behind it, which tells the subscriptions of a socket apart. */
const LAST_OF_ID = 7 + 35
/** One message of so many is parsed whole. A prime, so that every socket has its turn. */
const CHECK_EVERY = 997

/** One socket with its subscriptions, speaking graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
export class Subscriber {
  readonly #params: SubscriberParams
  readonly #ids: readonly string[]
  /** Number of the last event, by subscription; 0: none yet. */
  readonly #last: number[]
  /** Where the mark was in the last message, which is where it nearly always is. */
  #markAt = 0
  #acknowledged: (() => void) | undefined
  #failed: ((error: Error) => void) | undefined

  private constructor(params: SubscriberParams) {
    this.#params = params
    const stem = randomUUID().slice(0, 35)
    this.#ids = params.plan.topics.map((_, index) => `${stem}${index}`)
    this.#last = params.plan.topics.map(() => 0)
  }

  /** Resolves when its subscriptions were sent. */
  static async open(params: SubscriberParams): Promise<Subscriber> {
    const subscriber = new Subscriber(params)
    await subscriber.#open()
    return subscriber
  }

  async #open(): Promise<void> {
    const { url, query, plan, tally } = this.#params
    const socket = await RawSocket.open({
      url,
      onMessage: (bytes, start, end) => this.#receive(bytes, start, end),
      onClose: (reason) => {
        tally.closedSockets += 1
        this.#failed?.(new Error(reason))
      },
    })
    await new Promise<void>((resolve, reject) => {
      this.#acknowledged = resolve
      this.#failed = reject
      socket.send(JSON.stringify({ type: 'connection_init', payload: plan.token === undefined ? {} : { Authorization: `Bearer ${plan.token}` } }))
    })
    for (const [index, id] of plan.topics.entries()) {
      socket.send(JSON.stringify({ id: this.#ids[index], type: 'subscribe', payload: { query, variables: { id } } }))
    }
  }

  #receive(bytes: Buffer, start: number, end: number): void {
    if (bytes[start + this.#markAt] !== MARK_BYTE) {
      const found = bytes.indexOf(MARK_BYTE, start)
      if (found < 0 || found >= end) {
        this.#other(bytes.toString('utf8', start, end))
        return
      }
      this.#markAt = found - start
    }
    const { tally } = this.#params
    const at = start + this.#markAt + 1
    const number = digits(bytes, at, NUMBER_DIGITS)
    const index = (bytes[start + LAST_OF_ID] as number) - ZERO
    const last = this.#last[index] as number
    if (last === 0) tally.heard += 1
    else if (number <= last) tally.repeated += 1
    else if (tally.lossless) tally.missed += number - last - 1
    this.#last[index] = number
    tally.delivered += 1
    tally.bytes += end - start
    tally.onNumber(number)
    if (tally.delivered % CHECK_EVERY === 0 || last === 0) this.#check(bytes.toString('utf8', start, end), index)
    if (tally.timed) tally.latenciesMs.push((sharedClockUs() - digits(bytes, at + NUMBER_DIGITS + 1, STAMP_DIGITS)) / 1_000)
  }

  /** What is no event: acknowledgements, snapshots, errors. */
  #other(text: string): void {
    const message = JSON.parse(text) as { readonly type: string; readonly payload?: { readonly errors?: unknown } }
    if (message.type === 'connection_ack') this.#acknowledged?.()
    else if (message.type === 'error' || message.type === 'complete' || message.payload?.errors) throw new Error(`unexpected message: ${text}`)
  }

  #check(text: string, index: number): void {
    const message = JSON.parse(text) as { readonly id: string; readonly type: string; readonly payload: Readonly<Record<string, unknown>> }
    const good =
      message.id === this.#ids[index] && message.type === 'next' && !('errors' in message.payload) && text.includes(this.#params.plan.topics[index] as string)
    if (!good) throw new Error(`unexpected message: ${text}`)
    this.#params.tally.checked += 1
  }
}

function digits(bytes: Buffer, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at += 1) value = value * 10 + (bytes[at] as number) - ZERO
  return value
}
