import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

const CONFIRM_NUMBER = statement(
  'stores_confirm_number',
  `update whatsapp_number
   set phone = $3, provider = $4, verified_by = registered_by, verified_at = challenged_at, tested_at = null, last_event_at = null, updated_at = now()
   where store_id = $1 and registered_by = $2::uuid and challenged_at is not null
   returning store_id`,
)
const NOTE_TESTED = statement(
  'stores_note_tested',
  `update whatsapp_number set tested_at = coalesce(tested_at, now()), updated_at = now() where store_id = $1 and verified_by = $2::uuid`,
)

export interface ConfirmNumberParams {
  readonly storeId: string
  /** The setup, whose webhook must have been verified. */
  readonly operationId: string
  readonly phone: string
  readonly provider: string
}

/** The number takes the place of the one before. False: its webhook is not verified. */
export async function confirmNumber(executor: Executor, { storeId, operationId, phone, provider }: ConfirmNumberParams): Promise<boolean> {
  return (await executor.run(CONFIRM_NUMBER, [storeId, operationId, phone, provider])).length > 0
}

export async function noteTested(executor: Executor, storeId: string, operationId: string): Promise<void> {
  await executor.run(NOTE_TESTED, [storeId, operationId])
}
