import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { type CategoryRule, MOST_CATEGORY_RULES } from '../categories.ts'

const SET_CATEGORY_RULE = statement(
  'imports_set_category_rule',
  `insert into category_rule (id, pattern, category, position)
   select $1::uuid, $2, $3, $4::integer where (select count(*) from category_rule where id <> $1::uuid) < $5
   on conflict (id) do update set pattern = excluded.pattern, category = excluded.category, position = excluded.position, updated_at = now()
   returning id, pattern, category, position`,
)

/** Makes a rule or changes the one with this id; `undefined` when there are too many. */
export async function setCategoryRule(executor: Executor, rule: CategoryRule): Promise<CategoryRule | undefined> {
  const [stored] = await executor.run<CategoryRule>(SET_CATEGORY_RULE, [rule.id, rule.pattern, rule.category, rule.position, MOST_CATEGORY_RULES])
  return stored
}
