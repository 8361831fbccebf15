import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

export interface WebhookRecord {
  readonly storeId: string
  readonly webhookKey: string
  readonly verifyTokenHash: Uint8Array
  /** The setup that registered it last. */
  readonly registeredBy: string
  readonly challengedAt: Date | null
  /** The setup that brought the number in use. */
  readonly verifiedBy: string | null
}

const COLUMNS = `store_id as "storeId", webhook_key as "webhookKey", verify_token_hash as "verifyTokenHash", registered_by as "registeredBy",
   challenged_at as "challengedAt", verified_by as "verifiedBy"`
const FIND_WEBHOOK = statement('stores_find_webhook', `select ${COLUMNS} from whatsapp_number where webhook_key = $1`)
const READ_WEBHOOK = statement('stores_read_webhook', `select ${COLUMNS} from whatsapp_number where store_id = $1`)

/** By the last part of its address. */
export async function findWebhook(executor: Executor, webhookKey: string): Promise<WebhookRecord | undefined> {
  return (await executor.run<WebhookRecord>(FIND_WEBHOOK, [webhookKey]))[0]
}

export async function readWebhook(executor: Executor, storeId: string): Promise<WebhookRecord | undefined> {
  return (await executor.run<WebhookRecord>(READ_WEBHOOK, [storeId]))[0]
}
