import type { ListParams } from '../engine/engine.ts'
import { isDone, type OperationState } from '../engine/lifecycle.ts'
import type { OperationRecord } from '../engine/records.ts'
import type { Builder } from './builder.ts'
import { InputCheck, LIMITS } from './limits.ts'

export interface OperationFilter {
  readonly types?: readonly string[] | null | undefined
  readonly states?: readonly OperationState[] | null | undefined
  readonly done?: boolean | null | undefined
  readonly ownerId?: string | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  readonly text?: string | null | undefined
  readonly includeBatchDeleted?: boolean | null | undefined
}

export const addOperationFilter = (builder: Builder) =>
  builder.inputType('OperationFilter', {
    description: 'Which operations a list shows; all that is given must match.',
    fields: (t) => ({
      types: t.field({ type: ['OperationType'], description: 'Any of these types, at most 100.' }),
      states: t.field({ type: ['OperationState'], description: 'Any of these states, at most 100.' }),
      done: t.boolean({ description: 'True: COMPLETED, FAILED and CANCELED only; false: the active ones only.' }),
      ownerId: t.id({ description: 'Of this owner; others than oneself for administrators.' }),
      createdAfter: t.field({ type: 'DateTime', description: 'Created at or after this instant.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'Created before this instant.' }),
      text: t.string({ description: 'Part of the title, in any case, at most 200 characters.' }),
      includeBatchDeleted: t.boolean({ defaultValue: false, description: 'Also imports whose batch was deleted since.' }),
    }),
  })

/** The filter as the engine takes it. Throws `InvalidInputError`. */
export function listFilter(filter: OperationFilter | null | undefined): ListParams['filter'] {
  if (!filter) return {}
  const check = new InputCheck()
  check.list('filter.types', filter.types, LIMITS.pageSize)
  check.list('filter.states', filter.states, LIMITS.pageSize)
  check.text('filter.ownerId', filter.ownerId, { to: LIMITS.ownerId })
  check.text('filter.text', filter.text, { to: LIMITS.search })
  check.done()
  const { includeBatchDeleted, ...given } = filter
  return { ...withoutNulls(given), includeHidden: includeBatchDeleted ?? false }
}

type Given<Value> = { [Name in keyof Value]: Exclude<Value[Name], null | undefined> }

const withoutNulls = <Value extends object>(value: Value): Partial<Given<Value>> =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined)) as Partial<Given<Value>>

/** The same filter as a question about one record, for live lists. */
export function matcherOf(filter: ListParams['filter']): (record: OperationRecord) => boolean {
  const text = filter.text?.toLowerCase()
  return (record) =>
    (filter.includeHidden === true || !record.hidden) &&
    (filter.types?.includes(record.type) ?? true) &&
    (filter.states?.includes(record.state) ?? true) &&
    (filter.done === undefined || filter.done === isDone(record.state)) &&
    (filter.ownerId === undefined || filter.ownerId === record.ownerId) &&
    (filter.createdAfter === undefined || record.createdAt >= filter.createdAfter) &&
    (filter.createdBefore === undefined || record.createdAt < filter.createdBefore) &&
    (text === undefined || record.title.toLowerCase().includes(text))
}
