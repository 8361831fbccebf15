import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

const COUNT_REQUESTS = statement('stores_count_requests', `select count(*)::integer as requests from event where stream = $1 and type = 'retried'`)

/** How often somebody asked to have an operation run again. Runs that follow a crash, a pause or a failure by themselves don't count. */
export async function countRequests(executor: Executor, operationId: string): Promise<number> {
  const [row] = await executor.run<{ readonly requests: number }>(COUNT_REQUESTS, [operationId])
  return row?.requests ?? 0
}
