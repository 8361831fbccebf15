import { PermanentError } from '../../../../base/errors.ts'
import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

const REGISTER_WEBHOOK = statement(
  'stores_register_webhook',
  `insert into whatsapp_number as n (store_id, webhook_key, verify_token_hash, registered_by)
   select id, $2::text, $3::bytea, $4::uuid from store where id = $1
   on conflict (store_id) do update
     set verify_token_hash = excluded.verify_token_hash, registered_by = excluded.registered_by, challenged_at = null, updated_at = now()
   returning webhook_key as "webhookKey"`,
)

export interface RegisterWebhookParams {
  readonly storeId: string
  /** Used if the store has none yet. */
  readonly webhookKey: string
  readonly verifyTokenHash: Buffer
  /** The setup. */
  readonly operationId: string
}

/** From here on only the new token verifies the webhook. Answers the key of its address. Throws `PermanentError` STORE_GONE. */
export async function registerWebhook(executor: Executor, { storeId, webhookKey, verifyTokenHash, operationId }: RegisterWebhookParams): Promise<string> {
  const [row] = await executor.run<{ readonly webhookKey: string }>(REGISTER_WEBHOOK, [storeId, webhookKey, verifyTokenHash, operationId])
  if (!row) throw new PermanentError('STORE_GONE', 'The store was deleted.')
  return row.webhookKey
}
