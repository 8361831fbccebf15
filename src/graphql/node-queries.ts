import { fromTypeId } from '../base/ids.ts'
import { findOperation, viewerOf } from './authorize.ts'
import type { Builder } from './builder.ts'
import type { Context } from './context.ts'
import { checkInput, LIMITS } from './limits.ts'

/** Finds the thing behind an id of the API, if this viewer may see it. */
export type NodeFinder = (context: Context, id: string) => Promise<object | null>

/** Each type makes its own id; this resolver is replaced in all of them. */
const idOfItsOwn = (): never => {
  throw new Error('a type that implements Node has no id of its own')
}

/** Relay's `node` and `nodes`. The prefix of an id says what it is, so no type name is looked up. */
export function addNodeQueries(builder: Builder, finders: Readonly<Record<string, NodeFinder>>): void {
  builder.interfaceType('Node', {
    description: 'Whatever has an id: a prefix and a UUIDv7 in base32, such as operation_01jd3k….',
    fields: (t) => ({ id: t.id({ description: 'Its id, unique among everything.', resolve: idOfItsOwn }) }),
  })
  const find = async (context: Context, id: string): Promise<object | null> => {
    viewerOf(context)
    const finder = new Map(Object.entries({ operation: findOperation, ...finders })).get(fromTypeId(id)?.prefix ?? '')
    return finder ? finder(context, id) : null
  }
  builder.queryField('node', (t) =>
    t.field({
      type: 'Node',
      nullable: true,
      description: 'Anything that has an id; null when it does not exist or this viewer may not see it.',
      args: { id: t.arg.id({ required: true, description: 'The id.' }) },
      resolve: (_root, { id }, context) => find(context, id),
    }),
  )
  builder.queryField('nodes', (t) =>
    t.field({
      type: ['Node'],
      nullable: { list: false, items: true },
      description: 'Many things at once, in the order of their ids; null for each that does not exist or that this viewer may not see.',
      args: { ids: t.arg.idList({ required: true, description: 'The ids, at most 100.' }) },
      resolve: (_root, { ids }, context) => {
        viewerOf(context)
        checkInput((check) => check.list('ids', ids, LIMITS.ids))
        return ids.map((id) => find(context, id))
      },
    }),
  )
}
