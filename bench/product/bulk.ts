import { answer, readParams } from './driver.ts'
import { createWorld } from './world.ts'

/** Starts `count` operations, `together` calls at a time without waiting in between; nobody works on them meanwhile. */
interface BulkParams {
  readonly url: string
  readonly count: number
  readonly together: number
}

const params = readParams<BulkParams>()
const world = await createWorld({ url: params.url, works: false, run: () => Promise.resolve() })
await world.engine.start()
const bulk = (count: number) => Promise.all(Array.from({ length: count }, () => world.start()))
await bulk(1_000)
const startedAt = performance.now()
for (let done = 0; done < params.count; done += params.together) await bulk(params.together)
answer({ perSecond: (params.count / (performance.now() - startedAt)) * 1_000 })
