import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

/** The first request of a registration counts; a token that was replaced meanwhile does not. */
const NOTE_CHALLENGE = statement(
  'stores_note_challenge',
  `update whatsapp_number set challenged_at = now(), updated_at = now() where store_id = $1 and verify_token_hash = $2 and challenged_at is null`,
)
/** Once in a second is often enough: events may come by the hundred. */
const NOTE_EVENT = statement(
  'stores_note_event',
  `update whatsapp_number set last_event_at = now() where store_id = $1 and (last_event_at is null or last_event_at < now() - interval '1 second')`,
)

export async function noteChallenge(executor: Executor, storeId: string, verifyTokenHash: Uint8Array): Promise<void> {
  await executor.run(NOTE_CHALLENGE, [storeId, verifyTokenHash])
}

export async function noteEvent(executor: Executor, storeId: string): Promise<void> {
  await executor.run(NOTE_EVENT, [storeId])
}
