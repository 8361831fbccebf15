import type { JsonObject } from '../base/json.ts'
import type { Transaction } from '../database/database.ts'
import { statement } from '../database/statement.ts'
import type { EventRecord } from './records.ts'

/** Keys that make publishing safe to repeat. A transaction that takes a key makes others with the same key wait for its end. */
export interface EventKey {
  /** Key of the stream. */
  readonly stream: string
  readonly publisher: string
  readonly key: string
}

/** Who took a key first: `seq` is the number of its event, 0 if it is the caller. */
export interface TakenKey {
  readonly seq: number
  readonly fingerprint: string
}

// The update changes nothing but locks the row, so that neither it nor its event can be pruned while we answer with them.
const TAKE = statement(
  'events.take_key',
  `insert into event_key as k (stream, publisher, key, fingerprint, seq) values ($1, $2, $3, $4, 0)
   on conflict (stream, publisher, key) do update set fingerprint = k.fingerprint
   returning seq, fingerprint`,
)

export async function takeKey(transaction: Transaction, { stream, publisher, key }: EventKey, fingerprint: string): Promise<TakenKey> {
  const [row] = await transaction.run<TakenKey>(TAKE, [stream, publisher, key, fingerprint])
  if (!row) throw new Error('expected a key that is new or taken, got no row')
  return row
}

const SETTLE = statement('events.settle_key', 'update event_key set seq = $4 where stream = $1 and publisher = $2 and key = $3')

/** Notes which event a key stands for, in the transaction that took it. */
export async function settleKey(transaction: Transaction, { stream, publisher, key }: EventKey, seq: number): Promise<void> {
  await transaction.run(SETTLE, [stream, publisher, key, seq])
}

const READ = statement('events.read_one', 'select type, data, actor, at from event where stream = $1 and seq = $2')

/** The event that a taken key stands for. */
export async function readEvent(transaction: Transaction, stream: string, seq: number): Promise<EventRecord> {
  const [row] = await transaction.run<Omit<EventRecord, 'stream' | 'seq'> & { readonly data: JsonObject }>(READ, [stream, seq])
  if (!row) throw new Error(`expected the event ${seq} of the stream ${stream}, whose key is kept`)
  return { stream, seq, ...row }
}
