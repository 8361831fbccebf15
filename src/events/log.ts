import type { Actor } from '../base/actor.ts'
import { FlushQueue } from '../base/flush-queue.ts'
import type { JsonObject } from '../base/json.ts'
import type { Executor, Statement } from '../database/database.ts'
import { statement } from '../database/statement.ts'
import type { EventRecord } from './records.ts'

export interface ReadRequest {
  readonly stream: string
  /** Events with a larger sequence number, oldest first. */
  readonly after: number
  /** At most so many; 0 for the head alone. */
  readonly limit: number
}

export interface LogPage {
  readonly events: readonly EventRecord[]
  /** Number of the stream's last event, kept or not; `undefined` when there is no such stream. */
  readonly head: number | undefined
  /** The oldest event that is still kept; `undefined` when none is. */
  readonly oldest: number | undefined
}

/** Where a stream's head stands: columns of the row whose lock orders the appends. Names are written by programmers, never by users. */
export interface HeadSource {
  readonly table: string
  readonly key: string
  readonly head: string
  /** Head of a stream that has no row; without it there is no such stream. */
  readonly absent?: number
}

/** Heads of named streams; a row comes with the first event. */
export const NAMED_STREAM_HEADS: HeadSource = { table: 'stream_head', key: 'stream', head: 'head', absent: 0 }

/** Streams of one statement, and statements under way together. */
const MAX_BATCH = 500
const FLIGHTS = 2

interface Row {
  readonly n: number
  readonly head: number | null
  readonly oldest: number | null
  readonly seq: number | null
  readonly type: string
  readonly data: JsonObject
  readonly actor: Actor | null
  readonly at: Date
}

/**
 * The append-only log, for reading. All who ask in the same moment share one statement, which sees head and events of one
 * snapshot: what lies between the last event of a page that is not full and the head does not exist any more.
 */
export class EventLog {
  readonly #executor: Executor
  readonly #heads: HeadSource
  readonly #statement: Statement
  readonly #queue: FlushQueue<ReadRequest, LogPage>
  #statements = 0

  constructor(executor: Executor, heads: HeadSource = NAMED_STREAM_HEADS) {
    this.#executor = executor
    this.#heads = heads
    this.#statement = readStatement(heads)
    this.#queue = new FlushQueue({ name: 'event log', flush: (requests) => this.#read(requests), maxBatch: MAX_BATCH, flights: FLIGHTS })
  }

  /** Statements run so far. */
  get statements(): number {
    return this.#statements
  }

  read(request: ReadRequest): Promise<LogPage> {
    return this.#queue.submit(request)
  }

  /** Resolves when no read is under way. */
  drained(): Promise<void> {
    return this.#queue.drained()
  }

  async #read(requests: readonly ReadRequest[]): Promise<readonly LogPage[]> {
    this.#statements += 1
    const columns = [requests.map((request) => request.stream), requests.map((request) => request.after), requests.map((request) => request.limit)]
    const rows = await this.#executor.run<Row>(this.#statement, columns)
    const pages = requests.map(() => ({ events: [] as EventRecord[], head: undefined as number | undefined, oldest: undefined as number | undefined }))
    for (const row of rows) {
      const [page, request] = [pages[row.n - 1], requests[row.n - 1]]
      if (!page || !request) continue
      page.head = row.head ?? this.#heads.absent
      page.oldest = row.oldest ?? undefined
      if (row.seq !== null) page.events.push({ stream: request.stream, seq: row.seq, type: row.type, data: row.data, actor: row.actor, at: row.at })
    }
    return pages
  }
}

/**
 * Plan: nested loops over the requests, each with index scans of the primary keys of the head's table and of event, with and without
 * statistics (tests/events/log.test.ts). The limits keep the planner from turning the subqueries into joins that read whole tables.
 */
export const readStatement = (heads: HeadSource): Statement =>
  statement(
    `events.read.${heads.table}`,
    `select r.n::int as n, h.head, o.seq as oldest, e.seq, e.type, e.data, e.actor, e.at
       from unnest($1::uuid[], $2::int[], $3::int[]) with ordinality as r(stream, after, count, n)
       left join lateral (select ${heads.head} as head from ${heads.table} where ${heads.key} = r.stream limit 1) h on true
       left join lateral (select seq from event where stream = r.stream order by seq limit 1) o on true
       left join lateral (select seq, type, data, actor, at from event where stream = r.stream and seq > r.after order by seq limit r.count) e on true
      order by r.n, e.seq`,
  )
