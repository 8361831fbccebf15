import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/base/clock.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Loop } from '../../src/base/service.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Sleeps until it is aborted, and counts the sleeps. */
function dozingClock(): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = []
  const sleep = (ms: number, signal?: AbortSignal) => {
    sleeps.push(ms)
    return new Promise<void>((resolve) => {
      if (signal?.aborted) resolve()
      else signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  return { ...systemClock, sleeps, sleep }
}

describe('Loop', () => {
  test('polls at once, then sleeps as long as the poll said', async () => {
    const clock = dozingClock()
    let polls = 0
    const loop = new Loop({
      clock,
      onError: () => {},
      poll: () => {
        polls += 1
        return Promise.resolve(1_234)
      },
    })
    await loop.start()
    await turn()
    expect([polls, clock.sleeps]).toEqual([1, [1_234]])
    loop.wake()
    await turn()
    expect([polls, clock.sleeps]).toEqual([2, [1_234, 1_234]])
    await loop.stop()
  })

  test('never loses a wake that comes during a poll', async () => {
    const clock = dozingClock()
    const gates: (() => void)[] = []
    const loop = new Loop({ clock, onError: () => {}, poll: () => new Promise((resolve) => gates.push(() => resolve(60_000))) })
    await loop.start()
    loop.wake()
    gates[0]?.()
    await turn()
    expect(gates).toHaveLength(2)
    expect(clock.sleeps).toEqual([])
    gates[1]?.()
    await turn()
    expect(clock.sleeps).toEqual([60_000])
    await loop.stop()
  })

  test('tells of a failed poll and goes on', async () => {
    const clock = dozingClock()
    const errors: unknown[] = []
    const failure = new Error('no')
    let polls = 0
    const loop = new Loop({
      clock,
      retryMs: 77,
      onError: (error) => errors.push(error),
      poll: () => {
        polls += 1
        return polls === 1 ? Promise.reject(failure) : Promise.resolve(5)
      },
    })
    await loop.start()
    await turn()
    loop.wake()
    await turn()
    expect([errors, clock.sleeps]).toEqual([[failure], [77, 5]])
    await loop.stop()
  })

  test('may be stopped before it starts, twice, and while it polls; stop waits for the poll', async () => {
    const clock = dozingClock()
    const gate = Promise.withResolvers<number>()
    const loop = new Loop({ clock, onError: () => {}, poll: () => gate.promise })
    await loop.stop()
    await Promise.all([loop.start(), loop.start()])
    let stopped = false
    const stop = Promise.all([loop.stop(), loop.stop()]).then(() => {
      stopped = true
    })
    await turn()
    expect(stopped).toBe(false)
    gate.resolve(60_000)
    await stop
    expect(clock.sleeps).toEqual([])
  })

  test('starts again after a stop', async () => {
    const clock = dozingClock()
    let polls = 0
    const loop = new Loop({
      clock,
      onError: () => {},
      poll: () => {
        polls += 1
        return Promise.resolve(1)
      },
    })
    for (let round = 1; round <= 2; round += 1) {
      await loop.start()
      await turn()
      await loop.stop()
      expect(polls).toBe(round)
    }
  })
})
