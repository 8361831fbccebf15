import { type QuietHours, quietUntil } from '../preferences/quiet-hours.ts'
import { type PreferenceParts, resolvePreference } from '../preferences/resolve-preference.ts'
import type { NotificationRecord } from '../records.ts'

/** What is done with a delivery that is due, as a function of what is known of it. */
export type Decision =
  | { readonly kind: 'send' }
  /** It is not needed any more, or must not be sent; the reason is kept. */
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  /** In quiet hours, which end then; milliseconds since the epoch. */
  | { readonly kind: 'hold'; readonly untilMs: number }

export type SkipReason = 'gone' | 'seen' | 'dismissed' | 'turned off' | 'not verified' | 'disabled' | 'not repeated' | 'unavailable' | 'verified already'

export interface DecideParams {
  readonly purpose: 'notification' | 'test' | 'code'
  readonly isVerified: boolean
  readonly isDisabled: boolean
  /** Its destination is of the operator's configuration. */
  readonly isOperators: boolean
  /** Whether the channel works on this server. */
  readonly isAvailable: boolean
  /** Whether what was sent can be edited there. */
  readonly edits: boolean
  /** Category of the last message of this notification that arrived there; `null`: none did. */
  readonly sentCategory: string | null
  /** When the notification got the version that is to be sent. */
  readonly versionAt: Date
  readonly notification: NotificationRecord | undefined
  readonly preference: Pick<PreferenceParts, 'user' | 'tenant' | 'everybody' | 'channel'>
  readonly quietHours: QuietHours | undefined
  readonly nowMs: number
}

const SEND: Decision = { kind: 'send' }
const skip = (reason: SkipReason): Decision => ({ kind: 'skip', reason })

export function decide(params: DecideParams): Decision {
  const { purpose, isVerified, isDisabled } = params
  if (!params.isAvailable) return skip('unavailable')
  if (purpose === 'code') return isVerified ? skip('verified already') : SEND
  if (!isVerified) return skip('not verified')
  // A test finds out whether it is any good by now.
  if (purpose === 'test') return SEND
  return isDisabled ? skip('disabled') : decideNotification(params)
}

function decideNotification({ notification, versionAt, preference, quietHours, nowMs, ...params }: DecideParams): Decision {
  if (!notification) return skip('gone')
  // Writers clear both marks with every version. One that came from before it (asked for earlier, written later) is not about this version.
  const isSince = (at: Date | null) => at !== null && at.getTime() >= versionAt.getTime()
  if (isSince(notification.dismissedAt)) return skip('dismissed')
  if (isSince(notification.seenAt)) return skip('seen')
  const { category } = notification
  if (!params.isOperators && !resolvePreference({ ...preference, category }).enabled) return skip('turned off')
  // Where nothing can be edited, each milestone would be one more message: one that it began, and then what came of it.
  if (!params.edits && category === 'progress' && params.sentCategory === 'progress') return skip('not repeated')
  const untilMs = quietHours && notification.urgency !== 'critical' ? quietUntil(quietHours, nowMs) : undefined
  return untilMs === undefined ? SEND : { kind: 'hold', untilMs }
}
