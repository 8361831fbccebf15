import type { Redis } from 'ioredis'
import { isReply } from './steady-subscriber.ts'

/** Bytes of messages that were written and not answered yet; beyond it they are dropped. */
const UNANSWERED_LIMIT = 16 * 1024 * 1024

export interface PublisherParams {
  readonly redis: Redis
  readonly send: (channel: string, text: string) => Promise<void>
  /** Redis said no. */
  readonly onRefused: (error: unknown) => void
  /** `working` may have changed. */
  readonly onChanged: () => void
}

/** Counts what is under way on the publishing connection, so that nothing queues without bound, and what was dropped. */
export class Publisher {
  readonly #params: PublisherParams
  #unanswered = 0
  /** Answers of a broken connection never come. */
  #epoch = 0
  #dropped = 0
  #inDoubt = false
  #refused = false

  constructor(params: PublisherParams) {
    this.#params = params
    params.redis.on('ready', () => params.onChanged())
    params.redis.on('close', () => {
      this.#epoch += 1
      if (this.#unanswered > 0) this.#inDoubt = true
      this.#unanswered = 0
      this.#refused = false
      params.onChanged()
    })
  }

  /** Connected, and the last message was taken. */
  get working(): boolean {
    return this.#ready && !this.#refused
  }

  get #ready(): boolean {
    return this.#params.redis.status === 'ready'
  }

  publish(channel: string, text: string): void {
    if (!this.#ready || this.#unanswered > UNANSWERED_LIMIT) this.#drop()
    else void this.#track(this.#params.send(channel, text), text.length)
  }

  /** Messages that were dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  /** Whether messages may have got lost on their way out since the last call; those who wait for them know nothing of it. */
  takeDoubt(): boolean {
    const inDoubt = this.#inDoubt
    this.#inDoubt = false
    return inDoubt
  }

  async #track(sent: Promise<void>, bytes: number): Promise<void> {
    const epoch = this.#epoch
    this.#unanswered += bytes
    let refusal: unknown
    try {
      await sent
    } catch (error) {
      this.#drop()
      refusal = isReply(error) ? error : undefined
    }
    if (epoch !== this.#epoch) return
    this.#unanswered -= bytes
    if (refusal !== undefined) this.#params.onRefused(refusal)
    if (this.#refused === (refusal !== undefined)) return
    this.#refused = !this.#refused
    this.#params.onChanged()
  }

  #drop(): void {
    this.#dropped += 1
    this.#inDoubt = true
  }
}
