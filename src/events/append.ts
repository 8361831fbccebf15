import type { Actor } from '../base/actor.ts'
import { namedStream } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { Transaction } from '../database/database.ts'
import { statement } from '../database/statement.ts'

export interface NewEvent {
  readonly type: string
  readonly data: JsonObject
  readonly actor: Actor | null
}

export interface AppendEventsParams {
  /** Name of the stream, such as `inbox:<user>`. */
  readonly name: string
  readonly events: readonly NewEvent[]
}

export interface Appended {
  /** Key of the stream. */
  readonly stream: string
  /** Number of the last event that was appended: what the hint after the commit carries. */
  readonly head: number
  /** When the last event was appended, by the database's clock. */
  readonly at: Date
}

// The upsert locks the stream's row until the commit, so numbers have no hole and follow the order of commits.
const APPEND = statement(
  'events.append',
  `with head as (
     insert into stream_head as h (stream, name, head) values ($1, $2, cardinality($3::text[]))
     on conflict (stream) do update set head = h.head + excluded.head
     returning h.head
   ), appended as (
     insert into event (stream, seq, type, data, actor, at)
     select $1, head.head - cardinality($3::text[]) + e.n::int, e.type, e.data::jsonb, e.actor::jsonb, clock_timestamp()
       from head, unnest($3::text[], $4::text[], $5::text[]) with ordinality as e(type, data, actor, n)
     returning at
   )
   select head, (select max(at) from appended) as at from head`,
)

/** Appends at least one event to a named stream, inside the transaction of the change that it tells of. After the commit, publish a hint. */
export async function appendEvents(transaction: Transaction, params: AppendEventsParams): Promise<Appended> {
  const stream = namedStream(params.name)
  const values = [
    stream,
    params.name,
    params.events.map((event) => event.type),
    params.events.map((event) => JSON.stringify(event.data)),
    params.events.map((event) => (event.actor ? JSON.stringify(event.actor) : null)),
  ]
  const [row] = await transaction.run<{ head: number; at: Date }>(APPEND, values)
  if (!row) throw new Error(`expected the head of the stream ${params.name}, got no row`)
  return { stream, ...row }
}
