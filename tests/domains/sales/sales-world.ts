import type { Actor } from '../../../src/base/actor.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Bus } from '../../../src/bus/bus.ts'
import { createMemoryBus } from '../../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../../src/database/database.ts'
import { statement } from '../../../src/database/statement.ts'
import type { SaleWish } from '../../../src/domains/sales/check-sale.ts'
import { saleEvents } from '../../../src/domains/sales/events.ts'
import type { SaleRecord } from '../../../src/domains/sales/records.ts'
import { createSales, SALES_STREAM, type Sales } from '../../../src/domains/sales/sales.ts'
import type { SaleOutcome } from '../../../src/domains/sales/selling.ts'
import type { BusinessEvents } from '../../../src/events/business-events.ts'
import { createBusinessEvents } from '../../../src/events/create-business-events.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'

export const SHOP: Actor = { kind: 'service', id: 'shop' }

/** The sales domain of one instance. */
export interface SalesWorld {
  readonly sales: Sales
  readonly events: BusinessEvents
  /** Failures that nobody was told of. */
  readonly contained: readonly unknown[]
  /** Statements that ran, by name. */
  readonly ran: readonly string[]
  /** Names of statements that fail from now on. */
  readonly failing: Set<string>
  stop(): Promise<void>
}

export async function salesWorld(database: Database, bus: Bus = createMemoryBus()): Promise<SalesWorld> {
  const telemetry = new Telemetry()
  const contained: unknown[] = []
  telemetry.listen((name, fact) => {
    if (name === 'failure.contained') contained.push(fact)
  })
  const ran: string[] = []
  const failing = new Set<string>()
  const counted: Database = {
    kind: database.kind,
    kysely: database.kysely,
    run: (asked, values) => {
      ran.push(asked.name)
      return failing.has(asked.name) ? Promise.reject(new Error(`the database does not answer ${asked.name}`)) : database.run(asked, values)
    },
    runOrdered: (asked, values) => database.runOrdered(asked, values),
    runGrouped: (asked, values) => database.runGrouped(asked, values),
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  }
  const params = { database: counted, bus, clock: systemClock, telemetry }
  const events = createBusinessEvents({ ...params, definitions: [saleEvents] })
  const sales = createSales({ ...params, events })
  await bus.start()
  await events.start()
  await sales.inboxes.start()
  return {
    sales,
    events,
    contained,
    ran,
    failing,
    stop: async () => {
      await sales.inboxes.stop()
      await events.stop()
    },
  }
}

export const wish = (reference: string, more: Partial<SaleWish> = {}): SaleWish => ({
  reference,
  customer: 'Ana López',
  channel: 'online',
  currency: 'USD',
  lines: [{ sku: 'MATE-1', name: 'Mate gourd', quantity: 2, unitPrice: '12.5' }],
  ...more,
})

export const sell = (sales: Sales, reference: string, more: Partial<SaleWish> = {}) =>
  sales.selling.create({ wish: wish(reference, more), state: 'approved', actor: SHOP })
export const checkout = (sales: Sales, reference: string, more: Partial<SaleWish> = {}) =>
  sales.selling.create({ wish: wish(reference, more), state: 'pending', actor: SHOP })

/** The sale of an outcome that was done. */
export function done(outcome: SaleOutcome): SaleRecord {
  if (outcome.kind !== 'done') throw new Error(`expected a sale, got ${outcome.kind}`)
  return outcome.sale
}

const ALL_EVENTS = statement('test_sale_events', 'select seq, type, data, actor from event where stream = $1 order by seq')

export interface ToldEvent {
  readonly seq: number
  readonly type: string
  readonly data: { readonly lit: number; readonly sale: Readonly<Record<string, unknown>> }
  readonly actor: Actor
}

export const eventsOf = (database: Database): Promise<ToldEvent[]> => database.run<ToldEvent>(ALL_EVENTS, [SALES_STREAM])
