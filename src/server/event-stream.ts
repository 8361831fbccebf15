import type { ExecutionResult } from 'graphql'
import { PullIterator, type PullSource } from '../events/pull-iterator.ts'
import type { ExecutionGroup } from './shared-executions.ts'

type Step = IteratorResult<ExecutionResult, undefined>
const DONE: Step = { done: true, value: undefined }

interface Waiter {
  readonly resolve: (step: Step) => void
  readonly reject: (error: unknown) => void
}

export interface EventStreamParams {
  readonly source: AsyncIterator<unknown>
  /** Who gets the same answers; left at the end. */
  readonly group: ExecutionGroup
  /** Makes an error of the source fit for clients. */
  readonly mask: (error: unknown) => Error
  /** Told when releasing the source fails. */
  readonly onReleaseFailure: (error: unknown) => void
}

/** A subscription without its iterator, for a transport that pulls by itself. Whoever takes it closes the source and leaves the group. */
export interface DetachedStream {
  readonly source: PullSource<unknown>
  readonly group: ExecutionGroup
  readonly mask: (error: unknown) => Error
}

/**
 * Events of a subscription, each executed in a context of its own. Written by hand, because an async generator can't be
 * returned while it waits: its source would be held until the next event, maybe for ever. Here `return()` answers at once
 * and releases the source in the same turn, whatever is under way.
 */
export class EventStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #params: EventStreamParams
  readonly #waiters = new Set<Waiter>()
  #isEnded = false

  constructor(params: EventStreamParams) {
    this.#params = params
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Hands the stream over to a transport that delivers without promises; `undefined` when its source can't. Not after the first `next()`. */
  detach(): DetachedStream | undefined {
    const { source, group, mask } = this.#params
    if (this.#isEnded || !(source instanceof PullIterator)) return undefined
    this.#isEnded = true
    return { source: source.detach(), group, mask }
  }

  next(): Promise<Step> {
    if (this.#isEnded) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject }
      this.#waiters.add(waiter)
      void this.#advance(waiter)
    })
  }

  /** Releases the source at once; whoever waits is told that it is over. */
  return(): Promise<Step> {
    this.#release()
    return Promise.resolve(DONE)
  }

  throw(): Promise<Step> {
    return this.return()
  }

  async #advance(waiter: Waiter): Promise<void> {
    try {
      const step = await this.#params.source.next()
      if (step.done) return this.#end()
      const answer = this.#params.group.answer(step.value)
      answer.onReady(() => {
        if (answer.result && this.#waiters.delete(waiter)) waiter.resolve({ done: false, value: answer.result })
      })
    } catch (error) {
      if (this.#waiters.delete(waiter)) waiter.reject(this.#params.mask(error))
      this.#release()
    }
  }

  #release(): void {
    if (this.#isEnded) return
    this.#end()
    // Not awaited: a source that is slow to let go must not delay the others of the same socket.
    Promise.resolve()
      .then(() => this.#params.source.return?.())
      .catch(this.#params.onReleaseFailure)
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    for (const waiter of this.#waiters) waiter.resolve(DONE)
    this.#waiters.clear()
    this.#params.group.leave()
  }
}
