/**
 * What the three processes of the fan-out benchmark say to each other over the channels of child processes: the driver (fan-out.ts),
 * a server (fan-out-server.ts, or one of the peers) and the clients (fan-out-clients.ts).
 */

/** Where the events of a run come from. */
export type Source =
  /** Many events in one transaction, as fast as they can be delivered. */
  | 'bulk'
  /** A handler that settles one item after the other, each an event. */
  | 'items'
  /** A handler that reports progress, which is no event. */
  | 'progress'

/** Asked of a server. */
export interface ServerCalls {
  /** Makes topics, each owned by the user of its number; answers their ids. */
  open(params: { readonly source: Source; readonly topics: number }): Promise<readonly string[]>
  /** One event on every topic. */
  once(): Promise<void>
  /** Publishes as fast as the clients follow, until `halt`: at most `window` events of each topic are under way. */
  saturate(params: { readonly window: number }): void
  /** All subscribers have received the event of this number. */
  acked(params: { readonly number: number }): void
  /** Publishes one event of each topic per interval, evenly spread, until `halt`. */
  pace(params: { readonly everyMs: number }): void
  /** Stops publishing; answers the number of the last event, and how much later than planned a paced worker made its calls. */
  halt(): Promise<{ readonly last: number; readonly lateMs: readonly number[] }>
  /** With `collectGarbage` the server's Node needs `--expose-gc`. */
  usage(params: { readonly collectGarbage: boolean }): Usage
}

/** Asked of the clients. */
export interface ClientCalls {
  /** Resolves when every socket has sent its subscriptions. */
  connect(params: ConnectParams): Promise<void>
  /** Subscriptions that have received at least one event. */
  heard(): number
  /** Acknowledges every so many events to the server. */
  follow(params: { readonly ackEvery: number }): void
  count(): Counted
}

export interface ConnectParams {
  readonly url: string
  readonly query: string
  /** One socket each. */
  readonly sockets: readonly SocketPlan[]
  /** Every event must come once and in order; else only the latest. */
  readonly lossless: boolean
  /** Latencies are taken. */
  readonly timed: boolean
}

export interface SocketPlan {
  readonly token?: string
  /** Ids of what it subscribes to, at most ten. */
  readonly topics: readonly string[]
}

export interface Usage {
  /** Of this process since its start, microseconds. */
  readonly cpuUs: number
  readonly rss: number
  readonly heldBytes: number
  /** Milliseconds of a clock that all processes of the machine share. */
  readonly atMs: number
}

/** Since the last count. */
export interface Counted {
  readonly usage: Usage
  readonly delivered: number
  readonly bytes: number
  /** Events that never came, though a later one of the same topic did. */
  readonly missed: number
  /** Events that came again, or after a later one. */
  readonly repeated: number
  readonly closedSockets: number
  /** Messages that were parsed whole and compared with what was asked for. */
  readonly checked: number
  /** From the call of the worker to the client, milliseconds, sorted. */
  readonly latenciesMs: readonly number[]
  /** Number of the last event that all subscribers have. */
  readonly acked: number
}

/** The clock of latencies: monotonic, and the same for all processes of the machine. Microseconds. */
export const sharedClockUs = (): number => Number(process.hrtime.bigint() / 1_000n)

/** In every event, found without parsing: its number and when the worker told of it. Nothing else in a message has this sign. */
export const MARK = '#'
export const NUMBER_DIGITS = 8
export const STAMP_DIGITS = 14
export const markOf = (number: number): string => `${MARK}${String(number).padStart(NUMBER_DIGITS, '0')}@${String(sharedClockUs()).padStart(STAMP_DIGITS, '0')}`

export function usageOfProcess(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpuUs: user + system, rss, heldBytes: heapUsed + external, atMs: sharedClockUs() / 1_000 }
}
