import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import { type MatchQueries, MOST_RANKED } from '../match-queries.ts'

/**
 * A document's score is the share of the question's weight that it has: for each term its weight (rare words weigh more) times where it was found (name 1; brand,
 * categories, tags, options 0.7; description 0.3, more where it is repeated). `ts_rank` of a query of n alternatives is their sum / (n · π²/6), which is taken back.
 * Products are joined as they are now: what was removed or hidden after the index was built is not found.
 */
const IN_DOCUMENT = (query: string) => `least(1, coalesce(ts_rank('{0.3,0.5,0.7,1}', d.words, ${query}) * (numnode(${query}) + 1) * 0.8225, 0))`
const SCORE = `(select sum(t.weight * greatest(${IN_DOCUMENT('t.exact')}, ${IN_DOCUMENT('t.near')} * 0.75)) from term t)`

const ranked = (kind: string, query: string) =>
  // The generation is compared with an expression, so that no index but the one of words fits: it alone reads as few documents as match.
  `(select d.subject_id, d.language, ${SCORE} as score from search_document d where d.words @@ ${query}::tsquery and d.generation + 0 = $2::integer and d.kind || '' = '${kind}' limit ${MOST_RANKED})`

const TERMS = `term as materialized (
  select exact::tsquery as exact, near::tsquery as near, weight from unnest($5::text[], $6::text[], $7::float8[]) as t (exact, near, weight)
), found as materialized (
  select distinct on (subject_id) * from (KIND_STRICT union all KIND_LOOSE) d order by subject_id, score desc
)`
const terms = (kind: string) => TERMS.replace('KIND_STRICT', ranked(kind, '$3')).replace('KIND_LOOSE', ranked(kind, '$4'))

export const RANK_PRODUCTS = statement(
  'stores_search_rank_products',
  `with ${terms('products')}, best as (
     select p.id, f.language, p.name, p.description,
       f.score / $8::float8 * case when p.price < $9::numeric or p.price > $10::numeric then 0.5 else 1 end as score
     from store s cross join found f join product p on p.id = f.subject_id and p.store_id = s.id
     where s.id = $1 and s.search_generation = $2 and p.removed_at is null and p.is_published
     order by 5 desc, length(search_in(p.name, f.language)), p.id limit $11::integer
   )
   select b.id as "productId", b.language, b.score, search_in(b.name, b.language) as title, left(search_in(b.description, b.language), 4000) as description,
     (select coalesce(array_agg(distinct folded.word), '{}')
      from regexp_split_to_table(search_text(search_in(b.name, b.language) || ' ' || left(search_in(b.description, b.language), 4000), ''), ' ') as folded (word)
      where folded.word <> '' and search_forms(folded.word) && $12::text[]) as found
   from best b order by b.score desc, length(search_in(b.name, b.language)), b.id`,
)

export const RANK_ORDERS = statement(
  'stores_search_rank_orders',
  `with ${terms('orders')}
   select o.id from store s cross join found f join shop_order o on o.id = f.subject_id and o.store_id = s.id
   where s.id = $1 and s.search_generation = $2 and o.removed_at is null and f.score >= 0.999 * (select max(score) from found)
   order by coalesce(o.shop_created_at, o.created_at) desc, o.id desc limit $8::integer`,
)

export interface RankedProduct {
  readonly productId: string
  readonly language: string
  readonly score: number
  readonly title: string
  /** Its beginning, where it is long. */
  readonly description: string
  /** Folded words of the two that were asked for. */
  readonly found: readonly string[]
}

export interface RankParams {
  readonly storeId: string
  readonly generation: number
  readonly queries: MatchQueries
  readonly weights: readonly number[]
  readonly limit: number
}

const common = ({ storeId, generation, queries, weights }: RankParams) => [
  storeId,
  generation,
  queries.strict,
  queries.loose,
  queries.exact,
  queries.near,
  weights,
]

export interface RankProductsParams extends RankParams {
  readonly priceAbove: number | null
  readonly priceBelow: number | null
  readonly lexemes: readonly string[]
}

/** Best first; none where the store's index is another one meanwhile. */
export function rankProducts(executor: Executor, params: RankProductsParams): Promise<RankedProduct[]> {
  const total = params.weights.reduce((sum, weight) => sum + weight, 0)
  return executor.run<RankedProduct>(RANK_PRODUCTS, [...common(params), total, params.priceAbove, params.priceBelow, params.limit, params.lexemes])
}

/** Ids of the orders that have most of what was asked for, newest first. */
export async function rankOrders(executor: Executor, params: RankParams): Promise<string[]> {
  const rows = await executor.run<{ id: string }>(RANK_ORDERS, [...common(params), params.limit])
  return rows.map(({ id }) => id)
}
