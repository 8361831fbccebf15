import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

// The revision is read before any document is: what changes from now on makes the index stale.
const OPEN_BUILD = statement(
  'stores_search_open_build',
  `with opened as (
     insert into search_build (store_id, operation_id, catalogue_revision) select id, $2::uuid, catalogue_revision from store where id = $1 and not exists (select 1 from search_build where operation_id = $2::uuid)
     on conflict (operation_id) do nothing returning generation
   )
   select generation from opened union all select generation from search_build where operation_id = $2::uuid limit 1`,
)

/** Begins an index of the store, or finds the one that the operation began before; `undefined`: the store is gone. */
export async function openBuild(executor: Executor, build: { readonly storeId: string; readonly operationId: string }): Promise<number | undefined> {
  const [row] = await executor.run<{ generation: number }>(OPEN_BUILD, [build.storeId, build.operationId])
  return row?.generation
}

const SWAP = statement(
  'stores_search_swap',
  `with build as (
     update search_build set document_count = (select count(*) from search_document d where d.generation = search_build.generation and d.kind = 'products')
     where operation_id = $1 and document_count is null returning generation, store_id, catalogue_revision
   )
   update store s set search_generation = build.generation, indexed_revision = build.catalogue_revision, updated_at = now()
   from build where s.id = build.store_id`,
)

/** Puts what the operation built in use; nothing happens where it is already. */
export async function swapIn(executor: Executor, operationId: string): Promise<void> {
  await executor.run(SWAP, [operationId])
}

const FIND_UNUSED = statement(
  'stores_search_find_unused',
  `select b.generation from search_build b join store s on s.id = b.store_id where b.store_id = $1 and b.generation <> s.search_generation order by 1`,
)

/** Indexes of the store that are not in use. */
export async function findUnused(executor: Executor, storeId: string): Promise<number[]> {
  return (await executor.run<{ generation: number }>(FIND_UNUSED, [storeId])).map(({ generation }) => generation)
}

const REMOVE_DOCUMENTS = statement(
  'stores_search_remove_documents',
  `with gone as (
     select kind, subject_id, language from search_document where generation = $1 order by generation, kind, subject_id, language limit $2
   ), removed as (
     delete from search_document d using gone where d.generation = $1 and d.kind = gone.kind and d.subject_id = gone.subject_id and d.language = gone.language returning 1
   )
   select count(*) as count from removed`,
)

/** Removes some documents of an index; answers how many. */
export async function removeDocuments(executor: Executor, generation: number, most: number): Promise<number> {
  const [row] = await executor.run<{ count: number }>(REMOVE_DOCUMENTS, [generation, most])
  return row?.count ?? 0
}

const REMOVE_WORDS = statement(
  'stores_search_remove_words',
  `with gone as (
     select kind, word from search_word where generation = $1 order by generation, kind, word limit $2
   ), removed as (
     delete from search_word w using gone where w.generation = $1 and w.kind = gone.kind and w.word = gone.word returning 1
   )
   select count(*) as count from removed`,
)

/** Likewise for its words. */
export async function removeWords(executor: Executor, generation: number, most: number): Promise<number> {
  const [row] = await executor.run<{ count: number }>(REMOVE_WORDS, [generation, most])
  return row?.count ?? 0
}

// Only one that is not in use: whatever was seen before, this decides.
const REMOVE_BUILD = statement(
  'stores_search_remove_build',
  `delete from search_build b using store s where b.generation = $1 and s.id = b.store_id and s.search_generation <> b.generation`,
)

/** Forgets an index whose documents are gone. */
export async function removeBuild(executor: Executor, generation: number): Promise<void> {
  await executor.run(REMOVE_BUILD, [generation])
}

const COUNT_DOCUMENTS = statement(
  'stores_search_count_documents',
  `select count(*) as count from search_document where generation = $1 and kind = any($2::text[])`,
)

export async function countDocuments(executor: Executor, generation: number, kinds: readonly string[]): Promise<number> {
  const [row] = await executor.run<{ count: number }>(COUNT_DOCUMENTS, [generation, kinds])
  return row?.count ?? 0
}

const DETACH = statement('stores_search_detach_build', 'update search_build set operation_id = null where operation_id = $1')

/** The operation begins another index when it runs again; one that is in use stays. */
export async function detachBuild(executor: Executor, operationId: string): Promise<void> {
  await executor.run(DETACH, [operationId])
}
