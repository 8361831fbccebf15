import { ApolloLink, type TypePolicies } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { relayStylePagination } from '@apollo/client/utilities'
import { catchError, concatMap, defer, filter, Observable, of, retry, throwError, timer } from 'rxjs'
import { backoffMs } from './backoff.ts'
import { connections, isMerged, isSingleton, parts } from './cache-facts.ts'
import type { BatutaClient } from './client.ts'
import { possibleTypes as possible } from './generated/schema-facts.ts'
import { withIdempotencyKeys } from './idempotency.ts'
import { keepNewest, MOST_ASKS } from './keep-newest.ts'
import { prepareDocument } from './prepare-document.ts'
import { type Gap, Resumption } from './resume.ts'
import { Seen } from './seen.ts'
import { isPassing, isRefusal } from './transport.ts'

/** Apollo Client 4: links that resume, keep the newest and add idempotency keys, and what `InMemoryCache` must know of the schema. */

/** For `new InMemoryCache({ possibleTypes, typePolicies })`. */
export const possibleTypes: Record<string, string[]> = Object.fromEntries(Object.entries(possible).map(([type, members]) => [type, [...members]]))

/** For `new InMemoryCache({ possibleTypes, typePolicies })`: parts without an id, and lists that grow by pages. */
export const typePolicies: TypePolicies = createTypePolicies()

function createTypePolicies(): TypePolicies {
  const policies: TypePolicies = {}
  for (const part of parts) policies[part] = isSingleton(part) ? { keyFields: [] } : { keyFields: false, merge: isMerged(part) }
  for (const { type, field, keyArgs } of connections) {
    const policy = policies[type] ?? {}
    const paginated = relayStylePagination(keyArgs.length === 0 ? false : [...keyArgs])
    policies[type] = { ...policy, fields: { ...policy.fields, [field]: paginated } }
  }
  return policies
}

export interface ResumeLinkOptions {
  /** Events were lost on the server; a snapshot follows. */
  readonly onGap?: (gap: Gap, operation: ApolloLink.Operation) => void
  /** Tries in a row while the server says that it is overloaded; 10 by default. */
  readonly tries?: number
  readonly retryDelayMs?: (failures: number) => number
}

/**
 * Lossless subscriptions go on where they were: after every reconnect of an unmodified graphql-ws client below it, after every retry of a `RetryLink`
 * below it, and after a passing refusal. What the app has had is never passed on again.
 */
export function resumeLink({ onGap, tries = 10, retryDelayMs = backoffMs }: ResumeLinkOptions = {}): ApolloLink {
  return new ApolloLink((operation, forward) => {
    if (operation.operationType !== 'subscription') return forward(operation)
    const resumption = new Resumption({ document: operation.query, variables: operation.variables, onGap: (gap) => onGap?.(gap, operation) })
    operation.query = resumption.document
    operation.variables = resumption.variables
    return defer(() => forward(operation)).pipe(
      retry({
        count: tries,
        resetOnSuccess: true,
        delay: (error: unknown, failures) => (isPassingError(error) ? timer(retryDelayMs(failures)) : throwError(() => error)),
      }),
      filter((result) => resumption.take(result)),
    )
  })
}

const isPassingError = (error: unknown): boolean => CombinedGraphQLErrors.is(error) && isPassing(error.errors)

/** Answers pass here before the cache sees them: what is older than what was seen is replaced. Put it first. */
export function keepNewestLink(seen: Seen = new Seen()): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const document = prepareDocument(operation.query).document
    operation.query = document
    const ask = (asksLeft: number): Observable<ApolloLink.Result> =>
      forward(operation).pipe(
        concatMap((result) => {
          if (!('data' in result) || !result.data) return of(result)
          const kept = keepNewest(seen, { data: result.data, document, variables: operation.variables })
          const newest = { ...result, data: kept.data }
          if (!kept.isBehind || operation.operationType !== 'query' || asksLeft <= 1) return of(newest)
          return ask(asksLeft - 1).pipe(catchError(() => of(newest)))
        }),
      )
    return ask(MOST_ASKS)
  })
}

/** Starts get an idempotency key of their own, once per `mutate`. Put it before a `RetryLink`: then a start that is retried starts nothing twice. */
export function idempotencyLink(): ApolloLink {
  return new ApolloLink((operation, forward) => {
    const { document, variables } = withIdempotencyKeys({ document: operation.query, variables: operation.variables })
    operation.query = document
    operation.variables = variables
    return forward(operation)
  })
}

/** A terminating link for subscriptions over a client of the kit: in place of `GraphQLWsLink`, with fallback, heartbeat and token refresh. */
export function subscriptionLink(client: Pick<BatutaClient, 'subscribe'>): ApolloLink {
  return new ApolloLink(
    ({ query, variables }) =>
      new Observable<ApolloLink.Result>((observer) =>
        client.subscribe(
          { query, variables },
          {
            next: (result) => observer.next(result as ApolloLink.Result),
            error: (error) => observer.error(isRefusal(error) ? new CombinedGraphQLErrors({ errors: [...error] }) : error),
            complete: () => observer.complete(),
          },
        ),
      ),
  )
}

export interface BatutaLinkOptions extends ResumeLinkOptions {
  readonly seen?: Seen
}

/** All three in their order, to stand before the links that send: `ApolloLink.from([batutaLink(), new RetryLink(), split(…)])`. */
export function batutaLink({ seen, ...resume }: BatutaLinkOptions = {}): ApolloLink {
  return ApolloLink.from([keepNewestLink(seen), idempotencyLink(), resumeLink(resume)])
}
