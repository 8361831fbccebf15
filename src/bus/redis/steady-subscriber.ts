import type { Redis } from 'ioredis'
import { nothing } from './connection.ts'

/** Channels of one SUBSCRIBE when all are made again. */
const CHUNK = 500

export interface SteadySubscriberParams {
  readonly redis: Redis
  readonly onError: (error: unknown) => void
  /** All subscriptions have been made (again); messages in between may have been lost. */
  readonly onRestored: () => void
}

/**
 * What graphql-redis-subscriptions gets as its subscriber connection: one whose SUBSCRIBE never fails. The engine leaves a
 * rejected promise behind that nobody awaits when it does (which ends the process), and forgets channels of a broken connection.
 * Here a channel stays wanted until it is unsubscribed, and is made whenever the connection is ready.
 */
export class SteadySubscriber {
  readonly #params: SteadySubscriberParams
  readonly #wanted = new Set<string>()
  #epoch = 0
  #restored = false
  #broken = Promise.withResolvers<void>()

  constructor(params: SteadySubscriberParams) {
    this.#params = params
    params.redis.on('ready', () => void this.#restore())
    params.redis.on('close', () => this.#break())
  }

  /** True while every wanted channel is subscribed. */
  get restored(): boolean {
    return this.#restored
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
    if (this.#params.redis.status === 'ready') this.#params.redis.unsubscribe(channel).catch(nothing)
  }

  /** Patterns are not used; the engine calls it after every UNSUBSCRIBE all the same. */
  punsubscribe(): void {}

  async #subscribe(channel: string, callback: (error: null) => void): Promise<void> {
    await this.#send([channel])
    callback(null)
  }

  /** Resolves when acknowledged, when refused (told to `onError`), or when the connection is away: then it is made later. */
  async #send(channels: readonly string[]): Promise<void> {
    if (this.#params.redis.status !== 'ready') return
    await Promise.race([this.#params.redis.subscribe(...channels).then(nothing, this.#params.onError), this.#broken.promise])
  }

  async #restore(): Promise<void> {
    const epoch = this.#epoch
    const wanted = [...this.#wanted]
    const chunks: Promise<void>[] = []
    for (let index = 0; index < wanted.length; index += CHUNK) chunks.push(this.#send(wanted.slice(index, index + CHUNK)))
    await Promise.all(chunks)
    if (epoch !== this.#epoch) return
    this.#restored = true
    this.#params.onRestored()
  }

  #break(): void {
    this.#epoch += 1
    this.#restored = false
    this.#broken.resolve()
    this.#broken = Promise.withResolvers<void>()
  }
}
