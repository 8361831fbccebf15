import type { Clock } from '../../base/clock.ts'
import { namedStream } from '../../base/ids.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import type { BusinessEvents } from '../../events/business-events.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { saleEvents } from './events.ts'
import { inboxOf, type SalesInboxRecord } from './inbox/inbox-record.ts'
import { LiveInboxes } from './inbox/live-inboxes.ts'
import { Selling } from './selling.ts'
import { findSales } from './store/find-sales.ts'
import { type ListSalesParams, listSales } from './store/list-sales.ts'
import { markSeen } from './store/mark-seen.ts'
import { readHead, readMarks } from './store/read-inbox.ts'

export interface SalesParams {
  readonly database: Database
  /** Started with `saleEvents` among its definitions. */
  readonly events: BusinessEvents
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** Key of the stream of sales. */
export const SALES_STREAM = namedStream(saleEvents.stream)

export type Sales = ReturnType<typeof createSales>

/** The sales domain: changes of sales, lists of them, and the badge of new ones. Who may ask is decided before. */
export function createSales(params: SalesParams) {
  const { database } = params
  const inboxes = new LiveInboxes({ ...params, stream: SALES_STREAM })
  return {
    /** How sales are made and changed. */
    selling: new Selling(database, params.events),
    /** Live badges; to be started before the first is watched. */
    inboxes,

    sales: (list: ListSalesParams) => listSales(database, list),
    salesByIds: (ids: readonly string[]) => findSales(database, ids),

    /** The badge of an administrator now. */
    inbox: async (userId: string): Promise<SalesInboxRecord> => {
      const [head, [mark]] = await Promise.all([readHead(database, SALES_STREAM), readMarks(database, [userId])])
      return inboxOf(head, mark ?? { seen: 0, seenAt: null })
    },
    /** Marks what an administrator has seen, up to an event of the stream or all; marks never go back. */
    markSeen: async (userId: string, until?: number): Promise<SalesInboxRecord> => {
      const { mark, head } = await markSeen(database, { userId, stream: SALES_STREAM, until })
      inboxes.marked(userId, mark)
      return inboxOf(head, mark)
    },
  }
}
