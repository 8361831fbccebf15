import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/base/clock.ts'
import { namedStream } from '../../src/base/ids.ts'
import type { Bus } from '../../src/bus/bus.ts'
import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import { appendEvents } from '../../src/events/append.ts'
import type { FeedFrame } from '../../src/events/feed.ts'
import { Feeds } from '../../src/events/feeds.ts'
import { EventLog } from '../../src/events/log.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

/** What the test streams are about: how many events there are, and whether the last one was `ended`. */
export interface Subject {
  readonly version: number
  readonly over: boolean
}

export type Frame = FeedFrame<Subject>

const SUBJECT = statement(
  'test.subject',
  `select h.head as version, coalesce((select type = 'ended' from event where stream = h.stream order by seq desc limit 1), false) as over
     from stream_head h where h.stream = $1`,
)
const PRUNE = statement('test.prune', 'delete from event where stream = $1 and seq < $2')
const REWIND = statement('test.rewind', 'with gone as (delete from event where stream = $1 and seq > $2) update stream_head set head = $2 where stream = $1')

/** Named streams with feeds on them: one instance, on a database and a bus that others may share. */
export function createStreams(params: { readonly database: Database; readonly bus: Bus }) {
  const { database, bus } = params
  const telemetry = new Telemetry()
  const log = new EventLog(database)
  const counts = { loads: 0 }
  const feeds = new Feeds<Subject>({
    bus,
    log,
    clock: systemClock,
    telemetry,
    rules: { versionOf: (subject) => subject.version, isLast: (event) => event.type === 'ended', isOver: (subject) => subject.over },
    loadSubject: async (stream) => {
      counts.loads += 1
      const [row] = await database.run<Subject>(SUBJECT, [stream])
      return row ?? { version: 0, over: false }
    },
    listen: (stream, poke) => bus.subscribe(`stream:${stream}`, (message) => poke(Number(message))),
  })
  return {
    feeds,
    log,
    counts,
    prune: (stream: string, before: number) => database.run(PRUNE, [stream, before]),
    rewind: (stream: string, head: number) => database.run(REWIND, [stream, head]),
    hint: (stream: string, head: number) => bus.publish(`stream:${stream}`, head),
    open: (stream: string, options: { readonly after?: string | undefined; readonly follow?: boolean } = {}) =>
      feeds.open({ stream, after: options.after, follow: options.follow ?? false }),
  }
}

export const newName = (): string => `test:${randomUUID()}`

/** Appends events of these types; with `hint`, tells of them afterwards. */
export async function append(params: {
  readonly database: Database
  readonly name: string
  readonly types: readonly string[]
  readonly bus?: Bus
}): Promise<number> {
  const events = params.types.map((type) => ({ type, data: { type }, actor: null }))
  const { head } = await params.database.transaction((transaction) => appendEvents(transaction, { name: params.name, events }))
  params.bus?.publish(`stream:${namedStream(params.name)}`, head)
  return head
}

/** Text of a frame for comparisons: `snapshot 3`, `event 4`, `caughtUp 1`, `gap retention`. */
export function told(frame: Frame): string {
  if (frame.kind === 'snapshot') return `snapshot ${frame.subject.version}`
  if (frame.kind === 'event') return `event ${frame.event.seq}`
  return frame.kind === 'gap' ? `gap ${frame.reason}` : `caughtUp ${frame.replayed}`
}

/** The next `count` frames; fewer when the feed ends. */
export async function take(iterator: AsyncIterator<Frame>, count: number): Promise<Frame[]> {
  const frames: Frame[] = []
  while (frames.length < count) {
    const result = await iterator.next()
    if (result.done) break
    frames.push(result.value)
  }
  return frames
}

export const takeTold = async (iterator: AsyncIterator<Frame>, count: number): Promise<string[]> => (await take(iterator, count)).map(told)
