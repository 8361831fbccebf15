import { readFileSync } from 'node:fs'
import { buildSchema, parse, print, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import * as documents from '../../src/client/generated/graphql.ts'
import { pollEvents, pollOperation } from '../../src/client/poll-document.ts'
import { prepareDocument } from '../../src/client/prepare-document.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
const valid = (document: Parameters<typeof print>[0]) => expect(validate(schema, parse(print(document)))).toEqual([])
const shipped = Object.entries(documents).flatMap(([name, document]) => (name.endsWith('Document') ? [[name, document as never] as const] : []))

describe('prepareDocument', () => {
  test.each(shipped)('keeps %s valid', (_name, document) => {
    const prepared = prepareDocument(document)
    valid(prepared.document)
    expect(prepareDocument(prepared.document)).toBe(prepared)
    expect(prepareDocument(document)).toBe(prepared)
  })

  test('adds what orders answers wherever an operation stands, through fragments and aliases', () => {
    const { document } = prepareDocument(
      parse(
        'query { all: operations { edges { node { state ...F } } } node(id: "x") { ... on StatementImportOperation { title } } } fragment F on Operation { progress { done } }',
      ),
    )
    valid(document)
    const text = print(document).replaceAll(/\s+/g, ' ')
    expect(text).toContain('node { state ...F __typename id version }')
    expect(text).toContain('... on StatementImportOperation { title __typename id version }')
    expect(text).toContain('progress { done __typename revision }')
  })

  test('lets a stream be resumed that selects no cursor and takes none', () => {
    const { document, stream } = prepareDocument(
      parse('subscription S($id: ID!) { log: operationEvents(operationId: $id) { ... on OperationEvent { type } } }'),
    )
    valid(document)
    expect(stream).toEqual({ responseKey: 'log', afterVariable: 'after' })
    expect(print(document)).toContain('operationEvents(operationId: $id, after: $after)')
    expect(print(document)).toContain('cursor')
  })

  test('takes the cursor from the variable that is there', () => {
    const { stream } = prepareDocument(parse('subscription ($from: Cursor) { operationEvents(operationId: "x", after: $from) { cursor } }'))
    expect(stream).toEqual({ responseKey: 'operationEvents', afterVariable: 'from' })
  })

  test('refuses a cursor that is written down, and documents with several operations', () => {
    expect(() => prepareDocument(parse('subscription { operationEvents(operationId: "x", after: "c") { cursor } }'))).toThrow(
      'expected "after" of operationEvents',
    )
    expect(() => prepareDocument(parse('query A { viewer { id } } query B { viewer { id } }'))).toThrow('one operation, got 2')
  })

  test('leaves alone what it does not know', () => {
    expect(print(prepareDocument(parse('{ __schema { types { name } } }')).document)).toBe(print(parse('{ __schema { types { name } } }')))
    expect(print(prepareDocument(parse('{ unheardOf { of { it } } }')).document)).toBe(print(parse('{ unheardOf { of { it } } }')))
  })

  test('does not clash with an alias of the same name', () => {
    expect(print(prepareDocument(parse('{ operation(id: "x") { version: title } }')).document)).not.toMatch(/version\s+version/)
  })
})

describe('the documents of polling', () => {
  test('are valid, with the variables and fragments that they use', () => {
    const events = pollEvents(prepareDocument(documents.OperationEventsDocument))
    valid(events.document)
    expect(events.variables).toEqual(['operationId', 'after'])
    const one = pollOperation(prepareDocument(documents.WatchOperationDocument))
    valid(one.document)
    expect(one.variables).toEqual(['id'])
    valid(
      pollEvents(prepareDocument(parse('subscription { operationEvents(operationId: "x") { ... on OperationSnapshot { is: operation { done: title } } } }')))
        .document,
    )
  })
})
