import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { createRedisBus } from '../../src/bus/redis/redis-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { statement } from '../../src/database/statement.ts'
import type { BusinessEvents } from '../../src/events/business-events.ts'
import { createBusinessEvents } from '../../src/events/create-business-events.ts'
import { defineEvents, type EventsDefinition } from '../../src/events/define-events.ts'
import type { FeedFrame } from '../../src/events/feed.ts'
import { type FactName, Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, freshPglite, freshPostgres } from '../setup/databases.ts'

/** Alerts about stock: what the tests publish. */
export const stockAlerts = defineEvents({
  name: 'STOCK_ALERT',
  stream: 'stock',
  description: 'Products that run low.',
  types: { LOW: 'Few are left.', SOLD_OUT: 'None is left.' },
  data: z.object({ sku: z.string().min(1).max(40), left: z.int().min(0) }),
  readableBy: ['ADMIN'],
  publishableBy: ['SERVICE'],
})

export const deliveries = defineEvents({
  name: 'DELIVERY',
  stream: 'deliveries',
  description: 'Trucks at the gate.',
  types: { ARRIVED: 'A truck arrived.' },
  data: z.object({ truck: z.string() }),
  readableBy: ['SERVICE'],
})

export interface BusinessInstance {
  readonly events: BusinessEvents
  readonly bus: Bus
  /** How often each fact was told. */
  readonly facts: ReadonlyMap<FactName, number>
}

export interface BusinessWorld {
  readonly database: Database
  /** Two, as two processes would be: on PostgreSQL each with connections of its own, over Redis each with a bus of its own. */
  readonly instances: readonly [BusinessInstance, BusinessInstance]
  close(): Promise<void>
}

export interface BusinessWorldParams {
  readonly kind: DatabaseKind
  /** Over this Redis; absent: over one memory bus. */
  readonly redis?: string
  readonly definitions?: readonly EventsDefinition[]
}

export async function businessWorld({ kind, redis, definitions = [stockAlerts, deliveries] }: BusinessWorldParams): Promise<BusinessWorld> {
  const fresh = kind === 'postgres' ? await freshPostgres() : await freshPglite()
  const second = 'url' in fresh ? createPostgresDatabase({ url: String(fresh.url), poolSize: 5, telemetry: new Telemetry() }) : undefined
  const memory = createMemoryBus()
  const create = async (database: Database): Promise<BusinessInstance> => {
    const telemetry = new Telemetry()
    const facts = new Map<FactName, number>()
    telemetry.listen((name) => facts.set(name, (facts.get(name) ?? 0) + 1))
    const bus = redis === undefined ? memory : createRedisBus({ url: redis, keyPrefix: 'business-events-test:', telemetry, clock: systemClock })
    const events = createBusinessEvents({ database, bus, clock: systemClock, telemetry, definitions })
    await bus.start()
    await events.start()
    return { events, bus, facts }
  }
  const instances = [await create(fresh.database), await create(second ?? fresh.database)] as const
  return {
    database: fresh.database,
    instances,
    close: async () => {
      await Promise.all(instances.map(({ events }) => events.stop()))
      await Promise.all(instances.map(({ bus }) => bus.stop()))
      await second?.close()
      await fresh.drop()
    },
  }
}

export type Frame = FeedFrame<null>

/** Reads frames until `isLast` says that this one was the last; then ends the feed. */
export async function readUntil(feed: AsyncIterableIterator<Frame>, isLast: (frame: Frame) => boolean): Promise<readonly Frame[]> {
  const frames: Frame[] = []
  for (;;) {
    const { value, done } = await feed.next()
    if (done) throw new Error(`the feed ended after ${frames.length} frames`)
    frames.push(value)
    if (!isLast(value)) continue
    await feed.return?.()
    return frames
  }
}

export const seqOf = (frame: Frame): number | undefined => (frame.kind === 'event' ? frame.event.seq : undefined)
export const seqsOf = (frames: readonly Frame[]): readonly number[] => frames.flatMap((frame) => seqOf(frame) ?? [])
export const untilSeq = (feed: AsyncIterableIterator<Frame>, last: number) => readUntil(feed, (frame) => seqOf(frame) === last)

/** `event 4`, `caughtUp 1`, `gap retention`. */
export function told(frame: Frame): string {
  if (frame.kind === 'event') return `event ${frame.event.seq}`
  if (frame.kind === 'caughtUp') return `caughtUp ${frame.replayed}`
  return frame.kind === 'gap' ? `gap ${frame.reason}` : 'snapshot'
}

export const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1)

export const low = (sku: string, left = 1) => ({ type: 'LOW' as const, data: { sku, left }, actor: { kind: 'service', id: 'shop' } as const })

const AGE = statement('test.age_events', `update event set at = at - interval '60 days' where seq <= $1`)
const COUNT = statement('test.count_events', 'select (select count(*)::int from event) as events, (select count(*)::int from event_key) as keys')

/** Makes the events up to this number old enough to be pruned. */
export const ageEvents = (database: Database, upToSeq: number) => database.run(AGE, [upToSeq])

export async function countKept(database: Database): Promise<{ readonly events: number; readonly keys: number }> {
  const [row] = await database.run<{ events: number; keys: number }>(COUNT, [])
  if (!row) throw new Error('no counts')
  return row
}
