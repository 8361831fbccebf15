import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { IndexPart } from '../search-index.ts'

/**
 * One batch of documents and the words that they add, made inside the database: no text travels. Repeated, it adds nothing. $1 store, $2 generation, the batch is
 * what lies after $3 up to $4.
 */
const insert = (part: IndexPart, made: string) =>
  statement(
    `stores_search_insert_${part}`,
    `with made as (${made}), document as (
       insert into search_document (generation, kind, subject_id, language, words)
       select $2::integer, '${part}', subject_id, language, words || array_to_tsvector(array['#${part[0]}' || $2::integer]) from made
       on conflict (generation, kind, subject_id, language) do nothing returning words
     ), counted as (
       select lexeme, count(*)::integer as count from document cross join lateral unnest(words) group by lexeme
     )
     insert into search_word as known (generation, kind, word, document_count)
     select $2::integer, '${part}', lexeme, count from counted where left(lexeme, 1) <> '#' order by lexeme collate "C"
     on conflict (generation, kind, word) do update set document_count = known.document_count + excluded.document_count`,
  )

const LONGEST_DESCRIPTION = 4_000

const weighed = (weight: string, text: string) =>
  `setweight(to_tsvector(search_config(l.language), search_text(coalesce(${text}, ''), l.language)), '${weight}')`
/** Words as they are: names of people, numbers, sizes. */
const verbatim = (weight: string, ...texts: readonly string[]) =>
  `setweight(to_tsvector('pg_catalog.simple', search_text(concat_ws(' ', ${texts.join(', ')}), '')), '${weight}')`

// Options and article numbers also as they are: "S" is a size, and a stop word of English.
const INSERT_PRODUCTS = insert(
  'products',
  `select p.id as subject_id, l.language,
     ${weighed('A', 'search_in(p.name, l.language)')}
     || ${weighed('B', `concat_ws(' ', p.brand, array_to_string(p.tags, ' '), c.names, v.options)`)}
     || ${verbatim('B', 'v.options', 'v.skus')}
     || ${weighed('D', `left(search_in(p.description, l.language), ${LONGEST_DESCRIPTION})`)} as words
   from product p
   cross join lateral (
     select key as language from jsonb_each_text(p.name) where value <> '' union select key from jsonb_each_text(p.description) where value <> ''
   ) l
   left join lateral (select string_agg(search_in(category, l.language), ' ') as names from jsonb_array_elements(p.categories) as category) c on true
   left join lateral (
     select string_agg(distinct o.option, ' ') as options, left(string_agg(distinct variant.sku, ' '), 10000) as skus
     from product_variant variant
     left join lateral (select search_in(value, l.language) as option from jsonb_array_elements(variant.options)) o on true
     where variant.product_id = p.id
   ) v on true
   where p.store_id = $1::uuid and p.id > $3::uuid and p.id <= $4::uuid and p.removed_at is null and p.is_published`,
)

const LANGUAGE_OF_STORE = `(select coalesce(language, '') as language from store where id = $1::uuid) l`

const INSERT_ORDERS = insert(
  'orders',
  `select o.id as subject_id, '' as language,
     ${verbatim('A', 'o.number', 'o.contact_name', 'o.contact_email')}
     || ${weighed('B', 'i.names')} || ${verbatim('B', 'i.names', 'i.skus')} as words
   from shop_order o cross join ${LANGUAGE_OF_STORE}
   left join lateral (
     select string_agg(line ->> 'name', ' ') as names, string_agg(line ->> 'sku', ' ') as skus from jsonb_array_elements(o.lines) as line
   ) i on true
   where o.store_id = $1::uuid and o.id > $3::uuid and o.id <= $4::uuid and o.removed_at is null`,
)

const INSERT_CUSTOMERS = insert(
  'customers',
  `select c.id as subject_id, '' as language, ${verbatim('A', 'c.name', 'c.email', 'c.phone')} as words
   from shop_customer c
   where c.store_id = $1::uuid and c.id > $3::uuid and c.id <= $4::uuid and c.removed_at is null`,
)

const INSERT: Readonly<Record<IndexPart, ReturnType<typeof insert>>> = { products: INSERT_PRODUCTS, orders: INSERT_ORDERS, customers: INSERT_CUSTOMERS }

export interface InsertDocumentsParams {
  readonly storeId: string
  readonly generation: number
  readonly after: string
  readonly upTo: string
}

export async function insertDocuments(executor: Executor, part: IndexPart, params: InsertDocumentsParams): Promise<void> {
  await executor.run(INSERT[part], [params.storeId, params.generation, params.after, params.upTo])
}
