import type { OperationRecord } from '../engine/records.ts'
import { fromCursor, toCursor } from '../events/cursor.ts'
import type { FrameOf } from './builder.ts'
import type { Context } from './context.ts'
import { checkInput } from './limits.ts'
import { type Connection, connectionOf, type PageArgs, pageRequest } from './pages.ts'

/** One page of an operation's committed history. Throws `InvalidInputError` for a cursor of another stream. */
export async function eventPage(record: OperationRecord, args: PageArgs, { services }: Context): Promise<Connection<FrameOf<'event'>>> {
  const { limit, after } = pageRequest(args)
  const position = after === undefined ? { stream: record.id, seq: 0 } : fromCursor(after)
  checkInput((check) => {
    if (position?.stream !== record.id) check.add('after', "expected a cursor of this operation's events")
  })
  const { events, hasMore } = await services.engine.events(record.id, position?.seq ?? 0, limit)
  const edges = events.map((event) => {
    const cursor = toCursor({ stream: record.id, seq: event.seq })
    return { cursor, node: { kind: 'event', cursor, event, subject: record } as const }
  })
  return connectionOf(edges, { next: hasMore, previous: (position?.seq ?? 0) > 0 })
}
