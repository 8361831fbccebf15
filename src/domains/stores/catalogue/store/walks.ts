import { PermanentError } from '../../../../base/errors.ts'
import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import { CATALOGUE_KINDS, type CatalogueKind } from '../../records.ts'
import type { CatalogueChanges } from '../catalogue.ts'
import type { Target } from './tables.ts'

const FIND_UNTILS = statement(
  'stores_find_untils',
  'select products_until as products, orders_until as orders, customers_until as customers from store where id = $1::uuid',
)
const OPEN = statement(
  'stores_open_walks',
  `
  insert into catalogue_walk (operation_id, kind, store_id)
  select $1::uuid, kind, s.id from unnest($3::text[]) as kind, store s where s.id = $2::uuid
  on conflict (operation_id, kind) do nothing`,
)
const EXISTS = statement('stores_walks_exist', 'select kind from catalogue_walk where operation_id = $1::uuid limit 1')
const END = statement('stores_end_walk', 'update catalogue_walk set until = $3, must_compare = $4, shop_total = $5 where operation_id = $1::uuid and kind = $2')
const SUM = statement(
  'stores_sum_walks',
  `
  select coalesce(sum(received), 0) as received, coalesce(sum(added), 0) as added, coalesce(sum(changed), 0) as changed,
    coalesce(sum(removed), 0) as removed, coalesce(sum(important), 0) as important
  from catalogue_walk where operation_id = $1::uuid`,
)

/** Counts in the walk and, where rows came, went or look otherwise in the search, in the store: one revision for each transaction that matters. */
const COUNT = statement(
  'stores_count_changes',
  `
  with walk as (
    update catalogue_walk set received = received + $3::integer, added = added + $4::integer, changed = changed + $5::integer,
      removed = removed + $6::integer, important = important + $7::integer
    where operation_id = $1::uuid and kind = $2
    returning store_id, kind
  ), counted as (
    update store s set
      product_count = product_count + case when kind = 'products' then $4::integer - $6::integer else 0 end,
      order_count = order_count + case when kind = 'orders' then $4::integer - $6::integer else 0 end,
      customer_count = customer_count + case when kind = 'customers' then $4::integer - $6::integer else 0 end,
      catalogue_revision = catalogue_revision + case when $7::integer > 0 then 1 else 0 end,
      updated_at = now()
    from walk where s.id = walk.store_id and ($4::integer > 0 or $6::integer > 0 or $7::integer > 0)
  )
  select kind from walk`,
)

const FINISH = statement(
  'stores_finish_kind',
  `
  update store s set
    products_until = case when kind = 'products' then coalesce(until, products_until) else products_until end,
    orders_until = case when kind = 'orders' then coalesce(until, orders_until) else orders_until end,
    customers_until = case when kind = 'customers' then coalesce(until, customers_until) else customers_until end,
    last_synced_at = case when $3::boolean then now() else last_synced_at end,
    updated_at = now()
  from catalogue_walk w where w.operation_id = $1::uuid and w.kind = $2 and s.id = w.store_id`,
)

const storeGone = () => new PermanentError('STORE_GONE', 'The store was deleted.')

/** From when on to ask each kind for changes; null: it was never read to its end. Throws `PermanentError` STORE_GONE. */
export async function findUntils(executor: Executor, storeId: string): Promise<Readonly<Record<CatalogueKind, Date | null>>> {
  const [found] = await executor.run<Record<CatalogueKind, Date | null>>(FIND_UNTILS, [storeId])
  if (!found) throw storeGone()
  return found
}

/** Makes the walks of an operation, where it has none. */
export async function openWalks(executor: Executor, { operationId, storeId }: Omit<Target, 'kind'>): Promise<void> {
  await executor.run(OPEN, [operationId, storeId, CATALOGUE_KINDS])
}

export const hasWalks = async (executor: Executor, operationId: string): Promise<boolean> => (await executor.run(EXISTS, [operationId])).length > 0

export interface WalkEnd {
  readonly until: Date | null
  readonly mustCompare: boolean
  /** null: only changes were asked for. */
  readonly shopTotal: number | null
}

export async function endWalk(executor: Executor, { operationId, kind }: Target, { until, mustCompare, shopTotal }: WalkEnd): Promise<void> {
  await executor.run(END, [operationId, kind, until, mustCompare, shopTotal])
}

export type WalkCounts = CatalogueChanges & { readonly received: number }

export async function sumWalks(executor: Executor, operationId: string): Promise<WalkCounts> {
  const [sums] = await executor.run<WalkCounts>(SUM, [operationId])
  return sums as WalkCounts
}

/** Throws `PermanentError` STORE_GONE. */
export async function countChanges(executor: Executor, { operationId, kind }: Target, counts: WalkCounts): Promise<void> {
  const { received, added, changed, removed, important } = counts
  const walks = await executor.run(COUNT, [operationId, kind, received, added, changed, removed, important])
  if (walks.length === 0) throw storeGone()
}

/** Takes over from when on the kind is asked next; `isLast`: the whole sync is done. */
export async function finishKind(executor: Executor, { operationId, kind }: Target, isLast: boolean): Promise<void> {
  await executor.run(FINISH, [operationId, kind, isLast])
}
