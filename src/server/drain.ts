import type { Clock } from '../base/clock.ts'
import type { Connection } from './connection.ts'
import type { InFlight } from './in-flight.ts'
import type { SseStreams } from './sse-streams.ts'
import { CLOSE, type WebSockets } from './websocket.ts'

export interface DrainParams {
  readonly clock: Clock
  readonly requests: InFlight
  readonly streams: SseStreams
  readonly sockets: WebSockets
  /** Answers under way get this long. */
  readonly deadlineMs: number
  /** Sockets are closed spread over this time, so that their clients don't all come back in one moment. */
  readonly jitterMs: number
  readonly random?: () => number
}

/**
 * Ends what is open, politely: streams are cut so that their clients reconnect elsewhere, sockets are closed with 1012
 * (service restart) after their pending answers, requests get a deadline. Resolves with the number of those that were left.
 */
export async function drain(params: DrainParams): Promise<number> {
  const deadline = new AbortController()
  const timeUp = params.clock.sleep(params.deadlineMs, deadline.signal)
  const farewells = [...params.sockets.connections].map((connection) => sayGoodbye(connection, params, timeUp))
  await params.streams.cutAll()
  await Promise.race([Promise.all([...farewells, params.requests.idle()]), timeUp])
  deadline.abort()
  return params.requests.count
}

async function sayGoodbye(connection: Connection, params: DrainParams, timeUp: Promise<void>): Promise<void> {
  const random = params.random ?? Math.random
  await params.clock.sleep(random() * Math.min(params.jitterMs, params.deadlineMs))
  await Promise.race([connection.answering.idle(), timeUp])
  const closed = connection.closed()
  connection.socket.close(CLOSE.restart, 'Service restart')
  // The other side answers the close frame; ending the connection before that could lose the frame.
  await Promise.race([closed, timeUp])
}
