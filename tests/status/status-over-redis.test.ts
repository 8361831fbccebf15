import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { createRedisBus } from '../../src/bus/redis/redis-bus.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { freshPostgres } from '../setup/databases.ts'
import { ownRedis } from '../setup/redis.ts'
import { ACTOR, isAt, statusWorld, Tab, user } from './status-world.ts'

describe('live status over Redis', () => {
  test('stays in step on two instances while Redis is dead, and after it is back', async () => {
    const [fresh, redis] = [await freshPostgres(), await ownRedis()]
    const buses = [0, 1].map(() => createRedisBus({ url: redis.url, keyPrefix: 'status', telemetry: new Telemetry(), clock: systemClock }))
    const worldOf = (bus: (typeof buses)[number]) => statusWorld(fresh.database, { bus, isBusDegraded: () => !bus.connected })
    const [one, other] = [await worldOf(buses[0] as (typeof buses)[number]), await worldOf(buses[1] as (typeof buses)[number])]
    const tabs = [one, one, other].map((world) => new Tab(world.status.board.watch(user('ana'))))
    const all = (isIt: Parameters<(typeof tabs)[number]['shows']>[0]) => Promise.all(tabs.map((tab) => tab.shows(isIt)))
    const step = async (isRest: ReturnType<typeof isAt>) => {
      const work = await one.start('CONNECTION', 'ana')
      await all(isAt('maintenance'))
      await other.engine.control({ id: work.id, action: 'cancel', actor: ACTOR })
      await all(isRest)
      await other.status.windows.closeGate({ feature: 'api', mode: 'blocked', reason: 'Closed', until: null, tenantId: null, actor: ACTOR })
      await all(isAt('maintenance'))
      // What is refused does not hang on any message.
      for (const { status } of [one, other]) expect(await status.reader.access(user('ana'), 'api')).toMatchObject({ mode: 'blocked', allowed: false })
      await one.status.windows.openGate('api', null)
      await all(isRest)
    }
    try {
      await all(isAt('operational'))
      await step(isAt('operational'))
      await redis.kill()
      await expect.poll(() => buses.map((bus) => bus.connected)).toEqual([false, false])
      await all(isAt('degraded'))
      await step(isAt('degraded'))
      await redis.restart()
      await expect.poll(() => buses.map((bus) => bus.connected)).toEqual([true, true])
      await all(isAt('operational'))
      await step(isAt('operational'))
      expect([...one.contained, ...other.contained]).toEqual([])
    } finally {
      await Promise.all(tabs.map((tab) => tab.close()))
      await Promise.all([one.stop(), other.stop()])
      await Promise.all(buses.map((bus) => bus.stop()))
      await redis.stop()
      await fresh.drop()
    }
  })
})
