import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'

const STORE_CODE = statement(
  'destination_store_code',
  `update notification_destination set code_hash = $2, code_expires_at = now() + $3 * interval '1 millisecond', code_tries = 0
   where id = $1 and verified_at is null returning id`,
)

// Counted before anybody compares, so that guesses at the same time are all counted.
const TAKE_TRY = statement(
  'destination_take_try',
  `update notification_destination set code_tries = code_tries + 1
   where id = $1 and verified_at is null and code_expires_at > now() and code_tries < $2 returning code_hash as "codeHash"`,
)

const MARK_VERIFIED = statement(
  'destination_mark_verified',
  `update notification_destination set verified_at = coalesce(verified_at, now()), code_hash = null, code_expires_at = null where id = $1`,
)

const INSERT_MESSAGE = statement(
  'delivery_insert_message',
  `with told as (
     update notification_destination set last_state = 'pending', last_at = now(), last_error = null where id = $3 returning id
   )
   insert into delivery (id, purpose, destination_id, version, version_at, due_at, sealed) select $1::uuid, $2::text, id, 1, now(), now(), $4::text from told`,
)

const READ_SECRETS = statement('destination_read_secrets', 'select secrets from notification_destination where id = $1 for no key update')
const WRITE_SECRETS = statement('destination_write_secrets', 'update notification_destination set secrets = $2 where id = $1')

/** False: it is verified already. */
export async function storeCode(executor: Executor, id: string, code: { readonly hash: Buffer; readonly lifeMs: number }): Promise<boolean> {
  return (await executor.run(STORE_CODE, [id, code.hash, code.lifeMs])).length > 0
}

/** What the code must hash to; `undefined`: no code is awaited, it has expired, or too many were tried. */
export async function takeTry(executor: Executor, id: string, mostTries: number): Promise<Buffer | undefined> {
  const [row] = await executor.run<{ codeHash: Buffer | null }>(TAKE_TRY, [id, mostTries])
  return row?.codeHash ?? undefined
}

export async function markVerified(executor: Executor, id: string): Promise<void> {
  await executor.run(MARK_VERIFIED, [id])
}

export interface InsertMessageParams {
  readonly id: string
  readonly purpose: 'test' | 'code'
  readonly destinationId: string
  /** Sealed code. */
  readonly sealed: string | null
}

/** A message that is no notification, due at once. */
export async function insertMessage(executor: Executor, { id, purpose, destinationId, sealed }: InsertMessageParams): Promise<void> {
  await executor.run(INSERT_MESSAGE, [id, purpose, destinationId, sealed])
}

/** Locked until the transaction ends. */
export async function readSecrets(executor: Executor, id: string): Promise<string | undefined> {
  const [row] = await executor.run<{ secrets: string | null }>(READ_SECRETS, [id])
  return row?.secrets ?? undefined
}

export async function writeSecrets(executor: Executor, id: string, secrets: string): Promise<void> {
  await executor.run(WRITE_SECRETS, [id, secrets])
}
