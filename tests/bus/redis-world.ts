import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { createRedisBus, type RedisBusParams } from '../../src/bus/redis/redis-bus.ts'
import { type FactName, type Facts, Telemetry } from '../../src/telemetry/facts.ts'
import type { BusPair } from './bus-conformance.ts'

export const PREFIX = 'batuta-test:'

/** For a whole file: no promise may be left behind that nobody catches. */
export function expectNothingUnhandled(): void {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(() => {
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
}

/** A bus that notes its facts and lets the test wait for one. */
export function createBus(url: string, params: Pick<RedisBusParams, 'heartbeatMs' | 'silentMs' | 'tlsCa'> = {}) {
  const telemetry = new Telemetry()
  const noted: { readonly name: FactName; readonly fact: Facts[FactName] }[] = []
  const waiting: { readonly name: FactName; readonly resolve: () => void }[] = []
  telemetry.listen((name, fact) => {
    noted.push({ name, fact })
    for (const entry of waiting) if (entry.name === name) entry.resolve()
  })
  /** Resolves with the next one. */
  const fact = (name: FactName) => new Promise<void>((resolve) => waiting.push({ name, resolve }))
  const facts = <Name extends FactName>(name: Name) => noted.filter((each) => each.name === name).map((each) => each.fact as Facts[Name])
  return { bus: createRedisBus({ url, keyPrefix: PREFIX, telemetry, clock: systemClock, ...params }), fact, facts }
}

/** Resolves at the next gap that the bus tells of. */
export const nextGap = (bus: ReturnType<typeof createBus>['bus']): Promise<void> =>
  new Promise((resolve) => {
    const leave = bus.onGap(() => {
      leave()
      resolve()
    })
  })

export interface PairParams {
  readonly url: string
  readonly otherUrl?: string
  readonly tlsCa?: string
  /** Connections that see all subscriptions; by default one to `url`. */
  readonly watching?: readonly Redis[]
}

/** Two buses, for the conformance suite. */
export async function openPair({ url, otherUrl = url, tlsCa, watching }: PairParams): Promise<BusPair> {
  const [bus, other] = [createBus(url, { tlsCa }).bus, createBus(otherUrl, { tlsCa }).bus]
  const watchers = watching ?? [new Redis(url, tlsCa === undefined ? {} : { tls: { ca: tlsCa } })]
  await Promise.all([bus.start(), other.start()])
  return {
    bus,
    other,
    subscriptions: async (channel) => {
      const counts = await Promise.all(watchers.map(async (redis) => Number((await redis.pubsub('NUMSUB', PREFIX + channel))[1])))
      return counts.reduce((sum, count) => sum + count, bus.channels + other.channels)
    },
    close: async () => {
      await Promise.all([bus.stop(), other.stop(), ...(watching ? [] : watchers.map((redis) => redis.quit()))])
    },
  }
}
