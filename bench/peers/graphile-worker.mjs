import { EventEmitter } from 'node:events'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { answer, loaded, oneByOne, params, pickups } from './common.mjs'

// Both configurations are those of https://worker.graphile.org/docs/performance: 24 jobs at a time, with and without its batching.
const BATCHING = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
const SILENT = new Logger(() => () => {})
const preset = {
  worker: { connectionString: params.url, concurrentJobs: 24, maxPoolSize: 25, logger: SILENT, ...(params.batching ? BATCHING : {}) },
}
const utils = await makeWorkerUtils({ preset })
await utils.migrate()

const LOAD = `select count(*) from graphile_worker.add_jobs(array(
  select row('bench', '{"value": 1}'::json, null, null, null, null, null, null)::graphile_worker.job_spec from generate_series(1, $1::int)))`
const SLICE = 20_000
const load = (count) => async (client) => {
  for (let from = 0; from < count; from += SLICE) await client.query(LOAD, [Math.min(SLICE, count - from)])
}

async function drain(count, handler) {
  let startedAt = 0
  let ended = 0
  const events = new EventEmitter()
  const drained = new Promise((resolve) => {
    events.on('job:complete', () => {
      ended += 1
      if (ended === count) resolve(performance.now())
    })
  })
  await run({
    preset: { worker: { ...preset.worker, events } },
    noHandleSignals: true,
    taskList: {
      bench: async (payload, helpers) => {
        if (startedAt === 0) startedAt = performance.now()
        await handler?.(payload, helpers)
      },
    },
  })
  return { perSecond: (count / ((await drained) - startedAt)) * 1_000 }
}

const cases = {
  async drain() {
    await loaded('graphile_worker', params.analyze, load(params.count + params.waiting))
    return drain(params.count)
  },
  async enqueue() {
    await oneByOne(1_000, params.callers, () => utils.addJob('bench', { value: 1 }))
    return { perSecond: await oneByOne(params.count, params.callers, () => utils.addJob('bench', { value: 1 })) }
  },
  async bulk() {
    const jobs = (count) => Array.from({ length: count }, () => ({ identifier: 'bench', payload: { value: 1 } }))
    await utils.addJobs(jobs(1_000))
    const startedAt = performance.now()
    for (let done = 0; done < params.count; done += params.together) await utils.addJobs(jobs(params.together))
    return { perSecond: (params.count / (performance.now() - startedAt)) * 1_000 }
  },
  async pickup() {
    let picked
    await run({ preset, noHandleSignals: true, taskList: { bench: () => picked() } })
    return pickups(
      params.count,
      () => utils.addJob('bench', { value: 1 }),
      (listener) => {
        picked = listener
      },
    )
  },
  /** It has no progress of its own: each report is an UPDATE of a row in a table of the application. */
  async progress() {
    const pool = new pg.Pool({ connectionString: params.url, max: 10 })
    await pool.query('create table progress (job_id bigint primary key, done int not null, message text) with (fillfactor = 50)')
    await loaded('graphile_worker', true, load(params.count))
    return drain(params.count, async (_payload, { job }) => {
      for (let done = 1; done <= 10; done += 1) {
        await pool.query({
          name: 'report',
          text: 'insert into progress values ($1, $2, $3) on conflict (job_id) do update set done = excluded.done, message = excluded.message',
          values: [job.id, done, `${done} of 10`],
        })
      }
    })
  },
}

answer(await cases[params.case]())
