import type { Actor } from '../../base/actor.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Statement, Transaction } from '../../database/database.ts'

/** What a durable consumer is given: the event, read back from the log. */
export interface OutboxRow {
  readonly id: number
  readonly stream: string
  readonly seq: number
  readonly type: string
  readonly attempts: number
  readonly data: JsonObject
  readonly actor: Actor | null
  readonly at: Date
}

const take: Statement = {
  name: 'take_outbox',
  text: `with taken as (
  select id, stream, seq, attempts from outbox where consumer = $1 and due_at <= now() order by due_at, id limit $2 for update skip locked
)
select t.id, t.stream, t.seq, e.type, t.attempts, e.data, e.actor, e.at from taken t join event e on e.stream = t.stream and e.seq = t.seq order by t.id`,
}

/** Locks rows that are due for a consumer; they are deleted in the same transaction, after it has acted. */
export const takeOutbox = (transaction: Transaction, consumer: string, limit: number): Promise<OutboxRow[]> =>
  transaction.run<OutboxRow>(take, [consumer, limit])

const remove: Statement = { name: 'delete_outbox', text: `delete from outbox where id = any($1::bigint[])` }

export async function deleteOutbox(transaction: Transaction, ids: readonly number[]): Promise<void> {
  await transaction.run(remove, [ids])
}

const postpone: Statement = {
  name: 'postpone_outbox',
  text: `update outbox set attempts = attempts + 1, due_at = now() + $2::float8 * interval '1 millisecond' where id = $1::bigint`,
}

export async function postponeOutbox(transaction: Transaction, id: number, delayMs: number): Promise<void> {
  await transaction.run(postpone, [id, delayMs])
}
