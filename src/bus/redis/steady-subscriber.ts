import type { Redis } from 'ioredis'
import { nothing } from './connection.ts'

/** Channels of one SUBSCRIBE when all are made again. */
const CHUNK = 500

export interface SteadySubscriberParams {
  readonly redis: Redis
  readonly onError: (error: unknown) => void
  /** All subscriptions have been made (again); messages in between may have been lost. */
  readonly onRestored: () => void
  /** They no longer are. */
  readonly onBroken: () => void
}

/**
 * What graphql-redis-subscriptions gets as its subscriber connection: one whose SUBSCRIBE never fails. The engine leaves a
 * rejected promise behind that nobody awaits when it does (which ends the process), and forgets channels of a broken connection.
 * Here a channel stays wanted until it is unsubscribed, is made whenever the connection is ready, and asked for again after a refusal.
 */
export class SteadySubscriber {
  readonly #params: SteadySubscriberParams
  readonly #wanted = new Set<string>()
  /** Wanted ones that Redis refused on this connection. */
  readonly #refused = new Set<string>()
  #epoch = 0
  #restored = false
  /** Ends of waits for answers, which a broken connection never gives. Not one promise for all: it would hold what every wait left behind. */
  readonly #waiting = new Set<() => void>()

  constructor(params: SteadySubscriberParams) {
    this.#params = params
    params.redis.on('ready', () => void this.#restore())
    params.redis.on('close', () => this.#break())
  }

  /** True while every wanted channel is subscribed. */
  get restored(): boolean {
    return this.#restored && this.#refused.size === 0
  }

  /** Asks again for channels that were refused: permissions may have changed, or a script no longer blocks Redis. */
  async retryRefused(): Promise<void> {
    if (!this.#restored || this.#refused.size === 0) return
    const epoch = this.#epoch
    await this.#subscribeAll([...this.#refused])
    if (epoch === this.#epoch && this.#refused.size === 0) this.#params.onRestored()
  }

  // What the engine calls: the names and the callback are its own.

  on(event: string, listener: (...values: unknown[]) => void): this {
    this.#params.redis.on(event as 'messageBuffer', listener)
    return this
  }

  subscribe(channel: string, callback: (error: null) => void): void {
    this.#wanted.add(channel)
    void this.#subscribe(channel, callback)
  }

  unsubscribe(channel: string): void {
    this.#wanted.delete(channel)
    this.#refused.delete(channel)
    if (this.#params.redis.status === 'ready') this.#params.redis.unsubscribe(channel).catch(nothing)
  }

  /** Patterns are not used; the engine calls it after every UNSUBSCRIBE all the same. */
  punsubscribe(): void {}

  async #subscribe(channel: string, callback: (error: null) => void): Promise<void> {
    await this.#subscribeAll([channel])
    callback(null)
  }

  /** Redis refuses a SUBSCRIBE as a whole for one bad channel, so a refused one is halved until only that is left out. */
  async #subscribeAll(channels: readonly string[]): Promise<void> {
    const error = await this.#send(channels)
    if (error === undefined) {
      for (const channel of channels) this.#refused.delete(channel)
      return
    }
    if (channels.length > 1) {
      const half = Math.ceil(channels.length / 2)
      await this.#subscribeAll(channels.slice(0, half))
      await this.#subscribeAll(channels.slice(half))
      return
    }
    this.#refuse(channels[0] as string, error)
  }

  #refuse(channel: string, error: unknown): void {
    if (!this.#wanted.has(channel)) return
    const wasRestored = this.restored
    this.#refused.add(channel)
    this.#params.onError(error)
    if (wasRestored) this.#params.onBroken()
  }

  /** Resolves when acknowledged, with the error when refused, or when the connection is away: then it is made later. */
  #send(channels: readonly string[]): Promise<unknown> {
    if (this.#params.redis.status !== 'ready') return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const settle = (error?: unknown) => {
        this.#waiting.delete(settle)
        resolve(error)
      }
      this.#waiting.add(settle)
      // What a closing connection says is no refusal.
      this.#params.redis.subscribe(...channels).then(
        () => settle(),
        (error: unknown) => settle(isReply(error) ? error : undefined),
      )
    })
  }

  async #restore(): Promise<void> {
    const epoch = this.#epoch
    const wanted = [...this.#wanted]
    const chunks: Promise<void>[] = []
    for (let index = 0; index < wanted.length; index += CHUNK) chunks.push(this.#subscribeAll(wanted.slice(index, index + CHUNK)))
    await Promise.all(chunks)
    if (epoch !== this.#epoch) return
    this.#restored = true
    this.#params.onRestored()
  }

  #break(): void {
    const wasRestored = this.restored
    this.#epoch += 1
    this.#restored = false
    this.#refused.clear()
    for (const settle of this.#waiting) settle()
    if (wasRestored) this.#params.onBroken()
  }
}

/** Whether Redis itself said no; everything else is a connection that broke. */
export const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'
