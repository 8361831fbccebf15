import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { storeKeyOf, whatsappKeyOf } from '../operations/exclusive.ts'
import type { StoreRecord } from '../records.ts'
import { STORE_COLUMNS } from './store-columns.ts'

/**
 * Nothing happens while an operation of the store is under way, or waits for its turn. One whose start lies in the future is no hindrance; who asks is told of it.
 * What belongs to a store goes with it, by the cascades of its tables.
 */
const DISCONNECT_STORE = statement(
  'stores_disconnect',
  `with unfinished as (
    select o.id, not (o.state = 'queued' and o.run_at > now()) as active, o.state, o.priority from operation o
    where o.exclusive_key = any($2::text[]) and o.finished_at is null
  ), free as (
    select id from store where id = $1 and not exists (select from unfinished where active) for update
  ), forgotten as (
    delete from store_credential where store_id = (select id from free)
  ), kept as (
    update store set status = 'disconnected', credential_id = null, updated_at = now() where id = (select id from free) and not $3::boolean returning *
  ), deleted as (
    delete from store where id = (select id from free) and $3::boolean returning id
  )
  select (select to_jsonb(array_agg(id)) from unfinished where not active) as planned,
    (select id from unfinished where active order by state = 'queued', priority desc, id limit 1) as "activeId",
    (select count(*)::int from kept) + (select count(*)::int from deleted) as done`,
)

interface Row {
  readonly planned: readonly string[] | null
  readonly activeId: string | null
  readonly done: number
}

export type DisconnectOutcome =
  | {
      readonly kind: 'disconnected'
      /** Operations of the store that were to start later. */
      readonly planned: readonly string[]
    }
  | { readonly kind: 'active'; readonly operationId: string }
  | { readonly kind: 'notFound' }

/** Forgets the token of a store, and with `deleteData` the store with all that was read of it. */
export async function disconnectStore(
  executor: Executor,
  { id, deleteData }: { readonly id: string; readonly deleteData: boolean },
): Promise<DisconnectOutcome> {
  const [row] = await executor.run<Row>(DISCONNECT_STORE, [id, [storeKeyOf(id), whatsappKeyOf(id)], deleteData])
  if (row?.activeId) return { kind: 'active', operationId: row.activeId }
  return row?.done ? { kind: 'disconnected', planned: row.planned ?? [] } : { kind: 'notFound' }
}

const RENAME_STORE = statement('stores_rename', `update store set name = $2, updated_at = now() where id = $1 returning ${STORE_COLUMNS}`)

/** `undefined`: it is gone. */
export async function renameStore(executor: Executor, { id, name }: { readonly id: string; readonly name: string }): Promise<StoreRecord | undefined> {
  const [store] = await executor.run<StoreRecord>(RENAME_STORE, [id, name])
  return store
}
