import { parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { isRepeatable, newIdempotencyKey, withIdempotencyKeys } from '../../src/client/idempotency.ts'

const START = parse('mutation ($input: StartSandboxExerciseInput!) { startSandboxExercise(input: $input) { __typename } }')
const LITERAL = parse('mutation { a: startSandboxExercise(input: { items: 1 }) { __typename } b: startSandboxExercise(input: { items: 2 }) { __typename } }')
const PAUSE = parse('mutation ($input: OperationControlInput!) { pauseOperation(input: $input) { __typename } }')
const counting = () => {
  let count = 0
  return () => {
    count += 1
    return `key${count}`
  }
}

describe('withIdempotencyKeys', () => {
  test('adds a key to the input of a start', () => {
    const variables = Object.freeze({ input: Object.freeze({ items: 1 }) })
    const keyed = withIdempotencyKeys({ document: START, variables }, counting())
    expect(keyed).toEqual({ document: START, variables: { input: { items: 1, idempotencyKey: 'key1' } } })
    expect(isRepeatable({ document: START, variables })).toBe(false)
    expect(isRepeatable(keyed)).toBe(true)
  })

  test('leaves a key of the caller, and adds none twice', () => {
    const own = { document: START, variables: { input: { idempotencyKey: 'mine' } } }
    expect(withIdempotencyKeys(own)).toBe(own)
    const once = withIdempotencyKeys({ document: START, variables: { input: {} } })
    expect(withIdempotencyKeys(once)).toBe(once)
  })

  test('writes keys into inputs that are written in the document', () => {
    const keyed = withIdempotencyKeys({ document: LITERAL, variables: {} }, counting())
    const text = print(keyed.document)
    expect(() => parse(text)).not.toThrow()
    expect(text).toContain('items: 1, idempotencyKey: "key1"')
    expect(text).toContain('items: 2, idempotencyKey: "key2"')
    expect(withIdempotencyKeys(keyed)).toBe(keyed)
    expect(isRepeatable(keyed)).toBe(true)
    expect(print(LITERAL)).not.toContain('key1')
  })

  test('leaves other mutations, queries and missing inputs alone', () => {
    for (const document of [PAUSE, parse('{ viewer { id } }')]) {
      const request = { document, variables: { input: { id: 'o' } } }
      expect(withIdempotencyKeys(request)).toBe(request)
    }
    const request = { document: START, variables: {} }
    expect(withIdempotencyKeys(request)).toBe(request)
  })
})

test('a mutation that does something else too is not repeatable', () => {
  const both = parse(
    'mutation ($a: StartSandboxExerciseInput!, $b: OperationControlInput!) { startSandboxExercise(input: $a) { __typename } pauseOperation(input: $b) { __typename } }',
  )
  expect(isRepeatable(withIdempotencyKeys({ document: both, variables: { a: {}, b: {} } }))).toBe(false)
  expect(isRepeatable({ document: parse('{ viewer { id } }'), variables: {} })).toBe(true)
})

test('keys are long and never the same', () => {
  const keys = new Set(Array.from({ length: 1_000 }, newIdempotencyKey))
  expect(keys.size).toBe(1_000)
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
})
