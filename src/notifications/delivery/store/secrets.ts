import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// "do update" so that the row comes back whoever made it.
const ENSURE_SECRET = statement(
  'delivery_ensure_secret',
  'insert into delivery_secret as known (name, value) values ($1, $2) on conflict (name) do update set value = known.value returning value',
)

const READ_SECRET = statement('delivery_read_secret', 'select value from delivery_secret where name = $1')

/** The shared secret of this name: the given value if there was none. */
export async function ensureSecret(executor: Executor, name: string, value: Buffer): Promise<Buffer> {
  const [row] = await executor.run<{ value: Buffer }>(ENSURE_SECRET, [name, value])
  if (!row) throw new Error(`the secret ${name} was neither found nor made`)
  return row.value
}

export async function readSecret(executor: Executor, name: string): Promise<Buffer | undefined> {
  const [row] = await executor.run<{ value: Buffer }>(READ_SECRET, [name])
  return row?.value
}
