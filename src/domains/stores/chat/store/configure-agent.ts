import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { AgentRecord } from '../chat-records.ts'
import { AGENT_COLUMNS } from './agent-columns.ts'

const MOST_TOPICS = 8
const MOST_LANGUAGES = 5
/** A language that fewer products have is an accident. */
const LEAST_SHARE = 0.1

/**
 * One walk of the store's published products (product_store_idx), and one row written. Topics carry the name that their category has in the store's
 * language; where two are equally large, the alphabet decides, so that repeating it changes nothing.
 */
const CONFIGURE_AGENT = statement(
  'stores_configure_agent',
  `with shop as (
    select id, name, coalesce(language, 'es') as language from store where id = $1
  ), offered as materialized (
    select p.id, p.name, p.categories, p.price from product p join shop on shop.id = p.store_id where p.removed_at is null and p.is_published
  ), category as materialized (
    select named.name, count(distinct offered.id) as products from offered cross join shop
      cross join lateral jsonb_array_elements(offered.categories) as listed (texts)
      cross join lateral (select btrim(left(coalesce(nullif(listed.texts ->> shop.language, ''),
        (select value from jsonb_each_text(listed.texts) where value <> '' order by key limit 1)), 60)) as name) as named
     where named.name <> '' group by named.name
  ), spoken as (
    select key as language, count(*) as products from offered cross join lateral jsonb_each_text(offered.name) where value <> '' group by key
  ), derived as (
    select shop.id,
      left(case shop.language when 'en' then shop.name || ' assistant' else 'Asistente de ' || shop.name end, 60) as name,
      coalesce((select array_agg(name order by products desc, name) from (select * from category order by products desc, name limit ${MOST_TOPICS}) largest), '{}') as topics,
      array[shop.language] || coalesce((select array_agg(language order by products desc, language) from (
        select * from spoken where language <> shop.language and products >= ${LEAST_SHARE} * (select count(*) from offered)
         order by products desc, language limit ${MOST_LANGUAGES - 1}) usual), '{}') as languages,
      (select count(*) from offered) as product_count, (select count(*) from category) as category_count,
      (select min(price) from offered) as price_from, (select max(price) from offered) as price_to
    from shop
  )
  insert into agent (store_id, name, topics, languages, product_count, category_count, price_from, price_to)
  select id, name, topics, languages, product_count, category_count, price_from, price_to from derived
  on conflict (store_id) do update set name = excluded.name, topics = excluded.topics, languages = excluded.languages,
    product_count = excluded.product_count, category_count = excluded.category_count, price_from = excluded.price_from, price_to = excluded.price_to,
    configured_at = now()
  returning ${AGENT_COLUMNS}`,
)

/** Derives the agent of a store from its catalogue; what its owner chose stays. `undefined`: there is no such store. */
export async function configureAgent(executor: Executor, storeId: string): Promise<AgentRecord | undefined> {
  const [agent] = await executor.run<AgentRecord>(CONFIGURE_AGENT, [storeId])
  return agent
}
