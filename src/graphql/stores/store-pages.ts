import type { ArgBuilder } from '@pothos/core'
import { toTypeId, uuidOf } from '../../base/ids.ts'
import type { Builder } from '../builder.ts'
import { checkInput } from '../limits.ts'
import { type Connection, connectionOf, DEFAULT_PAGE_SIZE, type PageArgs, pageRequest } from '../pages.ts'

type ArgsBuilder = { readonly arg: ArgBuilder<Builder['$inferSchemaTypes']> }

/** Relay's arguments, both ways. */
export const pageArgs = (t: ArgsBuilder) => ({
  first: t.arg.int({ description: `Length of the page counted from its start, at most 100; ${DEFAULT_PAGE_SIZE} by default.` }),
  after: t.arg.string({ description: 'Cursor after which the page starts.' }),
  last: t.arg.int({ description: 'Length of the page counted from its end, at most 100.' }),
  before: t.arg.string({ description: 'Cursor before which the page ends.' }),
})

export interface KeysetPage {
  readonly limit: number
  readonly fromEnd: boolean
  readonly after?: string | undefined
  readonly before?: string | undefined
}

interface Found<Row> {
  readonly items: readonly Row[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** A page of rows whose cursors are their ids. */
export async function idPage<Row extends { readonly id: string }>(
  prefix: string,
  args: PageArgs,
  read: (page: KeysetPage) => Promise<Found<Row>>,
): Promise<Connection<Row>> {
  const { limit, fromEnd, ...cursors } = pageRequest(args)
  const [after, before] = [cursors.after, cursors.before].map((cursor) => (cursor === undefined ? undefined : uuidOf(prefix, cursor)))
  checkInput((check) => {
    if (cursors.after !== undefined && after === undefined) check.add('after', 'expected a cursor as the API gave it')
    if (cursors.before !== undefined && before === undefined) check.add('before', 'expected a cursor as the API gave it')
  })
  const { items, hasNext, hasPrevious } = await read({ limit, fromEnd, after, before })
  return connectionOf(
    items.map((row) => ({ cursor: toTypeId(prefix, row.id), node: row })),
    { next: hasNext, previous: hasPrevious },
  )
}
