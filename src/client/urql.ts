import { composeExchanges, type Exchange, makeOperation, type Operation, type OperationResult } from '@urql/core'
import { filter, makeSubject, map, merge, pipe } from 'wonka'
import { backoffMs } from './backoff.ts'
import type { BatutaClient } from './client.ts'
import { withIdempotencyKeys } from './idempotency.ts'
import { keepNewest, MOST_ASKS } from './keep-newest.ts'
import { prepareDocument } from './prepare-document.ts'
import { type Gap, Resumption } from './resume.ts'
import { Seen } from './seen.ts'
import { isPassing } from './transport.ts'

/** urql: exchanges that resume, keep the newest and add idempotency keys. They stand behind the cache and before what retries and sends. */

type Document = Parameters<typeof prepareDocument>[0]

const withRequest = (operation: Operation, query: Document, variables: object): Operation =>
  makeOperation(operation.kind, { ...operation, query, variables } as Operation, operation.context)

/** Results go back under the operation that the app and the cache know. */
class Originals {
  readonly #operations = new Map<number, Operation>()

  keep(operation: Operation): void {
    this.#operations.set(operation.key, operation)
  }

  drop(operation: Operation): void {
    this.#operations.delete(operation.key)
  }

  restored(result: OperationResult): OperationResult {
    const original = this.#operations.get(result.operation.key)
    if (!original) return result
    if (original.kind === 'mutation') this.drop(original)
    return { ...result, operation: withRequest(result.operation, original.query, original.variables as object) }
  }
}

export interface ResumeExchangeOptions {
  /** Events were lost on the server; a snapshot follows. */
  readonly onGap?: (gap: Gap, operation: Operation) => void
  /** Tries in a row while the server says that it is overloaded; 10 by default. */
  readonly tries?: number
  readonly retryDelayMs?: (failures: number) => number
}

interface Place {
  readonly resumption: Resumption
  failures: number
  timer?: ReturnType<typeof setTimeout>
}

/**
 * Lossless subscriptions go on where they were, after every reconnect of an unmodified graphql-ws client and after a passing refusal. What the app has
 * had is never passed on again.
 */
export function resumeExchange({ onGap, tries = 10, retryDelayMs = backoffMs }: ResumeExchangeOptions = {}): Exchange {
  return ({ client, forward }) => {
    const originals = new Originals()
    const places = new Map<number, Place>()
    // The client itself sends nothing again of which it thinks that it is under way.
    const retries = makeSubject<Operation>()
    const sent = (operation: Operation): Operation => {
      if (operation.kind === 'teardown') {
        clearTimeout(places.get(operation.key)?.timer)
        places.delete(operation.key)
        originals.drop(operation)
      }
      if (operation.kind !== 'subscription') return operation
      const { resumption } = places.get(operation.key) ?? {
        resumption: new Resumption({
          document: operation.query,
          variables: operation.variables as object as Record<string, unknown>,
          onGap: (gap) => onGap?.(gap, operation),
        }),
      }
      if (!places.has(operation.key)) places.set(operation.key, { resumption, failures: 0 })
      originals.keep(operation)
      return withRequest(operation, resumption.document, resumption.variables)
    }
    const fresh = (result: OperationResult): OperationResult | undefined => {
      const place = places.get(result.operation.key)
      if (!place) return result
      if (result.error && isPassing(result.error.graphQLErrors) && place.failures < tries) {
        place.failures += 1
        const again = originals.restored(result).operation
        place.timer = setTimeout(() => retries.next(again), retryDelayMs(place.failures))
        return undefined
      }
      place.failures = 0
      if (place.resumption.take(result)) return result
      // urql repeats the last data with an error, and with the end: the app has had it.
      if (result.error) return { ...result, data: undefined }
      if (!result.hasNext) client.reexecuteOperation(makeOperation('teardown', result.operation, result.operation.context))
      return undefined
    }
    return (operations) =>
      pipe(
        merge([operations, retries.source]),
        map(sent),
        forward,
        map(fresh),
        filter((result) => result !== undefined),
        map((result) => originals.restored(result)),
      )
  }
}

/** Answers pass here before the cache sees them: what is older than what was seen is replaced. */
export function keepNewestExchange(seen: Seen = new Seen()): Exchange {
  return ({ client, forward }) => {
    const originals = new Originals()
    const asks = new Map<number, number>()
    const sent = (operation: Operation): Operation => {
      if (operation.kind === 'teardown') {
        asks.delete(operation.key)
        originals.drop(operation)
        return operation
      }
      originals.keep(operation)
      return withRequest(operation, prepareDocument(operation.query).document, operation.variables as object)
    }
    const newest = (result: OperationResult): OperationResult => {
      const { operation } = result
      const original = originals.restored(result)
      if (!result.data) return original
      const kept = keepNewest(seen, { data: result.data, document: operation.query, variables: operation.variables as Record<string, unknown> })
      const asked = (asks.get(operation.key) ?? 0) + 1
      const asksAgain = kept.isBehind && operation.kind === 'query' && asked < MOST_ASKS
      if (asksAgain) {
        asks.set(operation.key, asked)
        client.reexecuteOperation(makeOperation('query', original.operation, { ...operation.context, requestPolicy: 'network-only' }))
      } else asks.delete(operation.key)
      return { ...original, data: kept.data, stale: original.stale || asksAgain }
    }
    return (operations) => pipe(operations, map(sent), forward, map(newest))
  }
}

/** Starts get an idempotency key of their own, once per mutation. Put it before a `retryExchange`: then a start that is retried starts nothing twice. */
export function idempotencyExchange(): Exchange {
  return ({ forward }) => {
    const originals = new Originals()
    const sent = (operation: Operation): Operation => {
      if (operation.kind !== 'mutation') return operation
      const { document, variables } = withIdempotencyKeys({ document: operation.query, variables: operation.variables as Record<string, unknown> })
      if (document === operation.query && variables === operation.variables) return operation
      originals.keep(operation)
      return withRequest(operation, document, variables)
    }
    return (operations) =>
      pipe(
        operations,
        map(sent),
        forward,
        map((result) => originals.restored(result)),
      )
  }
}

/** `subscriptionExchange({ forwardSubscription: forwardSubscription(client) })`: subscriptions over a client of the kit. */
export function forwardSubscription(client: Pick<BatutaClient, 'subscribe'>) {
  return ({ query, variables }: { readonly query?: string | undefined; readonly variables?: unknown }) => ({
    subscribe: (sink: { next(value: never): void; error(error: unknown): void; complete(): void }) => ({
      unsubscribe: client.subscribe({ query: query ?? '', variables: variables as Record<string, unknown> }, sink),
    }),
  })
}

export interface BatutaExchangeOptions extends ResumeExchangeOptions {
  readonly seen?: Seen
}

/** All three in their order: `exchanges: [cacheExchange(…), batutaExchange(), retryExchange({}), fetchExchange, subscriptionExchange(…)]`. */
export function batutaExchange({ seen, ...resume }: BatutaExchangeOptions = {}): Exchange {
  return composeExchanges([keepNewestExchange(seen), idempotencyExchange(), resumeExchange(resume)])
}
