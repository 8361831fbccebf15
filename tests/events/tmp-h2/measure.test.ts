import { test } from 'vitest'
import { createRedisBus } from '../../../src/bus/redis/redis-bus.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import { freshPostgres } from '../../setup/databases.ts'
import { redisUrl } from '../../setup/redis.ts'
import { createLive, createRows, publishOn, take } from '../../engine/live-world.ts'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
test('measure', async () => {
  const { database, drop } = await freshPostgres()
  const bus = createRedisBus({ url: redisUrl(), keyPrefix: 'm:', telemetry: new Telemetry(), clock: systemClock })
  await bus.start()
  const { live } = createLive({ database, bus })
  await live.start()
  const rows = createRows(database, publishOn(bus))
  const id = await rows.insert('o')
  gc(); const base = process.memoryUsage().heapUsed
  const N = 10_000
  const feeds = Array.from({ length: N }, () => live.eventFeed({ id, after: undefined, follow: true }))
  await Promise.all(feeds.map((f) => take(f, 2)))
  gc(); const idle = process.memoryUsage().heapUsed
  console.log('bytes per idle feed subscriber', Math.round((idle - base) / N))
  for (let i = 0; i < 2000; i++) await rows.change({ id, ownerId: 'o', state: 'running', lease: 1 })
  await take(live.eventFeed({ id, after: undefined, follow: true }), 2)
  gc(); console.log('bytes per subscriber after 2000 unread events', Math.round((process.memoryUsage().heapUsed - base) / N))
  const t = performance.now()
  const got = await Promise.all(feeds.map((f) => take(f, 2000)))
  console.log('catch-up 10,000 x 2000 events ms', Math.round(performance.now() - t), got.length)
  const lat: number[] = []
  const fast = feeds[0]!
  for (let i = 0; i < 200; i++) { const s = performance.now(); const n = fast.next(); await rows.change({ id, ownerId: 'o', state: 'running', lease: 1 }); await n; lat.push(performance.now() - s) }
  lat.sort((a, b) => a - b); console.log('commit+event latency p50/p99 ms', lat[100]!.toFixed(2), lat[197]!.toFixed(2))
  for (const f of feeds) await f.return?.()
  const watches = Array.from({ length: 1000 }, () => live.watch({ id, minIntervalMs: 0 }))
  await Promise.all(watches.map((w) => take(w, 1)))
  const p: number[] = []
  for (let i = 1; i <= 100; i++) { const s = performance.now(); const all = Promise.all(watches.map((w) => w.next())); rows.progress({ id, ownerId: 'o', lease: 1, revision: i }); await all; p.push(performance.now() - s) }
  p.sort((a, b) => a - b); console.log('progress frame to 1,000 watchers over Redis p50/p99 ms', p[50]!.toFixed(2), p[98]!.toFixed(2))
  await live.stop(); await bus.stop(); await drop()
}, 280_000)
