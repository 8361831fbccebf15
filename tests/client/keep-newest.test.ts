import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { keepNewest } from '../../src/client/keep-newest.ts'
import { prepareDocument } from '../../src/client/prepare-document.ts'
import { Seen } from '../../src/client/seen.ts'

const TYPE = 'SandboxExerciseOperation'
const operation = (version: number, rest: object = {}) => ({ __typename: TYPE, id: 'o', version, ...rest })
const progress = (revision: number, done: number) => ({ __typename: 'OperationProgress', revision, done })

/** Reads answers with one memory, in the order in which they arrive. */
function reader(limit?: number) {
  const seen = new Seen(limit)
  const read = (text: string, data: object, variables = {}) => keepNewest(seen, { data, document: prepareDocument(parse(text)).document, variables })
  return { seen, read }
}

const ONE = '{ operation(id: "o") { state progress { done } } }'

describe('keepNewest', () => {
  test('passes on the very object when nothing is older', () => {
    const { read } = reader()
    const data = { operation: operation(3, { state: 'RUNNING', progress: progress(5, 5) }) }
    expect(read(ONE, data)).toEqual({ data, isBehind: false })
    expect(read(ONE, data).data).toBe(data)
  })

  test('replaces the state of an answer that was overtaken, and leaves the answer itself alone', () => {
    const { read } = reader()
    const newer = { operation: operation(4, { state: 'COMPLETED', progress: progress(9, 9) }) }
    const older = Object.freeze({ operation: Object.freeze(operation(3, { state: 'RUNNING', progress: progress(5, 5) })) })
    read(ONE, newer)
    expect(read(ONE, older)).toEqual({ data: newer, isBehind: false })
    expect(older.operation).toMatchObject({ state: 'RUNNING' })
  })

  test('orders state by version and progress by revision, each for itself', () => {
    const { read } = reader()
    read(ONE, { operation: operation(4, { state: 'PAUSING', progress: progress(5, 5) }) })
    const { data } = read(ONE, { operation: operation(3, { state: 'RUNNING', progress: progress(8, 8) }) })
    expect(data).toEqual({ operation: operation(4, { state: 'PAUSING', progress: progress(8, 8) }) })
    expect(read(ONE, { operation: operation(5, { state: 'PAUSED', progress: progress(7, 7) }) }).data).toEqual({
      operation: operation(5, { state: 'PAUSED', progress: progress(8, 8) }),
    })
  })

  test('finds operations in nested lists, under aliases and fragments', () => {
    const { read } = reader()
    read('subscription { operations { state } }', { operations: operation(4, { state: 'FAILED' }) })
    const list = '{ mine: operations { edges { node { is: state ... on Operation { ...F } } } } } fragment F on Operation { what: state }'
    const { data } = read(list, {
      mine: { __typename: 'OperationConnection', edges: [{ __typename: 'OperationEdge', node: operation(3, { is: 'RUNNING', what: 'RUNNING' }) }] },
    })
    expect(data).toMatchObject({ mine: { edges: [{ node: { version: 4, is: 'FAILED', what: 'FAILED' } }] } })
  })

  test('does not take an alias for the field of that name', () => {
    const { read } = reader()
    read('{ operation(id: "o") { state: title } }', { operation: operation(4, { state: 'My import' }) })
    const { data, isBehind } = read('{ operation(id: "o") { state } }', { operation: operation(3, { state: 'RUNNING' }) })
    expect(data).toMatchObject({ operation: { state: 'RUNNING' } })
    expect(isBehind).toBe(true)
  })

  test('says when an older answer holds what was never seen newer', () => {
    const { read } = reader()
    read('subscription { operation(id: "o") { state } }', { operation: operation(4, { state: 'COMPLETED' }) })
    const { data, isBehind } = read('{ operation(id: "o") { state steps { name state } } }', {
      operation: operation(3, { state: 'RUNNING', steps: [{ __typename: 'OperationStep', name: 'work', state: 'RUNNING' }] }),
    })
    expect(data).toMatchObject({ operation: { state: 'COMPLETED', steps: [{ state: 'RUNNING' }] } })
    expect(isBehind).toBe(true)
  })

  test('replaces parts as a whole, with the fields that this document asks for', () => {
    const { read } = reader()
    const failure = { __typename: 'OperationFailure', code: 'TIMEOUT', message: 'too slow' }
    read('{ operation(id: "o") { failure { code message } actions { action enabled } } }', {
      operation: operation(4, { failure, actions: [{ __typename: 'AvailableAction', action: 'RETRY', enabled: true }] }),
    })
    const { data, isBehind } = read('{ operation(id: "o") { failure { code } actions { action } } }', {
      operation: operation(3, { failure: null, actions: [{ __typename: 'AvailableAction', action: 'PAUSE' }] }),
    })
    expect(data).toEqual({
      operation: operation(4, {
        failure: { __typename: 'OperationFailure', code: 'TIMEOUT' },
        actions: [{ __typename: 'AvailableAction', action: 'RETRY' }],
      }),
    })
    expect(isBehind).toBe(false)
  })

  test('keeps an older part rather than half of a newer one, and says so', () => {
    const { read } = reader()
    const part = (code: string) => ({ __typename: 'OperationFailure', code })
    read('{ operation(id: "o") { failure { code } } }', { operation: operation(4, { failure: part('NEW') }) })
    const older = { operation: operation(3, { failure: { ...part('OLD'), message: 'old' } }) }
    const { data, isBehind } = read('{ operation(id: "o") { failure { code message } } }', older)
    expect(data).toMatchObject({ operation: { failure: { code: 'OLD', message: 'old' } } })
    expect(isBehind).toBe(true)
  })

  test('adds up what several documents ask for at the same version', () => {
    const { read } = reader()
    const failure = (rest: object) => ({ __typename: 'OperationFailure', ...rest })
    read('{ operation(id: "o") { failure { code } } }', { operation: operation(4, { failure: failure({ code: 'A' }) }) })
    read('{ operation(id: "o") { failure { message } } }', { operation: operation(4, { failure: failure({ message: 'm' }) }) })
    const { data, isBehind } = read('{ operation(id: "o") { failure { code message } } }', { operation: operation(3, { failure: null }) })
    expect(data).toMatchObject({ operation: { failure: { code: 'A', message: 'm' } } })
    expect(isBehind).toBe(false)
  })

  test('tells fields with other arguments apart, and leaves pages of lists alone', () => {
    const { read } = reader()
    const page = (seq: number) => ({
      __typename: 'OperationEventConnection',
      edges: [{ __typename: 'OperationEventEdge', node: { __typename: 'OperationEvent', seq } }],
    })
    const text = 'query ($after: Cursor) { operation(id: "o") { events(after: $after) { edges { node { seq } } } } }'
    read(text, { operation: operation(4, { events: page(4) }) }, { after: 'c' })
    expect(read(text, { operation: operation(3, { events: page(1) }) }, { after: null }).data).toMatchObject({ operation: { events: page(1) } })
  })

  test('takes operations of a type that it does not know for what they are', () => {
    const { read } = reader()
    const own = (version: number, state: string) => ({ operation: { __typename: 'LinkCheckOperation', id: 'o', version, state } })
    read('{ operation(id: "o") { ...F } } fragment F on Operation { state }', own(4, 'COMPLETED'))
    expect(read('{ operation(id: "o") { ...F } } fragment F on Operation { state }', own(3, 'RUNNING')).data).toEqual(own(4, 'COMPLETED'))
  })

  test('forgets everything when the server says that its history is another one', () => {
    const { read, seen } = reader()
    read(ONE, { operation: operation(9, { state: 'COMPLETED', progress: progress(9, 9) }) })
    const gap = (reason: string) => ({ operationEvents: { __typename: 'StreamGap', cursor: 'c', reason } })
    const stream = 'subscription { operationEvents(operationId: "o") { ... on StreamGap { reason } } }'
    read(stream, gap('RETENTION'))
    expect(seen.size).toBe(1)
    read(stream, gap('BEYOND_HEAD'))
    expect(seen.size).toBe(0)
    const restored = { operation: operation(3, { state: 'RUNNING', progress: progress(2, 2) }) }
    expect(read(ONE, restored)).toEqual({ data: restored, isBehind: false })
  })

  test('remembers so many objects at most, those that were seen last', () => {
    const { read, seen } = reader(2)
    for (const id of ['a', 'b', 'a', 'c']) read(ONE, { operation: { ...operation(4, { state: 'COMPLETED' }), id } })
    expect(seen.size).toBe(2)
    const old = (id: string) => read(ONE, { operation: { ...operation(3, { state: 'RUNNING' }), id } }).data
    expect(old('a')).toMatchObject({ operation: { state: 'COMPLETED' } })
    expect(old('b')).toMatchObject({ operation: { state: 'RUNNING' } })
  })

  test('leaves answers alone that have nothing to order', () => {
    const { read } = reader()
    for (const data of [{ viewer: { id: 'ana' } }, { operation: null }, { nodes: [null, { __typename: 'StatementBatch', id: 'b' }] }]) {
      const text = 'viewer' in data ? '{ viewer { id } }' : 'nodes' in data ? '{ nodes(ids: []) { id } }' : ONE
      expect(read(text, data).data).toBe(data)
    }
  })
})
