import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { InsertDocumentsParams } from './insert-documents.ts'

// Outside of the migrations: not every database has pgvector, and one may get it later. Without it, or without the right to create it, nothing happens. No
// index of points: one store's are read by the primary key and compared exactly, while an approximate index of all stores would find too few of a small one.
const MAKE_TABLE = statement(
  'stores_search_make_vector_table',
  `do $$
   begin
     if exists (select from pg_available_extensions where name = 'vector') then
       perform pg_advisory_xact_lock(7202511221);
       create extension if not exists vector;
       create table if not exists search_vector (
         generation integer not null references search_build (generation) on delete cascade,
         subject_id uuid not null,
         label text not null,
         document_hash bytea not null,
         embedding vector not null,
         primary key (generation, subject_id)
       );
     end if;
   exception when others then
     raise notice 'search goes without vectors: %', sqlerrm;
   end
   $$`,
)

export async function makeVectorTable(executor: Executor): Promise<void> {
  await executor.run(MAKE_TABLE, [])
}

const HAS_VECTORS = statement('stores_search_has_vectors', `select to_regclass('search_vector') is not null as "has"`)

export async function hasVectors(executor: Executor): Promise<boolean> {
  const [row] = await executor.run<{ has: boolean }>(HAS_VECTORS, [])
  return row?.has === true
}

const BATCH = `from product p join store s on s.id = p.store_id
  left join search_vector known on known.generation = s.search_generation and known.subject_id = p.id and known.document_hash = p.document_hash and known.label = $4
  where p.store_id = $1::uuid and p.id > $2::uuid and p.id <= $3::uuid and p.removed_at is null and p.is_published`

const FIND_MISSING = statement(
  'stores_search_find_missing_vectors',
  `select p.id as "productId", p.document_hash as "documentHash", left(concat_ws(E'\\n',
       (select string_agg(value, E'\\n' order by key) from jsonb_each_text(p.name)), p.brand, array_to_string(p.tags, ' '),
       (select string_agg(text.value, ' ') from jsonb_array_elements(p.categories) as category cross join lateral jsonb_each_text(category) as text),
       (select string_agg(left(value, 2000), E'\\n' order by key) from jsonb_each_text(p.description))), 6000) as text
   ${BATCH} and known.subject_id is null order by p.id`,
)

export interface MissingVector {
  readonly productId: string
  readonly documentHash: Uint8Array
  readonly text: string
}

const bounds = ({ storeId, after, upTo }: InsertDocumentsParams, label: string) => [storeId, after, upTo, label]

/** Products of a batch that the index in use has no fitting vector of. */
export function findMissingVectors(executor: Executor, batch: InsertDocumentsParams, label: string): Promise<MissingVector[]> {
  return executor.run<MissingVector>(FIND_MISSING, bounds(batch, label))
}

const COPY = statement(
  'stores_search_copy_vectors',
  `insert into search_vector (generation, subject_id, label, document_hash, embedding)
   select $5::integer, p.id, known.label, known.document_hash, known.embedding ${BATCH} and known.subject_id is not null
   on conflict (generation, subject_id) do nothing`,
)

/** Takes the others over from the index in use. */
export async function copyVectors(executor: Executor, batch: InsertDocumentsParams, label: string): Promise<void> {
  await executor.run(COPY, [...bounds(batch, label), batch.generation])
}

const INSERT = statement(
  'stores_search_insert_vectors',
  `insert into search_vector (generation, subject_id, label, document_hash, embedding)
   select $1::integer, subject_id, $2, decode(hash, 'hex'), point::vector from unnest($3::uuid[], $4::text[], $5::text[]) as made (subject_id, hash, point)
   on conflict (generation, subject_id) do nothing`,
)

export interface InsertVectorsParams {
  readonly generation: number
  readonly label: string
  readonly vectors: readonly (Omit<MissingVector, 'text'> & { readonly point: readonly number[] })[]
}

export async function insertVectors(executor: Executor, { generation, label, vectors }: InsertVectorsParams): Promise<void> {
  if (vectors.length === 0) return
  await executor.run(INSERT, [
    generation,
    label,
    vectors.map(({ productId }) => productId),
    vectors.map(({ documentHash }) => Buffer.from(documentHash).toString('hex')),
    vectors.map(({ point }) => JSON.stringify(point)),
  ])
}

/** What is farther away is not alike at all, with any model that we know. */
const LEAST_LIKENESS = 0.2

const FIND_NEAREST = statement(
  'stores_search_find_nearest',
  `select p.id as "productId", coalesce(nullif(s.language, ''), '') as language, 1 - near.distance as score,
     search_in(p.name, s.language) as title, left(search_in(p.description, s.language), 4000) as description
   from store s
   cross join lateral (
     select v.subject_id, v.embedding <=> $2::vector as distance from search_vector v where v.generation = s.search_generation and v.label = $3
   ) near
   join product p on p.id = near.subject_id and p.store_id = s.id and p.removed_at is null and p.is_published
   where s.id = $1::uuid and near.distance <= 1 - ${LEAST_LIKENESS}
   order by near.distance, p.id limit $4::integer`,
)

export interface NearestProduct {
  readonly productId: string
  readonly language: string
  readonly score: number
  readonly title: string
  readonly description: string
}

export function findNearest(
  executor: Executor,
  { storeId, point, label, limit }: { storeId: string; point: readonly number[]; label: string; limit: number },
): Promise<NearestProduct[]> {
  return executor.run<NearestProduct>(FIND_NEAREST, [storeId, JSON.stringify(point), label, limit])
}
