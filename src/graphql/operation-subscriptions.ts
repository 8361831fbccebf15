import { findOperationOrThrow, visibility, visible } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { checkInput, LIMITS } from './limits.ts'
import { type addOperationFilter, listFilter, matcherOf, type OperationFilter } from './operation-filter.ts'

const DEFAULT_INTERVAL_MS = 250

/** Live operations. What a viewer may not see is refused before anything is subscribed. */
export function addOperationSubscriptions(builder: Builder, filter: ReturnType<typeof addOperationFilter>): void {
  builder.subscriptionField('operationEvents', (t) =>
    t.field({
      type: 'StreamFrame',
      description: 'LOSSLESS, in order, resumable with `after` on any instance. Completes after a terminal state unless follow is true.',
      args: {
        operationId: t.arg.id({ required: true, description: 'Id of the operation.' }),
        after: t.arg({
          type: 'Cursor',
          description: 'The last cursor that was received: what follows it is replayed, then live. Absent: a snapshot, then live.',
        }),
        follow: t.arg.boolean({ defaultValue: false, description: 'Go on after a terminal state, for the case of a retry.' }),
      },
      subscribe: (_root, args, context) => subscribeToEvents(context, args),
      resolve: (frame) => frame,
    }),
  )
  addOperation(builder)
  addOperations(builder, filter)
}

async function subscribeToEvents(
  context: Context,
  { operationId, after, follow }: { readonly operationId: string; readonly after?: string | null | undefined; readonly follow?: boolean | null | undefined },
) {
  const record = await findOperationOrThrow(context, operationId)
  return context.services.engine.eventFeed({ id: record.id, after: after ?? undefined, follow: follow ?? false })
}

const intervalArg = {
  defaultValue: DEFAULT_INTERVAL_MS,
  description: 'At most one frame per operation in this many milliseconds, 50 to 60,000.',
} as const

/** Throws `InvalidInputError` for an interval that is no use to anybody. */
function intervalOf(minIntervalMs: number | null | undefined): number {
  checkInput((check) => check.whole('minIntervalMs', minIntervalMs, LIMITS.intervalMs))
  return minIntervalMs ?? DEFAULT_INTERVAL_MS
}

function addOperation(builder: Builder): void {
  builder.subscriptionField('operation', (t) =>
    t.field({
      type: 'Operation',
      description: 'LATEST ONLY: the current state at once, then conflated to one frame per minIntervalMs; the last state is never dropped.',
      args: { id: t.arg.id({ required: true, description: 'Id of the operation.' }), minIntervalMs: t.arg.int(intervalArg) },
      subscribe: (_root, { id, minIntervalMs }, context) => watch(context, id, minIntervalMs),
      resolve: (record) => record,
    }),
  )
}

async function watch(context: Context, id: string, minIntervalMs: number | null | undefined) {
  const interval = intervalOf(minIntervalMs)
  const record = await findOperationOrThrow(context, id)
  return context.services.engine.watch({ id: record.id, minIntervalMs: interval })
}

function addOperations(builder: Builder, filter: ReturnType<typeof addOperationFilter>): void {
  builder.subscriptionField('operations', (t) =>
    t.field({
      type: 'Operation',
      description: 'LATEST ONLY per operation: all that the viewer may see and the filter matches; starts with the active ones.',
      args: { filter: t.arg({ type: filter, description: 'Which ones.' }), minIntervalMs: t.arg.int(intervalArg) },
      subscribe: (_root, args, context) => watchMany(context, args.filter, args.minIntervalMs),
      resolve: (record) => record,
    }),
  )
}

function watchMany(context: Context, filter: OperationFilter | null | undefined, minIntervalMs: number | null | undefined) {
  const seen = visibility(context)
  const interval = intervalOf(minIntervalMs)
  const matches = matcherOf(listFilter(filter))
  return context.services.engine.watchMany({ visibility: seen, matches: (record) => matches(record) && visible(context, record), minIntervalMs: interval })
}
