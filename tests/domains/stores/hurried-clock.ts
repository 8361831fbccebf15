import { type Clock, systemClock } from '../../../src/base/clock.ts'

/** A clock whose sleeps end at once and are counted; the time that was slept passes. */
export interface HurriedClock extends Clock {
  readonly slept: readonly number[]
}

export function hurriedClock(): HurriedClock {
  const slept: number[] = []
  let ahead = 0
  return {
    slept,
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    sleep: (ms) => {
      slept.push(ms)
      ahead += ms
      return Promise.resolve()
    },
    after: systemClock.after,
  }
}
