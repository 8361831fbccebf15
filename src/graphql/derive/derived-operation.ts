import { z } from 'zod'
import type { JsonObject } from '../../base/json.ts'
import type { OperationDefinition } from '../../engine/definition.ts'
import type { OperationExtras } from './extras.ts'
import { pascalOf, resultNameOf, startInputNameOf } from './names.ts'
import { objectShapeOf, type Shape, type ShapeField } from './shape.ts'

/** A definition read once, at start: everything that the schema says about it. */
export interface DerivedOperation {
  readonly definition: OperationDefinition
  readonly extras: OperationExtras | undefined
  readonly input: Extract<Shape, { kind: 'object' }>
  /** Fields that clients give when they start it. */
  readonly inputFields: readonly ShapeField[]
  /** Fields of its input that its object type shows. */
  readonly shownFields: readonly ShapeField[]
  /** `undefined`: its result is nothing, or a free-form object. */
  readonly result: Extract<Shape, { kind: 'object' }> | undefined
  readonly freeFormResult: boolean
  /** JSON Schema of the input, for forms and for the generic start. */
  readonly inputSchema: JsonObject
}

/** Options of every start; a definition's input can't use these names. */
export const START_OPTION_NAMES = ['title', 'priority', 'runAt', 'idempotencyKey', 'ownerId'] as const

/** Throws, with a sentence, when the definition uses what the API can't derive. */
export function derive(definition: OperationDefinition, extras: OperationExtras | undefined): DerivedOperation {
  const { type } = definition
  const input =
    Object.keys(definition.input.shape).length === 0 ? emptyInput(type) : objectShapeOf(definition.input, { path: `${type} input`, typeName: pascalOf(type) })
  const clash = input.fields.find((field) => (START_OPTION_NAMES as readonly string[]).includes(field.name))
  if (clash) throw new Error(`${type} input.${clash.name}: this name is taken by an option that every start has; call it something else`)
  return {
    definition,
    extras,
    input: { ...input, name: startInputNameOf(type), description: `Input of start${pascalOf(type)}.` },
    inputFields: input.fields.filter((field) => !extras?.provided?.includes(field.name)),
    shownFields: input.fields.filter((field) => !field.writeOnly && !extras?.hidden?.includes(field.name)),
    result: definition.result instanceof z.ZodObject ? resultShapeOf(definition, definition.result) : undefined,
    freeFormResult: definition.result instanceof z.ZodRecord,
    inputSchema: inputSchemaOf(definition, extras),
  }
}

const emptyInput = (type: string): Extract<Shape, { kind: 'object' }> => ({ kind: 'object', name: startInputNameOf(type), description: '', fields: [] })

function resultShapeOf({ type, title }: OperationDefinition, schema: z.ZodObject): Extract<Shape, { kind: 'object' }> | undefined {
  if (Object.keys(schema.shape).length === 0) return undefined
  const shape = objectShapeOf(schema, { path: `${type} result`, typeName: resultNameOf(type) })
  return { ...shape, name: resultNameOf(type), description: schema.description ?? `What an operation of the type ${type} (${title}) gives.` }
}

/** An id of the API is no UUID: forms must not ask for one, nor for what the server makes itself. */
function inputSchemaOf(definition: OperationDefinition, extras: OperationExtras | undefined): JsonObject {
  const provided = (extras?.provided ?? []).filter((name) => name in definition.input.shape)
  const omitted: Record<string, true> = Object.fromEntries(provided.map((name) => [name, true]))
  const schema = z.toJSONSchema(definition.input.omit(omitted), {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (typeof jsonSchema.idPrefix !== 'string') return
      jsonSchema.pattern = `^${jsonSchema.idPrefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`
      delete jsonSchema.format
    },
  })
  return schema as unknown as JsonObject
}
