import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import SchemaBuilder from '@pothos/core'
import { GraphQLError, GraphQLScalarType, GraphQLSchema } from 'graphql'
import { GraphQLDateTime } from 'graphql-scalars'
import { createGraphQLError, createSchema } from 'graphql-yoga'
import { describe, expect, test } from 'vitest'
import { ROOT } from './setup/source-files.ts'

/** With two copies of graphql an error of one is no error to the other: it is masked, or its code is lost. */
describe('graphql', () => {
  test('is one and the same for us and for every library', () => {
    const builder = new SchemaBuilder({})
    builder.queryType({ fields: (t) => ({ ok: t.boolean({ resolve: () => true }) }) })
    expect(builder.toSchema()).toBeInstanceOf(GraphQLSchema)
    expect(createSchema({ typeDefs: 'type Query { ok: Boolean }' })).toBeInstanceOf(GraphQLSchema)
    expect(createGraphQLError('no')).toBeInstanceOf(GraphQLError)
    expect(GraphQLDateTime).toBeInstanceOf(GraphQLScalarType)
  })

  test('is installed once', () => {
    const modules = join(ROOT, 'node_modules')
    const packages = readdirSync(modules).flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((scoped) => join(name, scoped)) : [name],
    )
    const copies = packages.filter((name) => existsSync(join(modules, name, 'node_modules', 'graphql')))
    expect(copies).toEqual([])
  })
})
