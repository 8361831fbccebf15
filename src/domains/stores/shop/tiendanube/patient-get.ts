import { type Backoff, backoffMs } from '../../../../base/backoff.ts'
import type { Clock } from '../../../../base/clock.ts'
import { PermanentError } from '../../../../base/errors.ts'
import { AddressRefusedError, AnswerLostError, AnswerTooLongError, NotConnectedError } from '../../../../gateways/guarded-http.ts'
import { retryAfterOf } from '../../../../notifications/channels/http-send.ts'
import { ShopUnavailableError } from '../shop-errors.ts'
import type { ShopAnswer, ShopRequest, ShopTransport } from '../shop-transport.ts'

/** Asks a shop with patience: keeps to its rate limit, waits that out, and repeats what failed for a moment. */
export interface PatientGetParams {
  readonly transport: ShopTransport
  readonly clock: Clock
  /** Of the shop, for messages. */
  readonly host: string
  /** In [0, 1), for the backoff. */
  readonly random?: (() => number) | undefined
  /** Told before each wait. */
  readonly onWait?: ((wait: ShopWait) => void) | undefined
}

export interface ShopWait {
  readonly ms: number
  readonly why: 'rateLimit' | 'failure'
}

const MOST_TRIES = 4
const FAILURE_BACKOFF: Backoff = { baseMs: 1_000, factor: 2, capMs: 10_000 }
const LONGEST_WAIT_MS = 60_000
/** Of one request, for rate limits. */
const LONGEST_WAITS_MS = 300_000
/** A shop that says "now" and refuses again is asked ever less often. */
const FIRST_REFUSAL_MS = 250
const TOO_MANY = 429
/** Request timeout, too early: as good as a failure of the server. */
const PASSING = new Set([408, 425])

export class PatientGet {
  readonly #params: PatientGetParams
  /** Monotonic; before it the shop's bucket is full. */
  #freeAt = 0

  constructor(params: PatientGetParams) {
    this.#params = params
  }

  /** An answer whose status says neither "too many" nor that the shop failed. Throws `ShopUnavailableError`, or `PermanentError` for an address that is refused. */
  async get(request: ShopRequest): Promise<ShopAnswer> {
    let [failures, refusals, waitedMs] = [0, 0, 0]
    for (;;) {
      await this.#wait({ ms: this.#freeAt - this.#params.clock.monotonic(), why: 'rateLimit' }, request.signal)
      const outcome = await this.#try(request)
      if (outcome.kind === 'answer') return outcome.answer
      if (outcome.kind === 'failure') {
        failures += 1
        if (failures >= MOST_TRIES) throw outcome.error
        const ms = Math.max(backoffMs(FAILURE_BACKOFF, failures, this.#params.random), outcome.afterMs)
        await this.#wait({ ms: Math.min(ms, LONGEST_WAIT_MS), why: 'failure' }, request.signal)
        continue
      }
      refusals += 1
      const ms = Math.min(Math.max(outcome.afterMs, FIRST_REFUSAL_MS * 2 ** (refusals - 1)), LONGEST_WAIT_MS)
      waitedMs += ms
      if (waitedMs > LONGEST_WAITS_MS)
        throw new ShopUnavailableError(`${this.#params.host} refuses more requests for now, also after ${LONGEST_WAITS_MS / 60_000} minutes`)
      await this.#wait({ ms, why: 'rateLimit' }, request.signal)
    }
  }

  async #try(request: ShopRequest): Promise<Outcome> {
    const { transport, host } = this.#params
    try {
      const answer = await transport(request)
      this.#pace(answer)
      const afterMs = resetOf(answer)
      if (answer.status === TOO_MANY) return { kind: 'refused', afterMs: afterMs ?? 0 }
      if (answer.status < 500 && !PASSING.has(answer.status)) return { kind: 'answer', answer }
      return {
        kind: 'failure',
        afterMs: retryAfterOf(answer.headers) ?? 0,
        error: new ShopUnavailableError(`${host} answers ${answer.status}, also after ${MOST_TRIES} tries`),
      }
    } catch (error) {
      request.signal.throwIfAborted()
      if (error instanceof AddressRefusedError)
        throw new PermanentError(error.code, `The address of the shop can't be used: ${error.message}.`, { cause: error })
      if (error instanceof AnswerTooLongError) throw new ShopUnavailableError(error.message, { cause: error })
      if (!(error instanceof NotConnectedError || error instanceof AnswerLostError)) throw error
      return { kind: 'failure', afterMs: 0, error: new ShopUnavailableError(`${host} can't be reached, also after ${MOST_TRIES} tries`, { cause: error }) }
    }
  }

  /** A request that would find the bucket full waits until one has leaked out of it. */
  #pace({ headers }: ShopAnswer): void {
    const [remaining, limit, resetMs] = ['remaining', 'limit', 'reset'].map((name) => numberOf(headers[`x-rate-limit-${name}`]))
    if (remaining === undefined || remaining > 0 || resetMs === undefined) return
    this.#freeAt = this.#params.clock.monotonic() + Math.min(resetMs / Math.max(limit ?? 1, 1), LONGEST_WAIT_MS)
  }

  async #wait(wait: ShopWait, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (wait.ms <= 0) return
    this.#params.onWait?.(wait)
    await this.#params.clock.sleep(wait.ms, signal)
    signal.throwIfAborted()
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: ShopAnswer }
  | { readonly kind: 'refused'; readonly afterMs: number }
  | { readonly kind: 'failure'; readonly afterMs: number; readonly error: ShopUnavailableError }

/** Milliseconds until the bucket is empty, or what `retry-after` says. */
const resetOf = ({ headers }: ShopAnswer): number | undefined => numberOf(headers['x-rate-limit-reset']) ?? retryAfterOf(headers)

const numberOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,12}(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined)
