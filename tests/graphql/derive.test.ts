import { type GraphQLInputObjectType, type GraphQLObjectType, type GraphQLSchema, printType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { newUuid, toTypeId } from '../../src/base/ids.ts'
import { defineOperation, type OperationDefinition } from '../../src/engine/definition.ts'
import { externalOperation } from '../../src/engine/external.ts'
import { Registry } from '../../src/engine/registry.ts'
import { fromApi, toApi } from '../../src/graphql/derive/convert.ts'
import { derive } from '../../src/graphql/derive/derived-operation.ts'
import { enumValueNameOf, objectNameOf, pascalOf, startInputNameOf, startNameOf } from '../../src/graphql/derive/names.ts'
import { objectShapeOf } from '../../src/graphql/derive/shape.ts'
import { createSchema } from '../../src/graphql/schema.ts'

const definitionOf = (input: z.ZodObject, result: z.ZodType = z.object({})): OperationDefinition =>
  defineOperation({
    type: 'SHOP_CONNECTION',
    title: 'Store connection',
    description: 'Connects a store.',
    priority: 'high',
    estimate: '10s',
    timeout: '1m',
    input,
    result,
    steps: { one: 'One' },
    startableBy: ['USER'],
    run: () => Promise.resolve({}) as never,
  })

const schemaOf = (definition: OperationDefinition): GraphQLSchema => createSchema(new Registry([definition, externalOperation]))
const printed = (schema: GraphQLSchema, name: string): string =>
  printType(schema.getType(name) as GraphQLObjectType | GraphQLInputObjectType).replace(/"""[\s\S]*?"""\s*/g, '')

describe('names', () => {
  test('follow from the type', () => {
    expect([pascalOf('SHOP_CONNECTION'), objectNameOf('SHOP_CONNECTION'), startNameOf('SHOP_CONNECTION'), startInputNameOf('RAG_SYNC')]).toEqual([
      'ShopConnection',
      'ShopConnectionOperation',
      'startShopConnection',
      'StartRagSyncInput',
    ])
    expect(['keep', 'lastStep', 'last-step', 'Some thing', 'A_B'].map(enumValueNameOf)).toEqual(['KEEP', 'LAST_STEP', 'LAST_STEP', 'SOME_THING', 'A_B'])
  })
})

const EVERY_KIND = z.object({
  text: z.string().min(1).describe('A text'),
  whole: z.int().describe('A whole number.'),
  small: z.number().int().min(0).max(10).describe('A whole number.'),
  big: z.number().int().max(10_000_000_000).describe('Beyond 32 bits.'),
  real: z.number().describe('A number.'),
  yes: z.boolean().describe('A boolean.'),
  choice: z.enum(['first', 'lastOne']).describe('A choice.'),
  shared: z.enum(['a', 'b']).meta({ typeName: 'SharedChoice', description: 'Shared.' }).default('b').describe('With a default.'),
  list: z.array(z.string()).max(5).describe('A list.'),
  store: z.uuid().meta({ idPrefix: 'store' }).describe('An id.'),
  batch: z.string().meta({ idPrefix: 'batch' }).optional().describe('An id as text.'),
  nested: z
    .object({ deep: z.string().nullable().describe('Deep.') })
    .optional()
    .describe('An object.'),
  secret: z.string().meta({ writeOnly: true }).describe('Never shown.'),
})

describe('derive', () => {
  const schema = schemaOf(
    definitionOf(EVERY_KIND, z.object({ products: z.int().describe('Products.'), store: z.uuid().meta({ idPrefix: 'store' }).describe('The store.') })),
  )

  test('makes an input type of every kind of the subset, with the options of every start', () => {
    expect(
      printed(schema, 'StartShopConnectionInput')
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ).toEqual([
      'input StartShopConnectionInput {',
      'batch: ID',
      'big: Float!',
      'choice: ShopConnectionChoice!',
      'idempotencyKey: String',
      'list: [String!]!',
      'nested: ShopConnectionNestedInput',
      'ownerId: ID',
      'priority: Priority',
      'real: Float!',
      'runAt: DateTime',
      'secret: String!',
      'shared: SharedChoice = B',
      'small: Int!',
      'store: ID!',
      'text: String!',
      'title: String',
      'whole: Int!',
      'yes: Boolean!',
      '}',
    ])
    expect(printed(schema, 'SharedChoice')).toContain('A\n')
  })

  test('makes an object type that shows the input, except what is write-only, and the result', () => {
    const fields = (schema.getType('ShopConnectionOperation') as GraphQLObjectType).getFields()
    expect([fields['text'], fields['shared'], fields['nested'], fields['store'], fields['result']].map((field) => String(field?.type))).toEqual([
      'String!',
      'SharedChoice!',
      'ShopConnectionNested',
      'ID!',
      'ShopConnectionResult',
    ])
    expect(fields['secret']).toBeUndefined()
    expect(printed(schema, 'ShopConnectionResult')).toContain('products: Int!')
  })

  test('makes a start mutation and an entry in OperationType', () => {
    expect(schema.getMutationType()?.getFields()['startShopConnection']?.description).toBe('Starts: Store connection. Connects a store.')
    expect(printed(schema, 'OperationType')).toContain('SHOP_CONNECTION')
  })

  test('describes ids in the JSON Schema as the API shows them', () => {
    const { properties } = derive(definitionOf(EVERY_KIND), undefined).inputSchema as unknown as { properties: Record<string, Record<string, unknown>> }
    expect(properties['store']).toMatchObject({ type: 'string', pattern: expect.stringContaining('^store_') as unknown })
    expect(properties['store']).not.toHaveProperty('format')
    expect(properties['shared']).toMatchObject({ default: 'b', enum: ['a', 'b'] })
  })

  test.each([
    ['a union', z.object({ value: z.union([z.string(), z.int()]) }), 'SHOP_CONNECTION input.value: expected no union'],
    ['a date', z.object({ value: z.date() }), 'no date'],
    ['a tuple', z.object({ value: z.tuple([z.string()]) }), 'no tuple'],
    ['any', z.object({ value: z.any() }), 'no any'],
    ['a transformation', z.object({ value: z.string().transform(Number) }), 'no pipe'],
    ['a list of what may be missing', z.object({ value: z.array(z.string().nullable()) }), 'a list whose entries are never empty'],
    ['a free-form object in the input', z.object({ value: z.record(z.string(), z.string()) }), 'free-form objects are for results only'],
    ['an enum value without a name', z.object({ value: z.enum(['über']) }), 'has no name in the API'],
    ['an empty object inside', z.object({ value: z.object({}) }), 'an object with at least one field'],
    ['the name of an option', z.object({ title: z.string() }), 'this name is taken by an option'],
    ['the name of a field of Operation', z.object({ state: z.string() }), 'this name is taken by a field that every operation has'],
    [
      'one name for two types',
      z.object({ a: z.enum(['x']).meta({ typeName: 'Same' }), b: z.enum(['y']).meta({ typeName: 'Same' }) }),
      'derived from two different schemas',
    ],
  ])('refuses %s at start, with a sentence', (_what, input, sentence) => {
    expect(() => schemaOf(definitionOf(input))).toThrow(sentence)
  })

  test('accepts an input without fields and a result that is no object', () => {
    const bare = schemaOf(definitionOf(z.object({}), z.string()))
    expect((bare.getType('ShopConnectionOperation') as GraphQLObjectType).getFields()['result']).toBeUndefined()
  })
})

describe('conversion', () => {
  const shape = objectShapeOf(EVERY_KIND, { path: 'input', typeName: 'X' })
  const uuid = newUuid()

  test('reads ids of the API into UUIDs where the definition keeps UUIDs, and back', () => {
    const converted = fromApi(shape, { store: toTypeId('store', uuid), batch: toTypeId('batch', uuid) }, 'input')
    expect(converted).toEqual({ value: { store: uuid, batch: toTypeId('batch', uuid) }, issues: [] })
    expect(toApi({ kind: 'id', idPrefix: 'store', stored: 'uuid' }, uuid)).toBe(toTypeId('store', uuid))
    expect(toApi({ kind: 'list', item: { kind: 'id', idPrefix: 'batch', stored: 'text' } }, [toTypeId('batch', uuid)])).toEqual([toTypeId('batch', uuid)])
  })

  test.each([[uuid], ['nonsense'], [toTypeId('batch', uuid)], [7]])('refuses %j where a store is expected', (store) => {
    expect(fromApi(shape, { store }, 'input').issues).toEqual([{ path: 'input.store', message: 'expected an id that starts with store_, as the API gives it' }])
  })

  test('leaves out a null that means nothing, and keeps one that does', () => {
    expect(fromApi(shape, { batch: null, shared: null, nested: { deep: null } }, 'input').value).toEqual({ nested: { deep: null } })
  })
})
