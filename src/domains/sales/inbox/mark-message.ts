import type { Json } from '../../../base/json.ts'
import type { SeenMark } from '../store/read-inbox.ts'

/** What an administrator has seen, as it travels between instances. */
export const markMessage = (userId: string, mark: SeenMark): Json => [userId, mark.seen, mark.seenAt?.getTime() ?? null]

/** `undefined` for what another version may have sent. */
export function readMarkMessage(message: Json): { readonly userId: string; readonly mark: SeenMark } | undefined {
  if (!Array.isArray(message)) return undefined
  const [userId, seen, seenAtMs] = message as readonly Json[]
  if (typeof userId !== 'string' || typeof seen !== 'number') return undefined
  return { userId, mark: { seen, seenAt: typeof seenAtMs === 'number' ? new Date(seenAtMs) : null } }
}
