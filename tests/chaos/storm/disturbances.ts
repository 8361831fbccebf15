import { systemClock } from '../../../src/base/clock.ts'
import type { SeededRandom } from '../random.ts'
import type { Fleet, Member } from './fleet.ts'
import type { FaultKind, StormOptions } from './options.ts'
import { type FaultPlan, planFaults } from './plans.ts'
import type { Stores } from './stores.ts'

export interface Stage {
  readonly fleet: Fleet
  readonly stores: Stores
}

/** Something that happens while operations run. */
export interface Disturbance {
  readonly name: string
  /** It comes when so many operations have been started. */
  readonly atOperation: number
  /** Resolves when everything that was taken away is back. */
  inject(stage: Stage): Promise<void>
}

/** The faults of a storm, in the order and at the moments that the seed decides. */
export function stormDisturbances(random: SeededRandom, options: StormOptions): readonly Disturbance[] {
  return planFaults(random, options).map((plan) => ({
    name: plan.kind,
    atOperation: plan.atOperation,
    inject: (stage) => INJECT[plan.kind](stage, { ...plan, freezeMs: options.freezeSeconds * 1_000, random }),
  }))
}

/** Every instance is replaced once: its successor comes first, or it goes first, in turn. */
export const rollingRestart = ({ operations, instances }: Pick<StormOptions, 'operations' | 'instances'>): readonly Disturbance[] =>
  Array.from({ length: instances }, (_, index) => ({
    name: index % 2 === 0 ? 'new one first' : 'old one first',
    atOperation: Math.floor((operations * (index + 1)) / (instances + 1)),
    inject: async ({ fleet }) => {
      // New ones are at the end of the list, so this is the oldest.
      const [oldest] = fleet.members as readonly [Member]
      if (index % 2 === 0) await fleet.add()
      await fleet.retire(oldest)
      if (index % 2 !== 0) await fleet.add()
    },
  }))

/** Of an instance in a storm: 5 s. */
const LONGER_THAN_A_LEASE_MS = 7_000

interface FaultDetails extends FaultPlan {
  readonly freezeMs: number
  readonly random: SeededRandom
}

const INJECT: Readonly<Record<FaultKind, (stage: Stage, details: FaultDetails) => Promise<void>>> = {
  kill: ({ fleet }, { idleMs }) => fleet.replace(fleet.pick(), systemClock.sleep(idleMs)),
  freeze: async ({ fleet }) => {
    const { app } = fleet.pick()
    app.freeze()
    await systemClock.sleep(LONGER_THAN_A_LEASE_MS)
    app.thaw()
  },
  'redis-kill': async ({ stores }, { idleMs }) => {
    await stores.redis.kill()
    await systemClock.sleep(idleMs)
    await stores.redis.restart()
  },
  'redis-freeze': async ({ stores }, { freezeMs }) => {
    stores.redis.pause()
    await systemClock.sleep(freezeMs)
    stores.redis.resume()
  },
  'postgres-restart': async ({ stores }, { idleMs, hard }) => {
    await stores.postgres.halt(hard ? 'SIGKILL' : 'SIGINT')
    await systemClock.sleep(idleMs)
    await restartPostgres(stores)
  },
  cut: async ({ fleet }) => {
    for (const { gate } of fleet.members) gate.cut()
  },
}

const RESTARTS = 10

/** After a kill -9 its processes may hold the shared memory for another moment. */
async function restartPostgres({ postgres }: Stores): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await postgres.restart()
    } catch (error) {
      if (attempt === RESTARTS) throw error
      await systemClock.sleep(300)
    }
  }
}
