import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { CategoryMatcher } from '../categories.ts'

const READ_SLICE = statement('imports_read_slice', 'select line, description from statement_row where batch_id = $1 and line > $2 order by line limit $3')

const RECATEGORIZE_SLICE = statement(
  'imports_recategorize_slice',
  `update statement_row set category = wanted.category from unnest($2::integer[], $3::text[]) as wanted (line, category)
   where batch_id = $1 and statement_row.line = wanted.line and statement_row.category is distinct from wanted.category returning statement_row.line`,
)

export interface RecategorizeSliceParams {
  readonly batchId: string
  readonly afterLine: number
  readonly limit: number
}

/** A slice of a batch's rows with what their categories should be; empty at the end. */
export interface CategorySlice {
  readonly lines: readonly number[]
  readonly categories: readonly (string | null)[]
}

export async function readCategorySlice(executor: Executor, params: RecategorizeSliceParams, matcher: CategoryMatcher): Promise<CategorySlice> {
  const rows = await executor.run<{ line: number; description: string }>(READ_SLICE, [params.batchId, params.afterLine, params.limit])
  return { lines: rows.map((row) => row.line), categories: rows.map((row) => matcher.categoryOf(row.description)) }
}

/** Answers how many rows changed. */
export async function recategorizeRows(executor: Executor, batchId: string, slice: CategorySlice): Promise<number> {
  const changed = await executor.run(RECATEGORIZE_SLICE, [batchId, slice.lines, slice.categories])
  return changed.length
}
