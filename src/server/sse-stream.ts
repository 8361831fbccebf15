import { type ExecutionResult, GraphQLError } from 'graphql'

type Step = IteratorResult<ExecutionResult, undefined>
const DONE: Step = { done: true, value: undefined }

/**
 * A stream on its way over SSE. Failures become a last result, because SSE has no message for them, and it can be ended
 * from outside with a last word (the token has expired) although its source is silent. Ends at once, like its source.
 */
export class SseStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: AsyncIterableIterator<ExecutionResult, undefined>
  readonly #onEnd: () => void
  #lastWord: ExecutionResult | undefined
  #isEnded = false

  constructor(source: AsyncIterableIterator<ExecutionResult, undefined>, onEnd: () => void) {
    this.#source = source
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    if (!this.#isEnded) {
      try {
        const step = await this.#source.next()
        if (!step.done) return step
      } catch (error) {
        if (error instanceof GraphQLError) this.#lastWord ??= { errors: [error] }
      }
      this.#end()
    }
    const value = this.#lastWord
    this.#lastWord = undefined
    return value ? { done: false, value } : DONE
  }

  /** Says a last word and ends; the word reaches a client that is waiting already. */
  async endWith(error: GraphQLError): Promise<void> {
    if (this.#isEnded) return
    this.#lastWord = { errors: [error] }
    await this.return()
  }

  async return(): Promise<Step> {
    this.#end()
    // Settles a `next()` that is under way, which then gives the last word.
    await this.#source.return?.()
    return DONE
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#onEnd()
  }
}
