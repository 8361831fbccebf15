import { newUuid } from '../../../base/ids.ts'
import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const WRITE_PROBE = statement(
  'maintenance_write_probe',
  `insert into maintenance_probe (operation_id, token) values ($1::uuid, $2::uuid)
on conflict (operation_id) do update set token = excluded.token, written_at = now()`,
)

/** Writes something that nobody has written before; answers it. */
export async function writeProbe(executor: Executor, operationId: string): Promise<string> {
  const token = newUuid()
  await executor.run(WRITE_PROBE, [operationId, token])
  return token
}

const READ_PROBE = statement('maintenance_read_probe', 'select token from maintenance_probe where operation_id = $1::uuid')

export async function readProbe(executor: Executor, operationId: string): Promise<string | undefined> {
  const [row] = await executor.run<{ token: string }>(READ_PROBE, [operationId])
  return row?.token
}

const REMOVE_PROBE = statement('maintenance_remove_probe', 'delete from maintenance_probe where operation_id = $1::uuid')

export async function removeProbe(executor: Executor, operationId: string): Promise<void> {
  await executor.run(REMOVE_PROBE, [operationId])
}
