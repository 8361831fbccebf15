import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { namedStream } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { append, createStreams, type Frame, newName } from './stream-world.ts'

/** What happens to a hint on its way. */
const FATES = ['delivered', 'lost', 'twice', 'late'] as const
type Fate = (typeof FATES)[number]

/** A bus on which each hint meets the next fate of a list; `settle` tells of a gap, as a bus does when it is back. */
function createFickleBus(fates: readonly Fate[]) {
  const bus = createMemoryBus()
  const gaps = new Set<() => void>()
  const late: (() => void)[] = []
  let turn = 0
  const fickle: Bus = {
    connected: true,
    start: () => bus.start(),
    stop: () => bus.stop(),
    subscribe: (channel, listener) => bus.subscribe(channel, listener),
    onGap: (listener) => {
      gaps.add(listener)
      return () => gaps.delete(listener)
    },
    publish: (channel: string, message: Json) => {
      const fate = fates[turn++ % fates.length]
      if (fate === 'late') return void late.push(() => bus.publish(channel, message))
      if (fate === 'lost') return
      bus.publish(channel, message)
      for (const send of late.splice(0)) send()
      if (fate === 'twice') bus.publish(channel, message)
    },
  }
  const gap = () => {
    for (const tell of gaps) tell()
  }
  return { bus: fickle, gap }
}

interface Reader {
  /** Frames that it reads until it is cut off, each time; then it resumes with its last cursor, on the other instance. */
  readonly cuts: readonly number[]
  readonly fromStart: boolean
}

async function readAll(params: {
  readonly instances: readonly ReturnType<typeof createStreams>[]
  readonly stream: string
  readonly reader: Reader
  readonly start: string
}): Promise<Frame[]> {
  const frames: Frame[] = []
  const cuts = [...params.reader.cuts]
  let after = params.reader.fromStart ? params.start : undefined
  for (let turn = 0; ; turn += 1) {
    const feed = params.instances[turn % params.instances.length]?.open(params.stream, { after })
    if (!feed) return frames
    const until = cuts.shift() ?? Number.POSITIVE_INFINITY
    for (let count = 0; count < until; count += 1) {
      const { done, value } = await feed.next()
      if (done) return frames
      frames.push(value)
      after = value.cursor
    }
    await feed.return?.()
  }
}

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshPglite()
})
afterAll(() => fresh.drop())

test('whatever becomes of hints and connections, every subscriber sees every event once, in order', async () => {
  const { database } = fresh
  const readers = fc.array(fc.record({ cuts: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }), fromStart: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  })
  const commits = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 10 }), readers, commits, async (fates, subscribers, sizes) => {
      const { bus, gap } = createFickleBus(fates)
      const instances = [createStreams({ database, bus }), createStreams({ database, bus })]
      await Promise.all(instances.map(({ feeds }) => feeds.start()))
      const name = newName()
      const stream = namedStream(name)
      await append({ database, name, types: ['first'] })
      const start = (await instances[0]?.open(stream, { follow: true }).next())?.value as Frame
      const reading = Promise.all(subscribers.map((reader) => readAll({ instances, stream, reader, start: start.cursor })))
      for (const size of sizes) await append({ database, name, types: Array(size).fill('more'), bus })
      const head = await append({ database, name, types: ['ended'], bus })
      // Until the last one is through: subscriptions that begin later read for themselves.
      const settling = { done: false }
      void reading.finally(() => (settling.done = true))
      while (!settling.done) {
        gap()
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (const frames of await reading) checkFrames(frames, head)
      await Promise.all(instances.map(({ feeds }) => feeds.stop()))
    }),
    { numRuns: 40 },
  )
})

/** Snapshot or first event decide where it begins; from there on it is n, n + 1 … head, and the subject is never older. */
function checkFrames(frames: readonly Frame[], head: number): void {
  const seqs = frames.flatMap((frame) => (frame.kind === 'event' ? [frame.event.seq] : []))
  const first = frames[0]
  const begin = first?.kind === 'snapshot' ? first.subject.version : 1
  // A reader that is cut off within the first frames before any event resumes with the snapshot's cursor.
  expect(seqs).toEqual(Array.from({ length: head - begin }, (_, index) => begin + 1 + index))
  expect(frames.filter((frame) => frame.kind === 'gap')).toEqual([])
  expect(frames.filter((frame) => frame.kind === 'event' && frame.subject.version < frame.event.seq)).toEqual([])
}
