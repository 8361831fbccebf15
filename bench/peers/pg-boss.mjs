import { PgBoss } from 'pg-boss'
import { answer, loaded, oneByOne, params, pickups } from './common.mjs'

const QUEUE = 'bench'
// Its housekeeping is left on; NOTIFY is on for the pick-up only, where it helps.
const notify = params.case === 'pickup'
const boss = new PgBoss({ connectionString: params.url, max: 10, useListenNotify: notify })
boss.on('error', (error) => console.error(error))
await boss.start()
await boss.createQueue(QUEUE, { notify })

const SLICE = 10_000
const load = (count) => async () => {
  for (let from = 0; from < count; from += SLICE) await boss.insert(QUEUE, jobs(Math.min(SLICE, count - from)))
}
const jobs = (count) => Array.from({ length: count }, () => ({ data: { value: 1 } }))

const cases = {
  /** Batches of 500, two workers, fetching without a pause while batches come back full: its fastest configuration. */
  async drain() {
    await loaded('pgboss', params.analyze, load(params.count + params.waiting))
    let startedAt = 0
    let ended = 0
    const drained = new Promise((resolve) => {
      const fetching = async () => {
        for (;;) {
          if (startedAt === 0) startedAt = performance.now()
          const batch = await boss.fetch(QUEUE, { batchSize: 500 })
          if (batch.length === 0) return
          await boss.complete(
            QUEUE,
            batch.map((job) => job.id),
          )
          ended += batch.length
          if (ended >= params.count) return resolve(performance.now())
        }
      }
      for (let worker = 0; worker < 2; worker += 1) void fetching()
    })
    const endedAt = await drained
    return { perSecond: (ended / (endedAt - startedAt)) * 1_000 }
  },
  async enqueue() {
    await oneByOne(1_000, params.callers, () => boss.send(QUEUE, { value: 1 }))
    return { perSecond: await oneByOne(params.count, params.callers, () => boss.send(QUEUE, { value: 1 })) }
  },
  async bulk() {
    await boss.insert(QUEUE, jobs(1_000))
    const startedAt = performance.now()
    for (let done = 0; done < params.count; done += params.together) await boss.insert(QUEUE, jobs(params.together))
    return { perSecond: (params.count / (performance.now() - startedAt)) * 1_000 }
  },
  async pickup() {
    let picked = () => {}
    await boss.work(QUEUE, { pollingIntervalSeconds: 0.5 }, async () => picked())
    return pickups(
      params.count,
      () => boss.send(QUEUE, { value: 1 }),
      (listener) => {
        picked = listener
      },
    )
  },
}

answer(await cases[params.case]())
