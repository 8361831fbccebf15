import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

const PRUNE_REVOCATIONS = statement(
  'revocation_prune',
  `with pruned as (delete from revocation where until_at <= now() returning 1) select count(*)::integer as count from pruned`,
)

/** Deletes those whose tokens have all expired, and answers how many. */
export async function pruneRevocations(executor: Executor): Promise<number> {
  const [row] = await executor.run<{ count: number }>(PRUNE_REVOCATIONS, [])
  return row?.count ?? 0
}
