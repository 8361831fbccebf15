import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { createRedisBus } from '../../src/bus/redis/redis-bus.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { answer, quantile, readParams } from './driver.ts'
import { createWorld, type World } from './world.ts'

/** From the call that starts an operation to its handler's first line, on an idle system, `count` times; ms. */
interface PickupParams {
  readonly url: string
  readonly count: number
  /** Who starts it: the instance that runs it, or another one. */
  readonly from: 'same' | 'other'
  /** The bus between the two: Redis, or that of this process. */
  readonly redisUrl?: string
}

/** Long enough to be idle again, and not in step with anything that happens every second. */
const PAUSE_MS = 23

const params = readParams<PickupParams>()
let picked: (at: number) => void = () => {}
const run = () => {
  picked(performance.now())
  return Promise.resolve()
}
const shared = params.redisUrl === undefined ? createMemoryBus() : undefined
const bus = (): Bus => shared ?? createRedisBus({ url: params.redisUrl as string, keyPrefix: 'bench', telemetry: new Telemetry(), clock: systemClock })
const worker = await createWorld({ url: params.url, run, bus: bus() })
await worker.engine.start()
const starter = params.from === 'same' ? worker : await startedStarter()

async function startedStarter(): Promise<World> {
  const world = await createWorld({ url: params.url, run, works: false, bus: bus() })
  await world.engine.start()
  return world
}

async function measure(): Promise<number> {
  const at = new Promise<number>((resolve) => {
    picked = resolve
  })
  const startedAt = performance.now()
  await starter.start()
  const ms = (await at) - startedAt
  await sleep(PAUSE_MS)
  return ms
}

for (let warmUp = 0; warmUp < 20; warmUp += 1) await measure()
const samples: number[] = []
while (samples.length < params.count) samples.push(await measure())
answer({ medianMs: quantile(samples, 0.5), p99Ms: quantile(samples, 0.99) })
