import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import { storeKeyOf } from '../../operations/exclusive.ts'

const DAYS = 7

// A week is enough for a retry of the connection that brought it.
const FORGET_CANDIDATES = statement(
  'stores_forget_candidates',
  `
  delete from store_credential c using store s
  where s.id = c.store_id and s.credential_id is distinct from c.id and c.created_at < now() - make_interval(days => $1)
    and not exists (select from operation o where o.exclusive_key = $2 || s.id::text and o.finished_at is null)`,
)

/** Forgets tokens that were offered and never accepted. */
export async function forgetCandidates(executor: Executor): Promise<void> {
  await executor.run(FORGET_CANDIDATES, [DAYS, storeKeyOf('')])
}
