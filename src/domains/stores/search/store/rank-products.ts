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
  // The generation is compared as an expression, so that no index but the one of words fits: it alone reads as few documents as match.
  `(select d.subject_id, d.language, length(d.words) as size, ${SCORE} as score
    from search_document d where d.words @@ ${query}::tsquery and d.generation + 0 = $2::integer and d.kind || '' = '${kind}' limit ${MOST_RANKED})`

/** The best document of each subject. */
const found = (kind: string) => `term as materialized (
    select exact::tsquery as exact, near::tsquery as near, weight from unnest($5::text[], $6::text[], $7::float8[]) as t (exact, near, weight)
  ), found as materialized (
    select distinct on (subject_id) * from (${ranked(kind, '$3')} union all ${ranked(kind, '$4')}) d order by subject_id, score desc
  ), current as materialized (
    select id from store where id = $1 and search_generation = $2
  )`

/** One look-up by primary key for each that was found: seen as a join, its planner would read the whole store for what it takes to be two rows. */
const subject = (table: string) => `cross join lateral (select * from ${table} where ${table}.id = f.subject_id limit 1) p`

const STEMS = `case b.language when 'es' then ts_lexize('pg_catalog.spanish_stem', folded.word) when 'en' then ts_lexize('pg_catalog.english_stem', folded.word)
  when 'pt' then ts_lexize('pg_catalog.portuguese_stem', folded.word) end`

export const RANK_PRODUCTS = statement(
  'stores_search_rank_products',
  `with ${found('products')}, best as (
     select p.id, f.language, p.name, p.description, f.size,
       f.score / $8::float8 * case when p.price < $9::numeric or p.price > $10::numeric then 0.5 else 1 end as score
     from current cross join found f ${subject('product')}
     where p.store_id = current.id and p.removed_at is null and p.is_published
     order by 6 desc, f.size, p.id limit $11::integer
   ), shown as (
     select id, language, score, size, search_in(name, language) as title, left(search_in(description, language), 4000) as description from best
   )
   select b.id as "productId", b.language, b.score, b.title, b.description,
     (select coalesce(array_agg(distinct folded.word), '{}')
      from regexp_split_to_table(search_text(b.title || ' ' || b.description, b.language), ' ') as folded (word)
      where folded.word = any($12::text[]) or ${STEMS} && $12::text[]) as found
   from shown b order by b.score desc, b.size, b.id`,
)

export const RANK_ORDERS = statement(
  'stores_search_rank_orders',
  `with ${found('orders')}
   select p.id from current cross join found f ${subject('shop_order')}
   where p.store_id = current.id and p.removed_at is null and f.score >= 0.999 * (select max(score) from found)
   order by coalesce(p.shop_created_at, p.created_at) desc, p.id desc limit $8::integer`,
)

export interface RankedProduct {
  readonly productId: string
  readonly language: string
  readonly score: number
  readonly title: string
  /** Its beginning, where it is long. */
  readonly description: string
  /** Words of the two that were asked for, as `search_text` has them. */
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
