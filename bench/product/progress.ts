import { setImmediate as turn } from 'node:timers/promises'
import { loadBacklog } from './backlog.ts'
import { answer, readParams } from './driver.ts'
import { createWorld } from './world.ts'

/** Drains `count` operations that each report progress ten times, a turn of the event loop apart. */
interface ProgressParams {
  readonly url: string
  readonly count: number
}

const REPORTS = 10

const params = readParams<ProgressParams>()
let startedAt = 0
const world = await createWorld({
  url: params.url,
  run: async (run) => {
    if (startedAt === 0) startedAt = performance.now()
    for (let done = 1; done <= REPORTS; done += 1) {
      run.report({ total: REPORTS, succeeded: done, message: `${done} of ${REPORTS}` })
      await turn()
    }
  },
})
await loadBacklog({ url: params.url, count: params.count, analyze: true })
let ended = 0
const drained = new Promise<number>((resolve) => {
  world.telemetry.listen((name, fact) => {
    if (name !== 'operations.settled') return
    ended += (fact as { readonly completed: number }).completed
    if (ended >= params.count) resolve(performance.now())
  })
})
await world.engine.start()
answer({ perSecond: (params.count / ((await drained) - startedAt)) * 1_000 })
