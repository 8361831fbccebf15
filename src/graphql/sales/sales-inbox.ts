import type { SalesInboxRecord } from '../../domains/sales/inbox/inbox-record.ts'
import { SALES_STREAM } from '../../domains/sales/sales.ts'
import { fromCursor, toCursor } from '../../events/cursor.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput } from '../limits.ts'
import { demandSalesWatcher } from './sale-access.ts'

/** The badge of new sales, one per administrator. */
export function addSalesInbox(builder: Builder): void {
  const inbox = builder.objectRef<SalesInboxRecord>('SalesInbox').implement({
    description: 'The badge of new sales of the administrator who asks.',
    fields: (t) => ({
      hasNewSales: t.boolean({ description: 'True while there is a sale that was not seen: light the badge.', resolve: (from) => from.unseenCount > 0 }),
      unseenCount: t.exposeInt('unseenCount', {
        description: 'Times that a sale was created or approved since markSalesSeen; all there ever were before the first.',
      }),
      lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', nullable: true, description: 'When markSalesSeen was last called; null: never.' }),
      cursor: t.field({
        type: 'Cursor',
        description: 'The last event of saleEvents that the count includes: give it to markSalesSeen as `until`, or to saleEvents as `after`.',
        resolve: ({ seq }) => toCursor({ stream: SALES_STREAM, seq }),
      }),
    }),
  })
  builder.queryField('salesInbox', (t) =>
    t.field({
      type: inbox,
      description: 'The badge of new sales now. For administrators.',
      resolve: (_root, _args, context) => context.services.sales.inbox(demandSalesWatcher(context).id),
    }),
  )
  builder.subscriptionField('salesInbox', (t) =>
    t.field({
      type: inbox,
      description: 'LATEST ONLY: the badge at once, then on every change, in all tabs and on every instance. For administrators.',
      subscribe: (_root, _args, context) => context.services.sales.inboxes.watch(demandSalesWatcher(context).id),
      resolve: (from) => from,
    }),
  )
  const input = builder.inputType('MarkSalesSeenInput', {
    description: 'How much was seen.',
    fields: (t) => ({
      until: t.field({
        type: 'Cursor',
        description: 'Up to this event of saleEvents, so that nothing is marked that the page did not show; absent: all there is now.',
      }),
    }),
  })
  builder.mutationField('markSalesSeen', (t) =>
    t.field({
      type: inbox,
      description: 'Marks sales as seen, in all tabs; never goes back. For administrators.',
      args: { input: t.arg({ type: input, description: 'How much; absent: all.' }) },
      // A mark of the viewer's own, which takes part in nothing.
      gate: 'none',
      resolve: (_root, args, context) => markSeen(context, args.input?.until ?? undefined),
    }),
  )
}

async function markSeen(context: Context, until: string | undefined): Promise<SalesInboxRecord> {
  const viewer = demandSalesWatcher(context)
  const position = until === undefined ? undefined : fromCursor(until)
  checkInput((check) => {
    if (until !== undefined && position?.stream !== SALES_STREAM) check.add('input.until', 'expected a cursor of saleEvents or of salesInbox')
  })
  return context.services.sales.markSeen(viewer.id, position?.seq)
}
