import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import { storeKeyOf, whatsappKeyOf } from '../operations/exclusive.ts'

/** An operation of a store that is not done, and whose time has come. */
export interface ActiveOperation {
  readonly storeId: string
  readonly operationId: string
  readonly type: string
}

interface Row {
  readonly key: string
  readonly operationId: string
  readonly type: string
}

/**
 * By the exclusive keys that a store's operations have. What matters most first: what is under way before what waits, then by priority, then what came first. One
 * whose start lies in the future is not active. Plan (tests/domains/stores/store/plans.test.ts): operation_unfinished_key_idx, one probe per key.
 */
export const ACTIVE_OPERATIONS = statement(
  'stores_active_operations',
  `select o.exclusive_key as key, o.id as "operationId", o.type from operation o
  where o.exclusive_key = any($1::text[]) and o.finished_at is null and not (o.state = 'queued' and o.run_at > now())
  order by o.state = 'queued', o.priority desc, o.id`,
)

/** Of each store, in the order asked. What changes its connection, catalogue or index stands before the setup of its messages. */
export async function findActiveOperations(executor: Executor, storeIds: readonly string[]): Promise<readonly (readonly ActiveOperation[])[]> {
  const rows = await executor.run<Row>(ACTIVE_OPERATIONS, [storeIds.flatMap((id) => [storeKeyOf(id), whatsappKeyOf(id)])])
  const byKey = Map.groupBy(rows, ({ key }) => key)
  return storeIds.map((storeId) =>
    [storeKeyOf(storeId), whatsappKeyOf(storeId)].flatMap((key) =>
      (byKey.get(key) ?? []).map(({ operationId, type }): ActiveOperation => ({ storeId, operationId, type })),
    ),
  )
}
