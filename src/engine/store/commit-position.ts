import type { Json } from '../../base/json.ts'
import type { Statement, Transaction } from '../../database/database.ts'

/**
 * The last statement of a transaction of a run: stores the position that its work leads to, and proves that the run still owns the operation.
 * The row's lock is held until the commit, so that nobody can take the operation away in between.
 */
const commitPosition: Statement = {
  name: 'commit_position',
  text: `with l as (
  select id, rescues from operation where id = $1::uuid and lease_token = $2 for no key update
),
r as (
  update operation o set rescues = 0 from l where o.id = l.id and l.rescues > 0
),
s as (
  update operation_step x set checkpoint = $4::jsonb from l where x.operation_id = l.id and x.name = $3
)
select id from l`,
}

/** False: the run has lost the operation; roll back. */
export async function storePosition(
  transaction: Transaction,
  params: { readonly id: string; readonly token: number; readonly step: string; readonly position: Json },
): Promise<boolean> {
  const rows = await transaction.run(commitPosition, [params.id, params.token, params.step, JSON.stringify(params.position)])
  return rows.length > 0
}

const proveOwner: Statement = { name: 'prove_owner', text: `select id from operation where id = $1::uuid and lease_token = $2 for no key update` }

/** False: the run has lost the operation; roll back. */
export async function ownsOperation(transaction: Transaction, params: { readonly id: string; readonly token: number }): Promise<boolean> {
  const rows = await transaction.run(proveOwner, [params.id, params.token])
  return rows.length > 0
}

const forgetSteps: Statement = { name: 'forget_steps', text: `delete from operation_step where operation_id = $1::uuid` }
const forgetItems: Statement = { name: 'forget_items', text: `delete from operation_item where operation_id = $1::uuid` }

/** Forgets what an operation has done, so that a retry starts from the beginning. */
export async function forgetWork(transaction: Transaction, id: string): Promise<void> {
  await transaction.run(forgetSteps, [id])
  await transaction.run(forgetItems, [id])
}
