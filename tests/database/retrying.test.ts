import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { withConnectionRetry } from '../../src/database/retrying.ts'

/** Time that passes only by sleeping. */
function sleepingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  const monotonic = () => slept.reduce((sum, ms) => sum + ms, 0)
  const sleep = (ms: number) => {
    slept.push(ms)
    return Promise.resolve()
  }
  return { slept, now: monotonic, monotonic, sleep, after: () => () => {} }
}

const lost = Object.assign(new Error('lost'), { code: 'ECONNRESET' })

describe('withConnectionRetry', () => {
  test('repeats the work until it succeeds', async () => {
    const clock = sleepingClock()
    let calls = 0
    const work = () => {
      calls += 1
      return calls < 4 ? Promise.reject(lost) : Promise.resolve('done')
    }
    expect(await withConnectionRetry(work, { clock, deadlineMs: 10_000 })).toBe('done')
    expect(clock.slept).toHaveLength(3)
    expect(Math.min(...clock.slept)).toBeGreaterThan(0)
  })

  test('gives up at the deadline with the last error', async () => {
    const clock = sleepingClock()
    await expect(withConnectionRetry(() => Promise.reject(lost), { clock, deadlineMs: 5_000 })).rejects.toBe(lost)
    expect(clock.monotonic()).toBeLessThanOrEqual(5_000)
  })

  test('does not repeat what failed for another reason', async () => {
    const clock = sleepingClock()
    const failure = Object.assign(new Error('duplicate'), { code: '23505' })
    await expect(withConnectionRetry(() => Promise.reject(failure), { clock, deadlineMs: 5_000 })).rejects.toBe(failure)
    expect(clock.slept).toEqual([])
  })

  test('ends at once when it is aborted', async () => {
    const stop = new AbortController()
    let calls = 0
    const work = () => {
      calls += 1
      stop.abort()
      return Promise.reject(lost)
    }
    await expect(withConnectionRetry(work, { clock: sleepingClock(), deadlineMs: 5_000, signal: stop.signal })).rejects.toBe(lost)
    expect(calls).toBe(1)
  })
})
