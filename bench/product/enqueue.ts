import { answer, readParams } from './driver.ts'
import { createWorld } from './world.ts'

/** Starts `count` operations from `callers` callers, each waiting for its answer before the next; nobody works on them meanwhile. */
interface EnqueueParams {
  readonly url: string
  readonly count: number
  readonly callers: number
}

const params = readParams<EnqueueParams>()
const world = await createWorld({ url: params.url, works: false, run: () => Promise.resolve() })
await world.engine.start()
const call = async (left: { count: number }): Promise<void> => {
  while (left.count-- > 0) await world.start()
}
const callers = (count: number) => {
  const left = { count }
  return Promise.all(Array.from({ length: params.callers }, () => call(left)))
}
await callers(Math.min(1_000, params.count))
const startedAt = performance.now()
await callers(params.count)
answer({ perSecond: (params.count / (performance.now() - startedAt)) * 1_000 })
