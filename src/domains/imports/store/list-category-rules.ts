import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { type CategoryRule, MOST_CATEGORY_RULES } from '../categories.ts'

const LIST_CATEGORY_RULES = statement('imports_list_category_rules', 'select id, pattern, category, position from category_rule order by position, id limit $1')

/** All rules in the order in which they are tried. */
export const listCategoryRules = (executor: Executor): Promise<readonly CategoryRule[]> =>
  executor.run<CategoryRule>(LIST_CATEGORY_RULES, [MOST_CATEGORY_RULES])
