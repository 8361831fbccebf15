import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const DELETE_CATEGORY_RULE = statement('imports_delete_category_rule', 'delete from category_rule where id = $1 returning id')

/** Whether there was such a rule. */
export async function deleteCategoryRule(executor: Executor, id: string): Promise<boolean> {
  const deleted = await executor.run(DELETE_CATEGORY_RULE, [id])
  return deleted.length > 0
}
