import pg from 'pg'
import { loadBacklog } from './backlog.ts'
import { answer, readParams } from './driver.ts'
import { createWorld } from './world.ts'

/** Drains `count` operations while a REPEATABLE READ transaction holds its snapshot, so that vacuum can remove nothing; throughput by tenths of the work. */
interface ReaderParams {
  readonly url: string
  readonly count: number
  /** False: without the reader, for comparison. */
  readonly held: boolean
}

const PARTS = 10

const params = readParams<ReaderParams>()
let startedAt = 0
const world = await createWorld({
  url: params.url,
  run: () => {
    if (startedAt === 0) startedAt = performance.now()
    return Promise.resolve()
  },
})
await loadBacklog({ url: params.url, count: params.count, analyze: true })
const reader = new pg.Client({ connectionString: params.url })
await reader.connect()
if (params.held) {
  await reader.query('begin isolation level repeatable read')
  await reader.query('select count(*) from instance')
}
const marks: number[] = []
let ended = 0
const drained = new Promise<void>((resolve) => {
  world.telemetry.listen((name, fact) => {
    if (name !== 'operations.settled') return
    ended += (fact as { readonly completed: number }).completed
    while (marks.length < PARTS && ended >= ((marks.length + 1) * params.count) / PARTS) marks.push(performance.now())
    if (marks.length === PARTS) resolve()
  })
})
await world.engine.start()
await drained
const parts = marks.map((mark, index) => Math.round((params.count / PARTS / (mark - (marks[index - 1] ?? startedAt))) * 1_000))
answer({ perSecond: (params.count / ((marks.at(-1) as number) - startedAt)) * 1_000, parts })
