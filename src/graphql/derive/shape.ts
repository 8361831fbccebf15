import { z } from 'zod'
import { capitalized, enumValueNameOf } from './names.ts'

/**
 * The closed subset of zod from which API types are derived, read into plain values: objects, strings, whole and other
 * numbers, booleans, enums, literals, lists, free-form objects (results only), each of which may be optional, nullable or have a default.
 * `.describe()` gives descriptions. `.meta()` may add `typeName` (name of an enum or object type), `idPrefix` (an id of the API,
 * kept as it is in a text and as its UUID in a `z.uuid()`) and `writeOnly` (never shown again, such as a secret). Anything else stops the start with a sentence.
 */
export type Shape =
  | { readonly kind: 'string' | 'int' | 'float' | 'boolean' | 'json' }
  /** `stored`: whether the definition keeps the UUID, or the id of the API as it is. */
  | { readonly kind: 'id'; readonly idPrefix: string | undefined; readonly stored: 'uuid' | 'text' }
  | { readonly kind: 'enum'; readonly name: string; readonly description: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'object'; readonly name: string; readonly description: string; readonly fields: readonly ShapeField[] }

export interface ShapeField {
  readonly name: string
  readonly description: string
  readonly shape: Shape
  /** May be absent in the input. */
  readonly optional: boolean
  /** An explicit null means something of its own. */
  readonly acceptsNull: boolean
  /** May be null once it is parsed. */
  readonly nullable: boolean
  readonly defaultValue: unknown
  readonly writeOnly: boolean
}

interface Place {
  /** Where the value stands, for sentences: `STORE_CONNECTION input.name`. */
  readonly path: string
  /** The name that a type here gets unless it names itself. */
  readonly typeName: string
}

const INT_LIMIT = 2_147_483_647

/** Reads an object schema. Throws with a sentence when it uses something outside the subset. */
export function objectShapeOf(schema: z.ZodObject, place: Place): Extract<Shape, { kind: 'object' }> {
  const meta = schema.meta()
  const name = typeof meta?.typeName === 'string' ? meta.typeName : place.typeName
  const fields = Object.entries(schema.shape).map(([key, value]) =>
    fieldOf(key, value as z.ZodType, { path: `${place.path}.${key}`, typeName: name + capitalized(key) }),
  )
  if (fields.length === 0) throw unsupported(place.path, 'an object with at least one field')
  return { kind: 'object', name, description: meta?.description ?? `${name}.`, fields }
}

function fieldOf(name: string, schema: z.ZodType, place: Place): ShapeField {
  const unwrapped = unwrap(schema)
  const { description } = unwrapped.meta
  return {
    name,
    description: typeof description === 'string' && description !== '' ? asSentence(description) : asSentence(wordsOf(name)),
    shape: shapeOf(unwrapped.inner, place),
    optional: unwrapped.optional || unwrapped.defaultValue !== undefined,
    acceptsNull: unwrapped.nullable,
    nullable: unwrapped.nullable || unwrapped.optional,
    defaultValue: unwrapped.defaultValue,
    writeOnly: unwrapped.meta.writeOnly === true,
  }
}

/** `batchSize` → `batch size`: better than nothing where `.describe()` was forgotten. */
const wordsOf = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()

const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`

interface Unwrapped {
  inner: z.ZodType
  optional: boolean
  nullable: boolean
  defaultValue: unknown
  meta: Record<string, unknown>
}

/** Takes off what only says whether a value may be missing; what stands further out wins. */
function unwrap(schema: z.ZodType): Unwrapped {
  const found: Unwrapped = { inner: schema, optional: false, nullable: false, defaultValue: undefined, meta: { ...schema.meta() } }
  for (;;) {
    const current = found.inner
    if (current instanceof z.ZodOptional) found.optional = found.defaultValue === undefined
    else if (current instanceof z.ZodNullable) found.nullable = true
    else if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault) found.defaultValue ??= current.def.defaultValue
    else if (!(current instanceof z.ZodReadonly)) return found
    found.inner = current.unwrap() as z.ZodType
    found.meta = { ...found.inner.meta(), ...found.meta }
  }
}

function shapeOf(schema: z.ZodType, place: Place): Shape {
  const meta = schema.meta()
  if (schema instanceof z.ZodObject) return objectShapeOf(schema, place)
  if (schema instanceof z.ZodArray) return { kind: 'list', item: itemShapeOf(schema.element as z.ZodType, place) }
  if (schema instanceof z.ZodEnum) return enumShapeOf(Object.values(schema.enum).map(String), place, meta)
  if (schema instanceof z.ZodLiteral) return literalShapeOf([...schema.values], place, meta)
  if (schema instanceof z.ZodNumber) return numberShapeOf(schema)
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean' }
  if (schema instanceof z.ZodRecord) return { kind: 'json' }
  if (schema.type !== 'string') throw unsupported(place.path, `no ${schema.type}`)
  const format = (schema as z.ZodString).format
  const stored = format === 'uuid' || format === 'guid' ? 'uuid' : 'text'
  const idPrefix = typeof meta?.idPrefix === 'string' ? meta.idPrefix : undefined
  return stored === 'uuid' || idPrefix !== undefined ? { kind: 'id', idPrefix, stored } : { kind: 'string' }
}

function itemShapeOf(schema: z.ZodType, place: Place): Shape {
  const unwrapped = unwrap(schema)
  if (unwrapped.optional || unwrapped.nullable) throw unsupported(place.path, 'a list whose entries are never empty')
  return shapeOf(unwrapped.inner, place)
}

function numberShapeOf(schema: z.ZodNumber): Shape {
  const whole = schema.isInt
  // Whole numbers that are declared to pass 32 bits can't be GraphQL's Int. `z.int()` alone has the safe integers as its bounds.
  const declared = [schema.minValue, schema.maxValue].filter(
    (bound): bound is number => bound !== null && Number.isFinite(bound) && Math.abs(bound) !== Number.MAX_SAFE_INTEGER,
  )
  return { kind: whole && declared.every((bound) => Math.abs(bound) <= INT_LIMIT) ? 'int' : 'float' }
}

function enumShapeOf(values: readonly string[], place: Place, meta: Readonly<Record<string, unknown>> | undefined): Shape {
  const wrong = values.find((value) => !/^[A-Z][A-Z0-9_]*$/.test(enumValueNameOf(value)))
  if (wrong !== undefined) throw new Error(`${place.path}: the enum value ${JSON.stringify(wrong)} has no name in the API; use letters, digits and _`)
  const name = typeof meta?.typeName === 'string' ? meta.typeName : place.typeName
  return { kind: 'enum', name, description: typeof meta?.description === 'string' ? meta.description : `${name}.`, values }
}

function literalShapeOf(values: readonly unknown[], place: Place, meta: Readonly<Record<string, unknown>> | undefined): Shape {
  if (values.every((value) => typeof value === 'boolean')) return { kind: 'boolean' }
  if (values.every((value) => typeof value === 'string')) return enumShapeOf(values, place, meta)
  throw unsupported(place.path, 'literals that are strings or booleans')
}

const unsupported = (path: string, expected: string): Error =>
  new Error(
    `${path}: expected ${expected}; API types are derived from objects, strings, numbers, booleans, enums, lists and free-form objects, optional or not`,
  )
