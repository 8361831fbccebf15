import type { ChannelName } from '../channels/channel.ts'

/** How often something may happen: so many a second on average, and so many at once after a while without any (GCRA). */
export interface PaceLimit {
  readonly perSecond: number
  readonly burst: number
}

/** Milliseconds since the epoch, of the database's clock. */
export interface Pace {
  readonly nextAtMs: number
  readonly closedUntilMs: number
}

/** When the next one may happen, and the pace after it. */
export function takeTurn(pace: Pace, { perSecond, burst }: PaceLimit, nowMs: number): { readonly atMs: number; readonly pace: Pace } {
  const intervalMs = 1_000 / perSecond
  const atMs = Math.max(nowMs, pace.closedUntilMs, pace.nextAtMs - (burst - 1) * intervalMs)
  return { atMs, pace: { ...pace, nextAtMs: Math.max(atMs, pace.nextAtMs) + intervalMs } }
}

export interface ChannelPace {
  /** All messages of the channel together. */
  readonly channel: PaceLimit
  readonly destination: PaceLimit
}

export type ChannelPaces = Readonly<Record<ChannelName, ChannelPace>>

/** Slack and Teams take about one message a second and webhook; mailboxes and phones belong to people. */
export const CHANNEL_PACES: ChannelPaces = {
  email: { channel: { perSecond: 20, burst: 20 }, destination: { perSecond: 1, burst: 5 } },
  slack: { channel: { perSecond: 40, burst: 40 }, destination: { perSecond: 1, burst: 1 } },
  teams: { channel: { perSecond: 40, burst: 40 }, destination: { perSecond: 1, burst: 1 } },
  webhook: { channel: { perSecond: 200, burst: 200 }, destination: { perSecond: 10, burst: 20 } },
  whatsapp: { channel: { perSecond: 10, burst: 10 }, destination: { perSecond: 0.2, burst: 3 } },
}

/** Codes to addresses that may be somebody else's. */
export const CODES_PER_USER: PaceLimit = { perSecond: 1 / 3_600, burst: 10 }
export const CODES_PER_ADDRESS: PaceLimit = { perSecond: 1 / 1_200, burst: 3 }
export const TESTS_PER_USER: PaceLimit = { perSecond: 1 / 10, burst: 5 }
