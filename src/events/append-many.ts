import { namedStream } from '../base/ids.ts'
import type { Transaction } from '../database/database.ts'
import { statement } from '../database/statement.ts'
import type { NewEvent } from './append.ts'

// Upserts lock as they go, and they go in the order of keys: transactions that lock the same streams wait for each other and never in a circle.
const LOCK = statement(
  'events.lock_streams',
  `insert into stream_head as h (stream, name)
   select s.stream, s.name from unnest($1::uuid[], $2::text[]) as s(stream, name) order by s.stream
   on conflict (stream) do update set head = h.head
   returning stream, head`,
)

/** A stream whose row this transaction has locked. */
export interface LockedStream {
  /** Key of the stream. */
  readonly stream: string
  /** Number of its last event. */
  readonly head: number
}

/**
 * Locks named streams until the end of the transaction, whether they exist already or not. What is read afterwards is as the last one who held them left it.
 * Answers by name.
 */
export async function lockStreams(transaction: Transaction, names: Iterable<string>): Promise<Map<string, LockedStream>> {
  const byStream = new Map([...names].map((name) => [namedStream(name), name]))
  const rows = await transaction.run<LockedStream>(LOCK, [[...byStream.keys()], [...byStream.values()]])
  return new Map(rows.map((row) => [byStream.get(row.stream) as string, row]))
}

export interface NamedEvent extends NewEvent {
  /** Name of its stream, such as `inbox:<user>`. */
  readonly name: string
}

// The same idea as that of `appendEvents`, for many streams: the upsert locks, numbers follow from the new heads and the places in each stream.
const APPEND = statement(
  'events.append_many',
  `with given as materialized (
     select g.stream, g.name, g.type, g.data, g.actor, g.n,
            row_number() over (partition by g.stream order by g.n) as place, count(*) over (partition by g.stream) as size
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality as g(stream, name, type, data, actor, n)
   ), heads as (
     insert into stream_head as h (stream, name, head)
     select stream, name, size::int from given where place = 1 order by stream
     on conflict (stream) do update set head = h.head + excluded.head
     returning stream, head
   ), appended as (
     insert into event (stream, seq, type, data, actor, at)
     select g.stream, h.head - g.size::int + g.place::int, g.type, g.data::jsonb, g.actor::jsonb, clock_timestamp()
       from given g join heads h on h.stream = g.stream
   )
   select stream, head from heads`,
)

/** Appends to many named streams with one statement, each event after those of its stream that stand before it. Answers the new heads by name. */
export async function appendToStreams(transaction: Transaction, events: readonly NamedEvent[]): Promise<Map<string, LockedStream>> {
  if (events.length === 0) return new Map()
  const byName = new Map(events.map(({ name }) => [name, namedStream(name)]))
  const byStream = new Map([...byName].map(([name, stream]) => [stream, name]))
  const rows = await transaction.run<LockedStream>(APPEND, [
    events.map(({ name }) => byName.get(name)),
    events.map(({ name }) => name),
    events.map(({ type }) => type),
    events.map(({ data }) => JSON.stringify(data)),
    events.map(({ actor }) => (actor ? JSON.stringify(actor) : null)),
  ])
  return new Map(rows.map((row) => [byStream.get(row.stream) as string, row]))
}
