import { describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { FaultLimit } from '../../src/telemetry/fault-limit.ts'

describe('FaultLimit', () => {
  test('tells a fault at once, then every half minute with how often it happened meanwhile, each kind by itself', () => {
    let now = 0
    const clock: Clock = { ...systemClock, monotonic: () => now }
    const limit = new FaultLimit(clock)
    expect([limit.admit('A'), limit.admit('A'), limit.admit('B'), limit.admit('A')]).toEqual([0, undefined, 0, undefined])
    now = 30_000
    expect([limit.admit('A'), limit.admit('A'), limit.admit('B')]).toEqual([2, undefined, 0])
  })

  test('holds no more than a few kinds', () => {
    const limit = new FaultLimit(systemClock)
    for (let kind = 0; kind < 32; kind += 1) limit.admit(`${kind}`)
    expect(limit.admit('0')).toBeUndefined()
    limit.admit('one too many')
    expect(limit.admit('0')).toBe(0)
  })
})
