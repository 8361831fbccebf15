import type { ObjectRef, OutputRefShape } from '@pothos/core'
import type { Builder } from './builder.ts'
import { InputCheck, LIMITS } from './limits.ts'

/** Lists are Relay connections (https://relay.dev/graphql/connections.htm): forward with `first` and `after`, backward with `last` and `before`. */
export interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

export interface Edge<Node> {
  readonly cursor: string
  readonly node: Node
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[]
  readonly pageInfo: PageInfo
}

export interface PageArgs {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export interface PageRequest {
  readonly limit: number
  readonly fromEnd: boolean
  readonly after: string | undefined
  readonly before: string | undefined
}

export const DEFAULT_PAGE_SIZE = 50

/** Reads Relay's arguments; throws `InvalidInputError`. */
export function pageRequest(args: PageArgs): PageRequest {
  const check = new InputCheck()
  const range = { from: 0, to: LIMITS.pageSize }
  check.whole('first', args.first, range)
  check.whole('last', args.last, range)
  check.text('after', args.after, { to: LIMITS.cursor })
  check.text('before', args.before, { to: LIMITS.cursor })
  if (typeof args.first === 'number' && typeof args.last === 'number') check.add('last', 'expected either first or last, got both')
  check.done()
  return {
    limit: args.first ?? args.last ?? DEFAULT_PAGE_SIZE,
    fromEnd: typeof args.last === 'number',
    after: args.after ?? undefined,
    before: args.before ?? undefined,
  }
}

/** Makes a connection of edges that are in order already. */
export function connectionOf<Node>(edges: readonly Edge<Node>[], has: { readonly next: boolean; readonly previous: boolean }): Connection<Node> {
  return {
    edges,
    pageInfo: { hasNextPage: has.next, hasPreviousPage: has.previous, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
  }
}

export function addPageInfo(builder: Builder): void {
  builder.objectType('PageInfo', {
    description: 'Where a page stands in its list (Relay).',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { description: 'True when more follows this page.' }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'True when something stands before this page.' }),
      startCursor: t.exposeString('startCursor', { nullable: true, description: 'Cursor of the first edge; null on an empty page.' }),
      endCursor: t.exposeString('endCursor', {
        nullable: true,
        description: 'Cursor of the last edge; null on an empty page. Give it as `after` for the next page.',
      }),
    }),
  })
}

export interface ConnectionParams<Node> {
  /** `Operation` gives `OperationConnection` and `OperationEdge`. */
  readonly name: string
  /** What the list holds, plural, for descriptions. */
  readonly plural: string
  readonly node: OutputRefShape<Node>
  readonly cursorType: 'String' | 'Cursor'
}

/** Adds the connection and the edge type of a list. */
export function addConnection<Node>(
  builder: Builder,
  { name, plural, node, cursorType }: ConnectionParams<Node>,
): ObjectRef<Builder['$inferSchemaTypes'], Connection<Node>> {
  const edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    description: `One entry of a list of ${plural}.`,
    fields: (t) => ({
      cursor: t.field({ type: cursorType, description: 'Its position: give it as `after` or `before`.', resolve: (from) => from.cursor }),
      node: t.field({ type: node, description: 'The entry itself.', resolve: (from) => from.node as never }),
    }),
  })
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: `A page of ${plural}.`,
    fields: (t) => ({
      edges: t.field({ type: [edge], description: `The entries of this page, at most ${LIMITS.pageSize}.`, resolve: (from) => from.edges }),
      pageInfo: t.field({ type: 'PageInfo', description: 'Where this page stands.', resolve: (from) => from.pageInfo }),
    }),
  })
}
