import { setTimeout as sleep } from 'node:timers/promises'
import { serveCalls, tellParent } from './fan-out-calls.ts'
import { type ServerCalls, type Source, usageOfProcess } from './fan-out-messages.ts'

/** What a server of the benchmark does; how fast is decided here, for all of them alike. */
export interface Publisher {
  /** Such as `ws://127.0.0.1:4000/graphql`. */
  readonly url: string
  /** Makes topics; answers their ids. */
  open(source: Source, topics: number): Promise<readonly string[]>
  /** The events of these numbers, each on every topic. */
  publish(from: number, to: number): Promise<void>
  /** The event of this number on one topic, as its worker makes it: stamped when its call is made. */
  work(topic: number, number: number): void
}

/** Events that one call of `publish` makes. */
const MOST_AT_ONCE = 64
/** A server that is so far behind with its calls leaves them out: else it would never come to an end. */
const LATEST_MS = 500

export function servePublisher(publisher: Publisher): void {
  let topics = 0
  let source: Source = 'bulk'
  let last = 0
  let acked = 0
  let wake: (() => void) | undefined
  let halted = false
  let running: Promise<void> = Promise.resolve()

  /** On which topic the next event of a paced run is. */
  let turns = 0
  const lateMs: number[] = []

  const saturate = async (window: number): Promise<void> => {
    while (!halted) {
      const room = Math.min(window - (last - acked), MOST_AT_ONCE)
      if (room > 0) {
        const from = last + 1
        last += room
        await publisher.publish(from, last)
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  }

  const work = (): void => {
    publisher.work(turns % topics, Math.floor(turns / topics) + 1)
    turns += 1
  }

  const pace = async (everyMs: number): Promise<void> => {
    turns = Math.max(turns, last * topics)
    const gapMs = everyMs / topics
    for (let dueAt = performance.now(); !halted; ) {
      dueAt = Math.max(dueAt, performance.now() - LATEST_MS)
      for (; performance.now() >= dueAt && !halted; dueAt += gapMs) {
        lateMs.push(performance.now() - dueAt)
        work()
      }
      await sleep(Math.max(1, Math.floor(dueAt - performance.now())))
    }
  }

  const begin = (loop: () => Promise<void>): void => {
    halted = false
    running = loop()
  }

  serveCalls<ServerCalls>({
    open: async (params) => {
      source = params.source
      topics = params.topics
      return publisher.open(source, topics)
    },
    once: async () => {
      if (source === 'bulk') {
        last += 1
        acked = last
        await publisher.publish(last, last)
      } else for (let topic = 0; topic < topics; topic += 1) work()
    },
    saturate: ({ window }) => begin(() => saturate(window)),
    acked: ({ number }) => {
      acked = Math.max(acked, number)
      wake?.()
    },
    pace: ({ everyMs }) => begin(() => pace(everyMs)),
    halt: async () => {
      halted = true
      wake?.()
      await running
      return { last, lateMs }
    },
    usage: ({ collectGarbage }) => {
      if (collectGarbage) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      return usageOfProcess()
    },
  })
  tellParent('listening', { url: publisher.url })
}
