import type { InputFieldMap, InputRef, OutputRefShape } from '@pothos/core'
import type { Builder } from '../builder.ts'
import { toApi } from './convert.ts'
import { enumValueNameOf } from './names.ts'
import type { Shape, ShapeField } from './shape.ts'

type Types = Builder['$inferSchemaTypes']
type ObjectShape = Extract<Shape, { kind: 'object' }>
type Stored = Readonly<Record<string, unknown>>

/** Types of the schema made from shapes, each name once. Values behind derived types are known at run time only, so they are `unknown` to the compiler. */
export class DerivedTypes {
  readonly #builder: Builder
  readonly #made = new Map<string, { readonly ref: unknown; readonly print: string }>()

  /** Enums that a domain makes itself, with a sentence for each value. */
  readonly #known = new Map<string, { readonly ref: unknown; readonly values: readonly string[] }>()

  constructor(builder: Builder) {
    this.#builder = builder
  }

  /** Schemas that name this enum get it as it is; they must have the same values. */
  know(name: string, ref: unknown, values: readonly string[]): void {
    this.#known.set(name, { ref, values })
  }

  /** The object type of a result, or of a value inside one. */
  object(shape: ObjectShape): OutputRefShape<Stored> {
    return this.#once(shape.name, shape, () =>
      this.#builder
        .objectRef<Stored>(shape.name)
        .implement({ description: shape.description, fields: (t) => Object.fromEntries(this.#outputFields(t, shape.fields)) }),
    )
  }

  /** The input type of an object shape. */
  input(shape: ObjectShape): InputRef<Stored> {
    const name = shape.name.endsWith('Input') ? shape.name : `${shape.name}Input`
    return this.#once(
      name,
      shape,
      () => this.#builder.inputType(name, { description: shape.description, fields: (t) => this.inputFields(t, shape.fields) }) as unknown as InputRef<Stored>,
    )
  }

  /** Fields that show the values of an object shape; `from` finds them behind the parent. */
  outputFields<Parent extends object>(t: FieldBuilderOf<Parent>, fields: readonly ShapeField[], from: (parent: Parent) => Stored) {
    return fields.map((field) => {
      const type = this.#outputType(field.shape)
      const resolve = (parent: Parent) => toApi(field.shape, from(parent)[field.name] ?? field.defaultValue) as never
      return [field.name, t.field({ type, nullable: field.nullable, description: field.description, resolve } as never)] as const
    })
  }

  /** The input fields of an object shape. */
  inputFields(t: InputFieldBuilderOf, fields: readonly ShapeField[]): InputFieldMap {
    const entries = fields.map((field) => {
      const options = { type: this.#inputType(field.shape), required: !field.optional && !field.acceptsNull, description: field.description }
      return [field.name, t.field((field.defaultValue === undefined ? options : { ...options, defaultValue: field.defaultValue }) as never)] as const
    })
    return Object.fromEntries(entries)
  }

  #outputFields(t: FieldBuilderOf<Stored>, fields: readonly ShapeField[]) {
    return this.outputFields(t, fields, (parent) => parent)
  }

  #outputType(shape: Shape): unknown {
    if (shape.kind === 'list') return [this.#outputType(shape.item)]
    if (shape.kind === 'object') return this.object(shape)
    if (shape.kind === 'enum') return this.#enum(shape)
    return SCALARS[shape.kind]
  }

  #inputType(shape: Shape): unknown {
    if (shape.kind === 'list') return [this.#inputType(shape.item)]
    if (shape.kind === 'object') return this.input(shape)
    if (shape.kind === 'enum') return this.#enum(shape)
    if (shape.kind === 'json') throw new Error('free-form objects are for results only: an input says what it expects')
    return SCALARS[shape.kind]
  }

  #enum(shape: Extract<Shape, { kind: 'enum' }>): unknown {
    const known = this.#known.get(shape.name)
    if (known) {
      if (known.values.toSorted().join() === shape.values.toSorted().join()) return known.ref
      throw new Error(`the API type ${shape.name} has the values ${known.values.join(', ')}, but a definition names ${shape.values.join(', ')}`)
    }
    const values = Object.fromEntries(shape.values.map((value) => [enumValueNameOf(value), { value, description: `The value \`${value}\`.` }]))
    return this.#once(shape.name, shape, () => this.#builder.enumType(shape.name, { description: shape.description, values }))
  }

  /** The same name must mean the same thing everywhere. */
  #once<Ref>(name: string, shape: Shape, make: () => Ref): Ref {
    const print = JSON.stringify(shape)
    const made = this.#made.get(name)
    if (made && made.print !== print)
      throw new Error(`the API type ${name} is derived from two different schemas; give one of them a name of its own with .meta({ typeName: '…' })`)
    if (made) return made.ref as Ref
    const ref = make()
    this.#made.set(name, { ref, print })
    return ref
  }
}

const SCALARS = { string: 'String', int: 'Int', float: 'Float', boolean: 'Boolean', id: 'ID', json: 'JSONObject' } as const

export type FieldBuilderOf<Parent> = PothosSchemaTypes.ObjectFieldBuilder<Types, Parent>
export type InputFieldBuilderOf = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>
