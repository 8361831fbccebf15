import { expect } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database, Transaction } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import { createEngine, type RunningEngine } from '../../src/engine/create-engine.ts'
import type { OperationDefinition } from '../../src/engine/definition.ts'
import type { StartRequest } from '../../src/engine/engine.ts'
import type { OperationState } from '../../src/engine/lifecycle.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import type { OperationServices } from '../../src/engine/run.ts'
import { EventLog } from '../../src/events/log.ts'
import { createNotifications, type Notifications } from '../../src/notifications/create-notifications.ts'
import { fromEventData } from '../../src/notifications/event-data.ts'
import { inboxStream } from '../../src/notifications/inbox-writer.ts'
import type { NotificationRecord } from '../../src/notifications/records.ts'
import type { NotificationFilter } from '../../src/notifications/store/list-notifications.ts'
import type { StoredNotification } from '../../src/notifications/stored-notification.ts'
import { createStatusReader } from '../../src/status/status-reader.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type DatabaseKind, freshDatabase } from '../setup/databases.ts'

/** An engine whose operations are told of, on a database of its own. */
export interface NotificationWorld {
  readonly database: Database
  readonly bus: Bus
  readonly engine: RunningEngine
  readonly notifications: Notifications
  /** What was planned to be sent outside. */
  readonly planned: readonly NotificationRecord[]
  /** Bugs and failures, which no test expects unless it says so. */
  readonly failures: readonly unknown[]
  start(type: string, more?: Partial<StartRequest>): Promise<OperationRecord>
  reaches(id: string, ...states: OperationState[]): Promise<OperationRecord>
  /** The list of a user, last edited first. */
  inboxOf(userId: string, filter?: NotificationFilter): Promise<readonly StoredNotification[]>
  /** All events of a user's inbox: `seq type title`. */
  eventsOf(userId: string): Promise<readonly string[]>
  /** Resolves when nothing waits for consumers any more. */
  settled(): Promise<void>
  tell(work: (transaction: Transaction) => Promise<void>): Promise<void>
  close(): Promise<void>
}

export interface NotificationWorldParams {
  readonly kind: DatabaseKind
  readonly definitions?: readonly OperationDefinition[]
  /** False: the consumer does not run. */
  readonly works?: boolean
  readonly slots?: number
}

const WAITING = statement('test.outbox', 'select count(*)::int as waiting from outbox')

export async function notificationWorld({ kind, definitions = [], works = true, slots = 20 }: NotificationWorldParams): Promise<NotificationWorld> {
  const telemetry = new Telemetry()
  const failures: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained' || name === 'outbox.failed') failures.push(fact)
  })
  const { database, drop } = await freshDatabase(kind, { telemetry })
  const bus = createMemoryBus()
  const ground = { database, bus, clock: systemClock, telemetry }
  const planned: NotificationRecord[] = []
  const planner = { plan: async (_transaction: Transaction, changed: readonly NotificationRecord[]) => void planned.push(...changed), wake: () => undefined }
  const notifications = createNotifications({ ...ground, planner, retentionMs: 7 * 86_400_000 })
  const engine = createEngine({
    ...ground,
    definitions,
    consumers: [notifications.consumer],
    services: { notifications: notifications.teller } as OperationServices,
    config: { works, slots, leaseMs: 5_000, maxActivePerOwner: 10_000, instanceName: 'test', drainMs: 500, onlyInstance: true },
  })
  notifications.connect({ engine, statusIn: (executor) => createStatusReader({ ...ground, database: executor, engine, isBusDegraded: () => false }) })
  await bus.start()
  await notifications.start()
  await engine.start()
  const inboxOf: NotificationWorld['inboxOf'] = (userId, filter = { dismissed: false }) => notifications.inbox.list({ userId, filter, limit: 100 })
  return {
    database,
    bus,
    engine,
    notifications,
    planned,
    failures,
    async start(type, more = {}) {
      const actor = { kind: 'user', id: 'ana', name: 'Ana' } as const
      const outcome = await engine.startOperation({ type, input: {}, ownerId: 'ana', tenantId: null, actor, ...more })
      if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
      return outcome.operation
    },
    async reaches(id, ...states) {
      for await (const record of engine.watch({ id, minIntervalMs: 50 })) if (states.includes(record.state)) return record
      throw new Error('the watch ended')
    },
    inboxOf,
    async eventsOf(userId) {
      const { events } = await new EventLog(database).read({ stream: inboxStream(userId), after: 0, limit: 20_000 })
      return events.map((event) => `${event.seq} ${event.type} ${fromEventData(event).notification.title}`)
    },
    async settled() {
      const waiting = async () => (await database.run<{ waiting: number }>(WAITING, []))[0]?.waiting
      await expect.poll(waiting, { timeout: 20_000 }).toBe(0)
    },
    tell: (work) => database.transaction(work),
    async close() {
      await engine.stop()
      await notifications.stop()
      await bus.stop()
      await drop()
    },
  }
}

/** `kind category title`, as people see them. */
export const shown = (notifications: readonly StoredNotification[]): readonly string[] => notifications.map(({ kind, title }) => `${kind} ${title}`)
