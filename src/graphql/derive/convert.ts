import type { InputIssue } from '../../base/errors.ts'
import { toTypeId, uuidOf } from '../../base/ids.ts'
import type { Shape } from './shape.ts'

/** Values between the API and a definition's schema: ids of the API stand for UUIDs, and a null that means nothing is left out. */

export interface Converted {
  readonly value: unknown
  readonly issues: readonly InputIssue[]
}

/** From the API to the definition. What has another form than the schema is passed on: the schema refuses it with the path. */
export function fromApi(shape: Shape, value: unknown, path: string): Converted {
  const issues: InputIssue[] = []
  return { value: convert(shape, value, path, issues), issues }
}

function convert(shape: Shape, value: unknown, path: string, issues: InputIssue[]): unknown {
  if (shape.kind === 'id') return idFrom(shape, value, path, issues)
  if (shape.kind === 'list' && Array.isArray(value)) return value.map((entry, index) => convert(shape.item, entry, `${path}.${index}`, issues))
  if (shape.kind !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = new Map(shape.fields.map((field) => [field.name, field]))
  const converted = Object.entries(value).flatMap(([name, entry]) => {
    const field = fields.get(name)
    if (!field) return [[name, entry]]
    if (entry === null && field.optional && !field.acceptsNull) return []
    return [[name, convert(field.shape, entry, `${path}.${name}`, issues)]]
  })
  return Object.fromEntries(converted)
}

function idFrom({ idPrefix, stored }: Extract<Shape, { kind: 'id' }>, value: unknown, path: string, issues: InputIssue[]): unknown {
  if (idPrefix === undefined || value === null || value === undefined) return value
  const uuid = typeof value === 'string' ? uuidOf(idPrefix, value) : undefined
  if (uuid === undefined) issues.push({ path, message: `expected an id that starts with ${idPrefix}_, as the API gives it` })
  return stored === 'uuid' ? uuid : value
}

/** From a stored value to what a field of this shape shows. Objects and lists of objects are converted by their own fields. */
export function toApi(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (shape.kind === 'id' && shape.stored === 'uuid' && shape.idPrefix !== undefined && typeof value === 'string') return toTypeId(shape.idPrefix, value)
  if (shape.kind === 'list' && Array.isArray(value)) return value.map((entry) => toApi(shape.item, entry))
  return value
}
