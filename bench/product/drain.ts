import { loadBacklog } from './backlog.ts'
import { answer, readParams } from './driver.ts'
import { createWorld } from './world.ts'

/** Drains `count` of `count + waiting` equal operations; time runs from the first handler's start to the commit of the last one's end. */
interface DrainParams {
  readonly url: string
  readonly count: number
  readonly waiting: number
  readonly analyze: boolean
}

const params = readParams<DrainParams>()
let startedAt = 0
let cpuBefore = process.cpuUsage()
const world = await createWorld({
  url: params.url,
  run: () => {
    if (startedAt === 0) {
      startedAt = performance.now()
      cpuBefore = process.cpuUsage()
    }
    return Promise.resolve()
  },
})
await loadBacklog({ url: params.url, count: params.count + params.waiting, analyze: params.analyze })
let ended = 0
const drained = new Promise<number>((resolve) => {
  world.telemetry.listen((name, fact) => {
    if (name !== 'operations.settled') return
    ended += (fact as { readonly completed: number }).completed
    if (ended >= params.count) resolve(performance.now())
  })
})
await world.engine.start()
const seconds = ((await drained) - startedAt) / 1_000
const cpu = process.cpuUsage(cpuBefore)
answer({ perSecond: ended / seconds, cpuMicrosEach: (cpu.user + cpu.system) / ended })
