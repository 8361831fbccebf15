import { print } from 'graphql'
import { sleep } from './backoff.ts'
import { jsonOf } from './collect-fields.ts'
import type { Http } from './http.ts'
import { POLLED, type PollDocument, pollOperation, rootField } from './poll-document.ts'
import { type Look, PolledEvents } from './poll-events.ts'
import { responseKeyOf } from './prepare-document.ts'
import { Retrying, type RetryingParams } from './retrying.ts'
import { isPassing, type LiveRequest, type Result, type Sink, type Transport } from './transport.ts'

export interface PollingTransportParams extends RetryingParams {
  readonly http: Http
  readonly intervalMs: number
}

/** After its end an operation changes only when somebody retries it. */
const QUIET_FACTOR = 15

/** Asks again and again where nothing can be pushed: `operation(id)` and `operationEvents`. Other subscriptions wait until there is a better way. */
export class PollingTransport implements Transport {
  readonly #params: PollingTransportParams

  constructor(params: PollingTransportParams) {
    this.#params = params
  }

  subscribe(request: LiveRequest, sink: Sink): () => void {
    const poller = pollerOf(request)
    const ending = new AbortController()
    if (poller) void this.#run(request, poller, { sink, signal: AbortSignal.any([ending.signal, this.#params.signal]) })
    return () => ending.abort()
  }

  async #run(request: LiveRequest, poller: Poller, { sink, signal }: { readonly sink: Sink; readonly signal: AbortSignal }): Promise<void> {
    const retrying = new Retrying(this.#params)
    const query = print(poller.document.document)
    while (!signal.aborted) {
      const variables = poller.variables(request.variables)
      const outcome = await this.#params.http.post({ query, variables }, signal).catch((error: unknown) => error as Error)
      if (signal.aborted) return
      if (outcome instanceof Error || (outcome.errors && isPassing(outcome.errors))) {
        if (await retrying.wait('unreachable', signal)) continue
        return sink.error(outcome instanceof Error ? outcome : outcome.errors)
      }
      retrying.reset()
      const look = poller.read(outcome)
      if ('errors' in look) return sink.error(look.errors)
      for (const result of look.results) sink.next(result)
      if (look.next === 'over') return sink.complete()
      if (look.next === 'later') await sleep(this.#params.intervalMs * (look.isQuiet ? QUIET_FACTOR : 1), signal)
    }
  }
}

interface Poller {
  readonly document: PollDocument
  readonly variables: (current: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  readonly read: (result: Result) => Look | { readonly errors: NonNullable<Result['errors']> }
}

const NOT_FOUND = [{ message: 'There is no such operation, or you may not see it.', extensions: { code: 'NOT_FOUND' } }]
const only = (names: readonly string[], values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]))

type Operation = Readonly<Record<string, unknown>>

function pollerOf({ prepared, variables }: LiveRequest): Poller | undefined {
  const field = rootField(prepared)
  if (field.name.value === 'operation') return operationPoller(prepared)
  if (field.name.value !== 'operationEvents') return undefined
  const follow = field.arguments?.find((argument) => argument.name.value === 'follow')
  return eventsPoller(new PolledEvents(prepared, follow !== undefined && jsonOf(follow.value, variables) === true), prepared.stream?.afterVariable ?? 'after')
}

function operationPoller(prepared: LiveRequest['prepared']): Poller {
  const document = pollOperation(prepared)
  const key = responseKeyOf(rootField(prepared))
  let last: string | undefined
  return {
    document,
    variables: (current) => only(document.variables, current),
    read: ({ data, errors }) => {
      const operation = (data as Record<string, Operation | null> | null | undefined)?.[key]
      if (!operation) return { errors: errors ?? NOT_FOUND }
      const text = JSON.stringify(operation)
      const results = text === last ? [] : [{ data: { [key]: operation } }]
      last = text
      return { results, next: 'later', isQuiet: operation[POLLED.done] === true }
    },
  }
}

function eventsPoller(polled: PolledEvents, afterVariable: string): Poller {
  let after: unknown
  return {
    document: polled.poll,
    variables: (current) => {
      after = polled.isLost ? undefined : (current[afterVariable] ?? undefined)
      return { ...only(polled.poll.variables, current), [afterVariable]: after, [POLLED.replay]: after !== undefined }
    },
    read: ({ data, errors }) => {
      const operation = (data as { readonly operation?: Operation | null } | null | undefined)?.operation
      if (operation) return polled.read(operation)
      const isCursorRefused = errors?.some((error) => error.extensions?.['code'] === 'INVALID_INPUT') && after !== undefined
      return isCursorRefused ? polled.refused(after) : { errors: errors ?? NOT_FOUND }
    },
  }
}
