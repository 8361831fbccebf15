import { readFile } from 'node:fs/promises'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  printSchema,
  validate,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { parseConfig } from '../../src/config/config.ts'
import { statementImport } from '../../src/domains/imports/operations.ts'
import { statementRecategorization } from '../../src/domains/imports/recategorization.ts'
import { systemMaintenance } from '../../src/domains/maintenance/operations.ts'
import { saleEvents } from '../../src/domains/sales/events.ts'
import { sandboxExercise } from '../../src/domains/sandbox/operations.ts'
import { storeDefinitions } from '../../src/domains/stores/operations/definitions.ts'
import { externalOperation } from '../../src/engine/external.ts'
import { Registry } from '../../src/engine/registry.ts'
import { GRAPHIQL_TABS } from '../../src/graphql/graphiql-tabs.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { freshPglite } from '../setup/databases.ts'

const schema = createSchema(
  new Registry([statementImport, statementRecategorization, systemMaintenance, sandboxExercise(systemClock), externalOperation, ...storeDefinitions]),
  [saleEvents],
)
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name),
)

interface Described {
  readonly path: string
  readonly description: string | null | undefined
}

function describedParts(): Described[] {
  return types.flatMap((type) => {
    const parts: Described[] = [{ path: type.name, description: type.description }]
    if (isEnumType(type)) parts.push(...type.getValues().map((value) => ({ path: `${type.name}.${value.name}`, description: value.description })))
    if (isInputObjectType(type))
      parts.push(...Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, description: field.description })))
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        parts.push({ path: `${type.name}.${field.name}`, description: field.description })
        parts.push(...field.args.map((arg) => ({ path: `${type.name}.${field.name}(${arg.name})`, description: arg.description })))
      }
    }
    return parts
  })
}

const fieldsOf = (of: GraphQLSchema): { readonly path: string; readonly field: GraphQLField<unknown, unknown> }[] =>
  Object.values(of.getTypeMap()).flatMap((type) =>
    (isObjectType(type) || isInterfaceType(type)) && !isIntrospectionType(type)
      ? Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, field }))
      : [],
  )

describe('the schema', () => {
  test('describes every type, field, argument and enum value with a sentence', () => {
    expect(
      describedParts()
        .filter(({ description }) => !description || !/[.:…]$/.test(description.trim()))
        .map(({ path }) => path),
    ).toEqual([])
  })

  test('says of every list how long it can get', () => {
    const lists = fieldsOf(schema).filter(({ field }) => isListType(isNonNullType(field.type) ? field.type.ofType : field.type))
    const bounded = /at most|as many as|one entry|many things at once/i
    // A statement has a handful of currencies.
    const known = ['StatementImportResult.totals']
    expect(lists.filter(({ path, field }) => !bounded.test(field.description ?? '') && !known.includes(path)).map(({ path }) => path)).toEqual([])
  })

  test('has no list with entries that may be null, except nodes', () => {
    const loose = fieldsOf(schema).filter(({ field }) => /\[\w+\]/.test(String(field.type)))
    expect(loose.map(({ path }) => path)).toEqual(['Query.nodes'])
  })

  test('gives every mutation one input argument and a union of the payload and errors', () => {
    // Nothing can be refused of it that a client expects, and its result is what it changes.
    const plain = ['markSalesSeen', 'dismissAllNotifications']
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {}).filter(({ name }) => !plain.includes(name))) {
      expect(field.args.map((arg) => `${arg.name}: ${String(arg.type)}`)).toEqual([expect.stringMatching(/^input: \w+Input!$/)])
      const result = isNonNullType(field.type) ? field.type.ofType : field.type
      const members = isUnionType(result) ? result.getTypes() : []
      const [payloads, errors] = [members.filter((member) => member.name.endsWith('Payload')), members.filter((member) => member.name.endsWith('Error'))]
      expect([field.name, payloads.length, payloads.length + errors.length]).toEqual([field.name, 1, members.length])
      for (const error of errors) expect(error.getInterfaces().map(String)).toEqual(['Error'])
    }
  })

  test('implements Operation and Node by one object type for each definition', () => {
    const names = schema.getPossibleTypes(schema.getTypeMap()['Operation'] as never).map((type) => type.name)
    expect(names.toSorted()).toEqual([
      'DataUpdateOperation',
      'ExternalOperation',
      'RagSyncOperation',
      'SandboxExerciseOperation',
      'StatementImportOperation',
      'StatementRecategorizationOperation',
      'StoreConnectionOperation',
      'StoreReconnectionOperation',
      'SystemMaintenanceOperation',
      'WhatsappSetupOperation',
    ])
  })

  test('is what schema.graphql says, and the script prints what the app serves', async () => {
    const { database, drop } = await freshPglite()
    const app = await createApp({ config: parseConfig({}), telemetry: new Telemetry(), database, bus: createMemoryBus() })
    const printed = await readFile('schema.graphql', 'utf8')
    expect(printed.slice(printed.indexOf('\n\n') + 2).trim()).toBe(printSchema(createSchema(app.engine.registry, app.events.definitions)).trim())
    await drop()
  })
})

describe('documents', () => {
  test.each(GRAPHIQL_TABS.map((tab) => [tab.query.split('\n')[0] as string, tab] as const))('the tab %s is valid', (_title, tab) => {
    expect(validate(schema, parse(tab.query))).toEqual([])
    expect(() => JSON.parse(tab.variables) as unknown).not.toThrow()
  })

  test('for clients are valid', async () => {
    const files = ['operations', 'start', 'control', 'watch', 'history', 'stores']
    const texts = await Promise.all(files.map((file) => readFile(`src/client/documents/${file}.graphql`, 'utf8')))
    expect(validate(schema, parse(texts.join('\n')))).toEqual([])
  })

  test('are generated from a schema that graphql-js reads back', async () => {
    expect(buildSchema(await readFile('schema.graphql', 'utf8')).getQueryType()?.name).toBe('Query')
  })
})
