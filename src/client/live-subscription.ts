import { print } from 'graphql'
import { prepareDocument } from './prepare-document.ts'
import { Resumption, type ResumptionParams } from './resume.ts'
import { Retrying, type RetryingParams } from './retrying.ts'
import { isPassing, isRefusal, type LiveRequest, type Result, type Sink, type Transport } from './transport.ts'

export interface LiveSubscriptionParams extends ResumptionParams {
  readonly sink: Sink
  readonly retrying: RetryingParams
  /** Called once, when nothing more will come. */
  readonly onEnd: () => void
}

/** One subscription of the app, whatever it runs over at the moment. It keeps its place when it moves from one transport to another. */
export class LiveSubscription {
  readonly #params: LiveSubscriptionParams
  readonly #resumption: Resumption
  readonly #request: LiveRequest
  readonly #retrying: Retrying
  readonly #ending = new AbortController()
  #leave: (() => void) | undefined

  constructor(params: LiveSubscriptionParams) {
    this.#params = params
    this.#resumption = new Resumption(params)
    const prepared = prepareDocument(this.#resumption.document)
    this.#request = { prepared, query: print(prepared.document), variables: this.#resumption.variables }
    this.#retrying = new Retrying(params.retrying)
  }

  /** Leaves the transport that it ran over, and goes on where it is. */
  runOver(transport: Transport): void {
    this.#leave?.()
    if (this.#ending.signal.aborted) return
    this.#leave = transport.subscribe(this.#request, {
      next: (result) => this.#take(result),
      error: (error) => void this.#fail(error, transport),
      complete: () => this.#end(() => this.#params.sink.complete()),
    })
  }

  /** Ends it without a word. */
  stop(): void {
    this.#end(() => undefined)
  }

  #take(result: Result): void {
    this.#retrying.reset()
    if (this.#resumption.take(result)) this.#params.sink.next(result)
  }

  async #fail(error: unknown, transport: Transport): Promise<void> {
    const left = this.#leave
    // The server is overloaded or its database away: the connection is good, and a little later so is the request.
    if (isRefusal(error) && isPassing(error) && (await this.#retrying.wait('unreachable', this.#ending.signal))) {
      // Unless it moved to another transport meanwhile.
      if (left === this.#leave) this.runOver(transport)
      return
    }
    this.#end(() => this.#params.sink.error(error))
  }

  #end(say: () => void): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#leave?.()
    this.#params.onEnd()
    say()
  }
}
