import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { IndexPart } from '../search-index.ts'

export interface KnownWord {
  readonly word: string
  readonly lexeme: string
  readonly documentCount: number
}

export interface NearWord extends KnownWord {
  /** What the word may be in an index. */
  readonly forms: readonly string[]
}

export interface Vocabulary {
  readonly generation: number
  /** Documents of products. */
  readonly total: number
  readonly known: readonly KnownWord[]
}

const FIND_WORDS = statement(
  'stores_search_find_words',
  `select b.generation, coalesce(b.document_count, 0) as total, k.word, k.lexeme, k.document_count as "documentCount"
   from store s
   join search_build b on b.generation = s.search_generation
   left join lateral (
     select w.word, v.word as lexeme, v.document_count
     from unnest($2::text[]) as w (word) cross join lateral unnest(search_forms(w.word)) as form
     join search_word v on v.generation = b.generation and v.kind = $3 and v.word = form
   ) k on true
   where s.id = $1`,
)

/** What the index that is in use knows of words; `undefined`: there is none. */
export async function findWords(executor: Executor, wanted: { storeId: string; kind: IndexPart; words: readonly string[] }): Promise<Vocabulary | undefined> {
  type Row = Omit<KnownWord, 'word'> & { readonly generation: number; readonly total: number; readonly word: string | null }
  const rows = await executor.run<Row>(FIND_WORDS, [wanted.storeId, wanted.words, wanted.kind])
  const [first] = rows
  if (!first) return undefined
  return { generation: first.generation, total: first.total, known: rows.flatMap(({ word, ...row }) => (word === null ? [] : [{ ...row, word }])) }
}

const CANDIDATES = 40

const NEAR_BY_TRIGRAMS = statement(
  'stores_search_near_trigrams',
  `select w.word, w.forms, near.word as lexeme, near.document_count as "documentCount"
   from (select word, search_forms(word) as forms from unnest($3::text[]) as word) w
   cross join lateral (
     select v.word, v.document_count, max(similarity(v.word, form)) as likeness
     from search_word v cross join lateral unnest(w.forms) as form
     where v.generation = $1 and v.kind = $2 and length(v.word) between length(w.word) - 4 and length(w.word) + 2
     group by v.word, v.document_count having max(similarity(v.word, form)) >= 0.25
     order by likeness desc, v.document_count desc limit ${CANDIDATES}
   ) near`,
)

/** Letters that sound alike in Spanish, and a silent h, begin the words that are compared; a slip in another first letter is not forgiven. */
const NEAR_BY_LETTERS = statement(
  'stores_search_near_letters',
  `select w.word, w.forms, v.word as lexeme, v.document_count as "documentCount"
   from (select word, search_forms(word) as forms, case
       when word ~ '^[bv]' then array['b', 'v'] when word ~ '^[zsckqx]' then array['z', 's', 'c', 'k', 'q', 'x'] when word ~ '^h' then array['h', substr(word, 2, 1)]
       when word ~ '^[aeiou]' then array[left(word, 1), 'h' || left(word, 1)] when word ~ '^[gj]' then array['g', 'j'] when word ~ '^[yl]' then array['y', 'l']
       else array[left(word, 1)] end as letters
     from unnest($3::text[]) as word) w
   cross join lateral unnest(w.letters) as letter
   join search_word v on v.generation = $1 and v.kind = $2 and v.word >= letter collate "C" and v.word < letter || U&'\\FFFD' collate "C"
     and length(v.word) between length(w.word) - 4 and length(w.word) + 2
   where letter <> ''`,
)

/** Words of the index that misspelt ones may have meant; the caller judges. */
export function findNearWords(
  executor: Executor,
  wanted: { generation: number; kind: IndexPart; words: readonly string[]; hasTrigrams: boolean },
): Promise<NearWord[]> {
  return executor.run<NearWord>(wanted.hasTrigrams ? NEAR_BY_TRIGRAMS : NEAR_BY_LETTERS, [wanted.generation, wanted.kind, wanted.words])
}

const HAS_TRIGRAMS = statement('stores_search_has_trigrams', `select to_regproc('similarity') is not null as "has"`)

/** Whether pg_trgm is there. */
export async function hasTrigrams(executor: Executor): Promise<boolean> {
  const [row] = await executor.run<{ has: boolean }>(HAS_TRIGRAMS, [])
  return row?.has === true
}
