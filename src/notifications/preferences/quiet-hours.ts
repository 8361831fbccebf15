/**
 * Quiet hours: a time of the day by the wall clock of a zone. Days with a clock change are no exception: they begin at the first instant at which
 * the clock shows the beginning, and end at the last one at which it shows the end. A time that is left out (spring) is the instant of the
 * change; one that comes twice (autumn) begins early and ends late, so that nothing is sent in between.
 */
export interface QuietHours {
  /** IANA, such as `Europe/Madrid`. */
  readonly timeZone: string
  /** ISO weekdays (1 Monday to 7 Sunday) on which they begin. */
  readonly days: readonly number[]
  /** Minutes since midnight. */
  readonly fromMinute: number
  /** Not after `fromMinute`: on the next day. */
  readonly untilMinute: number
  readonly enabled: boolean
}

export const EVERY_DAY: readonly number[] = [1, 2, 3, 4, 5, 6, 7]

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const MINUTES_A_DAY = 1_440
const LONGEST_ZONE = 60

/** When the quiet hours end in which an instant lies; `undefined`: it lies in none. Milliseconds since the epoch. */
export function quietUntil(hours: QuietHours, nowMs: number): number | undefined {
  if (!hours.enabled) return undefined
  const today = localDay(hours.timeZone, nowMs)
  const lengthDays = hours.untilMinute <= hours.fromMinute ? 1 : 0
  // The day before: they may have begun then.
  for (const day of [today - DAY_MS, today]) {
    if (!hours.days.includes(isoWeekday(day))) continue
    const from = instantsOf(hours.timeZone, day + hours.fromMinute * MINUTE_MS).first
    const until = instantsOf(hours.timeZone, day + lengthDays * DAY_MS + hours.untilMinute * MINUTE_MS).last
    if (from <= nowMs && nowMs < until) return until
  }
  return undefined
}

/** The zone's usual name; `undefined` for anything that is no IANA zone, offsets included. */
export function parseTimeZone(text: string): string | undefined {
  if (text.length > LONGEST_ZONE || !/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(text)) return undefined
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

/** `22:30` as minutes since midnight. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined
}

export function formatTimeOfDay(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor((minute % MINUTES_A_DAY) / 60))}:${two(minute % 60)}`
}

/** Midnight of the local day as if the zone were UTC. */
const localDay = (timeZone: string, nowMs: number): number => {
  const local = nowMs + offsetMs(timeZone, nowMs)
  return local - (((local % DAY_MS) + DAY_MS) % DAY_MS)
}

const isoWeekday = (day: number): number => new Date(day).getUTCDay() || 7

/** The first and the last instant at which a clock of the zone shows a time, given as if the zone were UTC. */
function instantsOf(timeZone: string, wall: number): { readonly first: number; readonly last: number } {
  const offsets = [offsetMs(timeZone, wall - DAY_MS), offsetMs(timeZone, wall + DAY_MS)] as const
  const shown = offsets.map((offset) => wall - offset).filter((instant) => instant + offsetMs(timeZone, instant) === wall)
  if (shown.length > 0) return { first: Math.min(...shown), last: Math.max(...shown) }
  const change = changeBetween(timeZone, wall - Math.max(...offsets), wall - Math.min(...offsets))
  return { first: change, last: change }
}

/** When the clock changes between two instants; by halves, to the second. */
function changeBetween(timeZone: string, from: number, until: number): number {
  const before = offsetMs(timeZone, from)
  let [low, high] = [from, until]
  while (high - low > 1_000) {
    const middle = low + Math.floor((high - low) / 2_000) * 1_000
    if (middle === low) break
    if (offsetMs(timeZone, middle) === before) low = middle
    else high = middle
  }
  return high
}

const formats = new Map<string, Intl.DateTimeFormat>()
const MOST_FORMATS = 600

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
  const made = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23', ...parts })
  // Each weighs some kilobytes, and users choose the zones.
  if (formats.size >= MOST_FORMATS) formats.clear()
  formats.set(timeZone, made)
  return made
}

/** How far the zone's clock is ahead of UTC at an instant. */
function offsetMs(timeZone: string, instant: number): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000
}
