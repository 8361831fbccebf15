import {
  buildSchema,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql'

/**
 * What frontends must know of the schema to cache, resume and retry, as a TypeScript module. Everything is found by shape (an `id`, a `version`, a
 * `revision`, an `idempotencyKey`, a stream of `StreamFrame`), so that a new domain needs nothing here.
 */
export function clientFacts(sdl: string): string {
  const schema = buildSchema(sdl)
  const facts: readonly (readonly [string, string, string, unknown])[] = [
    [
      'possibleTypes',
      'Readonly<Record<string, readonly string[]>>',
      'Object types of each interface and union: what caches need to match fragments.',
      possibleTypes(schema),
    ],
    ['unkeyedTypes', 'readonly string[]', 'Object types without an id: they are parts of what holds them.', unkeyedTypes(schema)],
    [
      'singletonTypes',
      'readonly string[]',
      'Object types without an id of which a viewer has exactly one, that can be asked for and subscribed to.',
      singletonTypes(schema),
    ],
    [
      'versionedTypes',
      'readonly string[]',
      'Object types with `id` and `version`: of two answers the one with the higher version is newer.',
      versionedTypes(schema),
    ],
    [
      'revisedTypes',
      'readonly string[]',
      'Parts with a `revision` of their own, which orders them whatever the version of what holds them.',
      revisedTypes(schema),
    ],
    ['sequencedTypes', 'readonly string[]', 'Frames with a `seq`: 1, 2, 3 … without a hole.', sequencedTypes(schema)],
    ['losslessFields', 'readonly string[]', 'Subscriptions that lose nothing and go on after a cursor.', losslessFields(schema)],
    [
      'keyedMutations',
      'Readonly<Record<string, string>>',
      'Mutations that take an idempotency key, and the argument in which it stands.',
      keyedMutations(schema),
    ],
    [
      'connectionFields',
      'Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>',
      'Relay connections: type, field, and the arguments that make another list of it.',
      connectionFields(schema),
    ],
    ['compositeFields', 'Readonly<Record<string, Readonly<Record<string, string>>>>', 'Type of each field that is an object.', compositeFields(schema)],
  ]
  const body = facts.map(([name, type, says, value]) => `/** ${says} */\nexport const ${name}: ${type} = ${JSON.stringify(value, null, 2)}\n`)
  return `// Printed from schema.graphql by \`npm run generate\`. Do not edit.\n\n${body.join('\n')}`
}

type Fields = GraphQLObjectType | GraphQLInterfaceType

const has = (type: Fields, name: string): boolean => name in type.getFields()
const named = (schema: GraphQLSchema): readonly GraphQLNamedType[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))

/** Object types apart from the roots. */
const objects = (schema: GraphQLSchema): readonly GraphQLObjectType[] => {
  const roots = new Set<GraphQLNamedType | null | undefined>([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  return named(schema).filter((type) => isObjectType(type) && !roots.has(type)) as readonly GraphQLObjectType[]
}

const possibleTypes = (schema: GraphQLSchema) =>
  Object.fromEntries(
    named(schema)
      .filter(isAbstractType)
      .map((type) => [type.name, schema.getPossibleTypes(type).map((possible) => possible.name)]),
  )

const namesWith = (schema: GraphQLSchema, fits: (type: GraphQLObjectType) => boolean): readonly string[] =>
  objects(schema)
    .filter(fits)
    .map((type) => type.name)
const unkeyedTypes = (schema: GraphQLSchema) => namesWith(schema, (type) => !has(type, 'id'))
const singletonTypes = (schema: GraphQLSchema) => {
  const subscriptions = schema.getSubscriptionType()?.getFields() ?? {}
  const asked = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) => args.length === 0)
  const names = new Set(asked.map(({ name, type }) => (String(subscriptions[name]?.type) === String(type) ? getNamedType(type).name : undefined)))
  return namesWith(schema, (type) => !has(type, 'id') && names.has(type.name))
}
const versionedTypes = (schema: GraphQLSchema) => namesWith(schema, (type) => has(type, 'id') && has(type, 'version'))
const revisedTypes = (schema: GraphQLSchema) => namesWith(schema, (type) => !has(type, 'id') && has(type, 'revision'))
const isFrame = (type: Fields): boolean => type.name === 'StreamFrame' || type.getInterfaces().some((each) => each.name === 'StreamFrame')
const sequencedTypes = (schema: GraphQLSchema) => namesWith(schema, (type) => isFrame(type) && has(type, 'seq'))

const losslessFields = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getSubscriptionType()?.getFields() ?? {})
    .filter((field) => {
      const type = getNamedType(field.type)
      return (isObjectType(type) || isInterfaceType(type)) && isFrame(type) && field.args.some((argument) => argument.name === 'after')
    })
    .map((field) => field.name)

function keyedMutations(schema: GraphQLSchema): Record<string, string> {
  const keyed = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((field) => {
    const argument = field.args.find(({ type }) => {
      const input = getNamedType(type)
      return isInputObjectType(input) && 'idempotencyKey' in input.getFields()
    })
    return argument ? [[field.name, argument.name] as const] : []
  })
  return Object.fromEntries(keyed)
}

const PAGING = ['first', 'after', 'last', 'before']

function connectionFields(schema: GraphQLSchema): Record<string, Record<string, string[]>> {
  const query = schema.getQueryType()
  const found = [...(query ? [query] : []), ...objects(schema)].map((type) => {
    const fields = Object.values(type.getFields())
      .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
      .map((field) => [field.name, field.args.map((argument) => argument.name).filter((name) => !PAGING.includes(name))] as const)
    return [type.name, Object.fromEntries(fields)] as const
  })
  return Object.fromEntries(found.filter(([, fields]) => Object.keys(fields).length > 0))
}

/** What an implementing type shares with its first interface that has it is written once, at the interface. */
function compositeFields(schema: GraphQLSchema): Record<string, Record<string, string>> {
  const found = named(schema)
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .map((type) => {
      const inherited = new Set(type.getInterfaces().flatMap((each) => Object.keys(each.getFields())))
      const fields = Object.values(type.getFields())
        .filter((field) => isCompositeType(getNamedType(field.type)) && !inherited.has(field.name))
        .map((field) => [field.name, getNamedType(field.type).name] as const)
      return [type.name, Object.fromEntries(fields)] as const
    })
  return Object.fromEntries(found.filter(([, fields]) => Object.keys(fields).length > 0))
}
