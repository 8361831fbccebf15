import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { type ApiClient, createApiClient } from '../../../src/testing/api-client.ts'
import type { SeededRandom } from '../random.ts'
import type { Member } from './fleet.ts'
import { codesOf, type Journal } from './journal.ts'

export interface PersistentClientParams {
  readonly name: string
  readonly token: string
  readonly choose: () => Member
  readonly journal: Journal
  readonly random: SeededRandom
}

/** A request that is answered by nobody for so long counts as lost. */
const PATIENCE_MS = 60_000

/** A client that asks again, of whichever instance, while it is told that this may help. */
export class PersistentClient {
  readonly #params: PersistentClientParams
  readonly #clock: Clock = systemClock

  constructor(params: PersistentClientParams) {
    this.#params = params
  }

  /** Rejects on an answer that is no reason to try again, and when nobody answers. */
  async ask<Answer>(request: (api: ApiClient) => Promise<Answer>): Promise<Answer> {
    const { choose, token, journal, random, name } = this.#params
    const giveUpAt = this.#clock.monotonic() + PATIENCE_MS
    for (;;) {
      try {
        return await this.#within(giveUpAt - this.#clock.monotonic(), request(createApiClient({ url: choose().gate.url, token })))
      } catch (error) {
        if (!journal.refused(name, codesOf(error), error) || this.#clock.monotonic() > giveUpAt) throw error
        await this.#clock.sleep(random.between(50, 400))
      }
    }
  }

  async #within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
    const late = Promise.withResolvers<never>()
    const cancel = this.#clock.after(ms, () => late.reject(new Error(`no answer within ${PATIENCE_MS} ms`)))
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      cancel()
    }
  }
}
