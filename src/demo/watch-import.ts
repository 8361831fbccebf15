import { print } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import {
  OperationEventsDocument,
  type OperationEventsSubscription,
  WatchOperationDocument,
  type WatchOperationSubscription,
} from '../client/generated/graphql.ts'

export type Frame = OperationEventsSubscription['operationEvents']
export type EventFrame = Extract<Frame, { readonly __typename: 'OperationEvent' }>
export type Watched = WatchOperationSubscription['operation']

export interface WatchParams {
  readonly endpoint: string
  /** As the answer to the start showed it: events are watched from its cursor on. */
  readonly from: { readonly id: string; readonly cursor: string; readonly version: number }
  readonly onProgress: (operation: Watched) => void
  readonly onEvent: (event: EventFrame) => void
  /** Sequence numbers were left out, which never happens: shown, so that nobody has to believe it. */
  readonly onGap: (expected: number, got: number) => void
}

/** Several frames a second, so that the bar moves smoothly. */
const PROGRESS_INTERVAL_MS = 100
const RETRY_ATTEMPTS = 100

/** Watches an operation over one WebSocket until it has ended. Rejects when the API refuses. */
export async function watchImport(params: WatchParams): Promise<void> {
  const client = createClient({ url: params.endpoint.replace(/^http/, 'ws'), retryAttempts: RETRY_ATTEMPTS })
  try {
    await Promise.all([watchProgress(client, params), watchEvents(client, params)])
  } finally {
    await client.dispose()
  }
}

/** The latest state, as often as a bar needs it. */
async function watchProgress(client: Client, { from, onProgress }: WatchParams): Promise<void> {
  const query = print(WatchOperationDocument)
  for await (const { data, errors } of client.iterate<WatchOperationSubscription>({ query, variables: { id: from.id, minIntervalMs: PROGRESS_INTERVAL_MS } })) {
    if (errors) throw new Error(errors[0]?.message)
    if (!data) continue
    onProgress(data.operation)
    // The stream itself goes on, because a retry may follow.
    if (data.operation.done) return
  }
}

/**
 * The history, every event once and in order. A connection that breaks is taken up after the last cursor, on whichever
 * instance answers; the numbers of the events show that nothing is missing.
 */
async function watchEvents(client: Client, params: WatchParams): Promise<void> {
  const query = print(OperationEventsDocument)
  let seq = params.from.version
  // Read whenever the subscription is sent, so the client itself asks for what follows the last cursor when it comes back.
  const variables = { operationId: params.from.id, after: params.from.cursor }
  for await (const { data, errors } of client.iterate<OperationEventsSubscription>({ query, variables })) {
    if (errors) throw new Error(errors[0]?.message)
    const frame = data?.operationEvents
    if (!frame) continue
    variables.after = frame.cursor
    if (frame.__typename === 'OperationSnapshot') seq = frame.operation.version
    if (frame.__typename !== 'OperationEvent') continue
    if (frame.seq !== seq + 1) params.onGap(seq + 1, frame.seq)
    seq = frame.seq
    params.onEvent(frame)
  }
}
