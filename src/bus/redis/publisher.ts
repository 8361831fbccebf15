import type { Redis } from 'ioredis'

/** Bytes of messages that were written and not answered yet; beyond it they are dropped. */
const UNANSWERED_LIMIT = 16 * 1024 * 1024

/** Counts what is under way on the publishing connection, so that nothing queues without bound, and what was dropped. */
export class Publisher {
  readonly #redis: Redis
  readonly #send: (channel: string, text: string) => Promise<void>
  #unanswered = 0
  /** Answers of a broken connection never come. */
  #epoch = 0
  #dropped = 0

  constructor(redis: Redis, send: (channel: string, text: string) => Promise<void>) {
    this.#redis = redis
    this.#send = send
    redis.on('close', () => {
      this.#epoch += 1
      this.#unanswered = 0
    })
  }

  get ready(): boolean {
    return this.#redis.status === 'ready'
  }

  publish(channel: string, text: string): void {
    if (!this.ready || this.#unanswered > UNANSWERED_LIMIT) {
      this.#dropped += 1
      return
    }
    void this.#track(this.#send(channel, text), text.length)
  }

  /** Messages that were dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  async #track(sent: Promise<void>, bytes: number): Promise<void> {
    const epoch = this.#epoch
    this.#unanswered += bytes
    try {
      await sent
    } catch {
      this.#dropped += 1
    }
    if (epoch === this.#epoch) this.#unanswered -= bytes
  }
}
