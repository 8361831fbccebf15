import { describe, expect, onTestFinished, test } from 'vitest'
import { databaseKinds } from '../setup/databases.ts'
import { ownRedis } from '../setup/redis.ts'
import { businessWorld, type Frame, low, readUntil, seqOf, seqsOf, stockAlerts, upTo } from './business-world.ts'

describe.each(databaseKinds)('business events on %s while Redis is killed and comes back', (kind) => {
  test('reach every follower once and in order: those that were there, those that come meanwhile, and those that resume', async () => {
    const redis = await ownRedis()
    onTestFinished(() => redis.stop())
    const world = await businessWorld({ kind, redis: redis.url })
    onTestFinished(() => world.close())
    const [here, there] = world.instances
    const publish = async (from: number, to: number) => {
      for (const index of upTo(to).slice(from)) await (index % 2 === 0 ? here : there).events.publish(stockAlerts, low(String(index)))
    }
    const feeds = [here, there, here, there].map(({ events }) => events.feed(stockAlerts, { after: undefined }))
    await Promise.all(feeds.map((feed) => feed.next()))
    const following = feeds.map((feed) => readUntil(feed, (frame) => seqOf(frame) === 90))

    await publish(0, 30)
    await redis.kill()
    await expect.poll(() => here.bus.connected || there.bus.connected).toBe(false)
    await publish(30, 60)
    const late = there.events.feed(stockAlerts, { after: undefined })
    const lateStart = (await late.next()).value as Frame
    await redis.restart()
    await expect.poll(() => here.bus.connected && there.bus.connected).toBe(true)
    await publish(60, 90)

    const all = await Promise.all(following)
    for (const frames of all) expect(seqsOf(frames)).toEqual(upTo(90))
    expect(lateStart.kind).toBe('caughtUp')
    expect(seqsOf(await readUntil(late, (frame) => seqOf(frame) === 90))).toEqual(upTo(90).slice(60))
    const cut = all[0]?.[44] as Frame
    const resumed = there.events.feed(stockAlerts, { after: cut.cursor })
    expect(seqsOf(await readUntil(resumed, (frame) => frame.kind === 'caughtUp'))).toEqual(upTo(90).slice(45))
    expect([here.events.hubs, there.events.hubs]).toEqual([0, 0])
  })
})
