import { describe, expect, test } from 'vitest'
import { EVERY_DAY, formatTimeOfDay, parseTimeOfDay, parseTimeZone, type QuietHours, quietUntil } from '../../../src/notifications/preferences/quiet-hours.ts'

const hours = (timeZone: string, from: string, until: string, more: Partial<QuietHours> = {}): QuietHours => ({
  timeZone,
  days: EVERY_DAY,
  fromMinute: parseTimeOfDay(from) as number,
  untilMinute: parseTimeOfDay(until) as number,
  enabled: true,
  ...more,
})

const endOf = (quiet: QuietHours, at: string): string | undefined => {
  const until = quietUntil(quiet, Date.parse(at))
  return until === undefined ? undefined : new Date(until).toISOString().replace('.000', '')
}

describe('quietUntil', () => {
  test.each([
    // zone, from, until, now, end
    ['UTC', '22:00', '07:00', '2026-01-10T21:59:59Z', undefined],
    ['UTC', '22:00', '07:00', '2026-01-10T22:00:00Z', '2026-01-11T07:00:00Z'],
    ['UTC', '22:00', '07:00', '2026-01-11T06:59:59Z', '2026-01-11T07:00:00Z'],
    ['UTC', '22:00', '07:00', '2026-01-11T07:00:00Z', undefined],
    ['UTC', '13:00', '15:00', '2026-01-11T14:00:00Z', '2026-01-11T15:00:00Z'],
    ['Asia/Kathmandu', '22:00', '07:00', '2026-01-11T00:00:00Z', '2026-01-11T01:15:00Z'],
    ['Pacific/Kiritimati', '22:00', '07:00', '2026-01-11T09:00:00Z', '2026-01-11T17:00:00Z'],
    // Madrid, spring: 2:00 becomes 3:00 on 2026-03-29.
    ['Europe/Madrid', '22:00', '07:00', '2026-03-28T21:30:00Z', '2026-03-29T05:00:00Z'],
    ['Europe/Madrid', '22:00', '07:00', '2026-03-27T21:30:00Z', '2026-03-28T06:00:00Z'],
    // Its end is left out: it ends when the clock jumps over it.
    ['Europe/Madrid', '22:00', '02:30', '2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z'],
    ['Europe/Madrid', '22:00', '02:30', '2026-03-29T01:00:00Z', undefined],
    // Its beginning is left out: it begins when the clock jumps over it.
    ['Europe/Madrid', '02:30', '06:00', '2026-03-29T00:59:59Z', undefined],
    ['Europe/Madrid', '02:30', '06:00', '2026-03-29T01:00:00Z', '2026-03-29T04:00:00Z'],
    // Madrid, autumn: 3:00 becomes 2:00 on 2026-10-25.
    ['Europe/Madrid', '22:00', '07:00', '2026-10-24T20:30:00Z', '2026-10-25T06:00:00Z'],
    // Its end comes twice: it ends at the second.
    ['Europe/Madrid', '22:00', '02:30', '2026-10-25T00:45:00Z', '2026-10-25T01:30:00Z'],
    ['Europe/Madrid', '22:00', '02:30', '2026-10-25T01:29:59Z', '2026-10-25T01:30:00Z'],
    ['Europe/Madrid', '22:00', '02:30', '2026-10-25T01:30:00Z', undefined],
    // Its beginning comes twice: it begins at the first.
    ['Europe/Madrid', '02:30', '06:00', '2026-10-25T00:30:00Z', '2026-10-25T05:00:00Z'],
    ['Europe/Madrid', '02:30', '06:00', '2026-10-25T01:10:00Z', '2026-10-25T05:00:00Z'],
    // New York: 2026-03-08 and 2026-11-01, at 2:00.
    ['America/New_York', '22:00', '07:00', '2026-03-08T04:00:00Z', '2026-03-08T11:00:00Z'],
    ['America/New_York', '22:00', '02:30', '2026-03-08T06:30:00Z', '2026-03-08T07:00:00Z'],
    ['America/New_York', '22:00', '01:30', '2026-11-01T05:45:00Z', '2026-11-01T06:30:00Z'],
    ['America/New_York', '22:00', '07:00', '2026-11-01T04:00:00Z', '2026-11-01T12:00:00Z'],
    // São Paulo changed at midnight: 0:00 became 1:00 on 2018-11-04, 0:00 became 23:00 on 2018-02-18.
    ['America/Sao_Paulo', '22:00', '07:00', '2018-11-04T01:30:00Z', '2018-11-04T09:00:00Z'],
    ['America/Sao_Paulo', '22:00', '00:30', '2018-11-04T02:59:59Z', '2018-11-04T03:00:00Z'],
    ['America/Sao_Paulo', '00:00', '06:00', '2018-11-04T03:00:00Z', '2018-11-04T08:00:00Z'],
    ['America/Sao_Paulo', '22:00', '23:30', '2018-02-18T01:45:00Z', '2018-02-18T02:30:00Z'],
    ['America/Sao_Paulo', '23:30', '06:00', '2018-02-18T01:30:00Z', '2018-02-18T09:00:00Z'],
    // Half an hour, on Lord Howe Island: 2026-04-05, 2:00 becomes 1:30.
    ['Australia/Lord_Howe', '22:00', '01:45', '2026-04-04T14:50:00Z', '2026-04-04T15:15:00Z'],
    // A day that Samoa left out, 2011-12-30: the evening before ends on the morning after.
    ['Pacific/Apia', '22:00', '07:00', '2011-12-30T09:00:00Z', expect.stringMatching(/^2011-12-30T(?:10:00|17:00):00Z$/)],
  ])('%s, %s to %s, at %s: %s', (...[zone, from, until, now, expected]) => {
    expect(endOf(hours(zone, from, until), now)).toEqual(expected)
  })

  test('days are those on which they begin', () => {
    const weekdays = hours('UTC', '22:00', '07:00', { days: [5] })
    // 2026-01-09 is a Friday.
    expect(endOf(weekdays, '2026-01-09T23:00:00Z')).toBe('2026-01-10T07:00:00Z')
    expect(endOf(weekdays, '2026-01-10T03:00:00Z')).toBe('2026-01-10T07:00:00Z')
    expect(endOf(weekdays, '2026-01-10T23:00:00Z')).toBeUndefined()
    expect(endOf(weekdays, '2026-01-09T03:00:00Z')).toBeUndefined()
  })

  test('nothing is quiet when they are off', () => {
    expect(endOf(hours('UTC', '22:00', '07:00', { enabled: false }), '2026-01-10T23:00:00Z')).toBeUndefined()
  })

  test.each(['Europe/Madrid', 'America/Sao_Paulo', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tehran'])(
    'in %s the end lies ahead, within a day and some hours, at every quarter of two years',
    (zone) => {
      const quiet = hours(zone, '22:00', '07:00')
      let quarters = 0
      for (let now = Date.parse('2018-01-01T00:00:00Z'); now < Date.parse('2019-01-01T00:00:00Z'); now += 45 * 60_000) {
        const until = quietUntil(quiet, now)
        if (until === undefined) continue
        quarters += 1
        expect(until).toBeGreaterThan(now)
        expect(until - now).toBeLessThanOrEqual(10 * 3_600_000)
        expect(quietUntil(quiet, until)).toBeUndefined()
      }
      expect(quarters).toBeGreaterThan(4_000)
    },
  )
})

test.each([
  ['Europe/Madrid', 'Europe/Madrid'],
  ['europe/madrid', 'Europe/Madrid'],
  ['UTC', 'UTC'],
  ['+02:00', undefined],
  ['Mars/Olympus', undefined],
  ['', undefined],
  ['x'.repeat(500), undefined],
  ['Europe/Madrid\u0000', undefined],
])('the time zone %j is %s', (text, expected) => {
  expect(parseTimeZone(text)).toBe(expected)
})

test.each(['24:00', '7:00', '07:60', '', '07:00:00', '-1:00'])('%j is no time of the day', (text) => {
  expect(parseTimeOfDay(text)).toBeUndefined()
})

test('times of the day are shown as they are typed', () => {
  expect(['00:00', '07:05', '23:59'].map((text) => formatTimeOfDay(parseTimeOfDay(text) as number))).toEqual(['00:00', '07:05', '23:59'])
})
