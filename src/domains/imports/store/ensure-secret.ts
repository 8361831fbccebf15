import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

// "do update" so that the row comes back whoever made it.
const ENSURE_SECRET = statement(
  'imports_ensure_secret',
  `insert into imports_secret as known (name, value) values ($1, $2) on conflict (name) do update set value = known.value returning value, xmax = 0 as made`,
)

/** The shared secret of this name: the given value if there was none. `made` tells which. */
export async function ensureSecret(executor: Executor, name: string, value: Buffer): Promise<{ readonly value: Buffer; readonly made: boolean }> {
  const [secret] = await executor.run<{ value: Buffer; made: boolean }>(ENSURE_SECRET, [name, value])
  if (!secret) throw new Error(`the secret ${name} was neither found nor made`)
  return secret
}
