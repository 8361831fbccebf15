import { toTypeId, uuidOf } from '../../base/ids.ts'
import { reaches, WINDOW_PREFIX, type WindowState, type WindowView } from '../../status/window.ts'
import { seesAuthors, viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput } from '../limits.ts'
import { addConnection, connectionOf, DEFAULT_PAGE_SIZE, pageRequest } from '../pages.ts'
import type { WindowTypes } from './status-window.ts'
import { shownWindow } from './window-results.ts'

type Maybe<Value> = Value | null | undefined

/** Gates and maintenances, past and to come. */
export function addWindowQueries(builder: Builder, { window, state }: WindowTypes): void {
  const connection = addConnection(builder, { name: 'StatusWindow', plural: 'gates and maintenances', node: window, cursorType: 'String' })
  const filter = builder.inputType('StatusWindowFilter', {
    description: 'Which gates and maintenances a list shows.',
    fields: (t) => ({ state: t.field({ type: state, description: 'Those in this state.' }) }),
  })
  builder.queryField('statusWindows', (t) =>
    t.field({
      type: connection,
      description: 'Gates and maintenances, newest first: all for administrators, for others those that reach them.',
      args: {
        filter: t.arg({ type: filter, description: 'Which ones.' }),
        first: t.arg.int({ description: `Length of the page, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
        after: t.arg.string({ description: 'Cursor after which the page starts.' }),
      },
      resolve: (_root, args, context) => list(context, args),
    }),
  )
}

interface WindowsArgs {
  readonly filter?: Maybe<{ readonly state?: Maybe<WindowState> }>
  readonly first?: Maybe<number>
  readonly after?: Maybe<string>
}

async function list(context: Context, { filter, first, after }: WindowsArgs) {
  const { tenantId } = viewerOf(context)
  const { limit } = pageRequest({ first, after })
  const uuid = after ? uuidOf(WINDOW_PREFIX, after) : undefined
  checkInput((check) => {
    if (after && uuid === undefined) check.add('after', 'expected a cursor as the API gave it')
  })
  const found = await context.services.statusWindows.list({
    reaching: seesAuthors(context) ? 'anybody' : { tenantId },
    state: filter?.state ?? undefined,
    after: uuid,
    limit: limit + 1,
  })
  const edges = found.slice(0, limit).map(({ window, nowMs }) => ({ cursor: toTypeId(WINDOW_PREFIX, window.id), node: shownWindow(context, window, nowMs) }))
  return connectionOf(edges, { next: found.length > limit, previous: uuid !== undefined })
}

/** The window with this id of the API, if it exists and reaches this viewer, or this viewer is an administrator. */
export async function findStatusWindow(context: Context, id: string): Promise<WindowView | null> {
  const { tenantId } = viewerOf(context)
  const uuid = uuidOf(WINDOW_PREFIX, id)
  const read = uuid === undefined ? undefined : await context.services.statusWindows.find(uuid)
  if (!read || !(seesAuthors(context) || reaches(read.window, tenantId))) return null
  return shownWindow(context, read.window, read.nowMs)
}
