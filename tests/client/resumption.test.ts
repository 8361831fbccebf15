import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { type Gap, Resumption } from '../../src/client/resume.ts'

const DOCUMENT = parse('subscription ($id: ID!) { operationEvents(operationId: $id) { ... on OperationEvent { type } } }')
const frame = (type: string, cursor: string, rest: object = {}) => ({ data: { operationEvents: { __typename: type, cursor, ...rest } } })
const event = (seq: number) => frame('OperationEvent', `c${seq}`, { seq })

function resumption() {
  const gaps: Gap[] = []
  const made = new Resumption({ document: DOCUMENT, variables: { id: 'o' }, onGap: (gap) => gaps.push(gap) })
  return { made, gaps }
}

describe('Resumption', () => {
  test('moves the cursor on in the very object that is sent again', () => {
    const { made } = resumption()
    const sent = made.variables
    expect(sent).toEqual({ id: 'o' })
    for (const result of [frame('OperationSnapshot', 'c4'), frame('StreamCaughtUp', 'c4'), event(5)]) expect(made.take(result)).toBe(true)
    expect(sent).toEqual({ id: 'o', after: 'c5' })
  })

  test("leaves the app's variables alone", () => {
    const variables = Object.freeze({ id: 'o' })
    const made = new Resumption({ document: DOCUMENT, variables })
    made.take(event(1))
    expect(variables).toEqual({ id: 'o' })
  })

  test('passes no event on twice', () => {
    const { made } = resumption()
    expect([1, 2, 2, 1, 3].map((seq) => made.take(event(seq)))).toEqual([true, true, false, false, true])
    expect(made.variables['after']).toBe('c3')
  })

  test('tells of a gap once, stays where it was until the snapshot is here, and goes on from there', () => {
    const { made, gaps } = resumption()
    made.take(event(5))
    const gap = frame('StreamGap', 'c5', { reason: 'BEYOND_HEAD' })
    expect(made.take(gap)).toBe(true)
    expect(made.variables['after']).toBe('c5')
    // Cut before the snapshot came: the server says it again.
    expect(made.take(gap)).toBe(false)
    expect(made.take(frame('OperationSnapshot', 'c2'))).toBe(true)
    expect(made.take(event(3))).toBe(true)
    expect(made.variables['after']).toBe('c3')
    expect(gaps).toEqual([{ reason: 'BEYOND_HEAD' }])
    expect(made.take(gap)).toBe(true)
  })

  test('lets everything else through', () => {
    const { made } = resumption()
    for (const result of [{}, { data: null }, { data: { operationEvents: null } }]) expect(made.take(result)).toBe(true)
    const latest = new Resumption({ document: parse('subscription { operation(id: "o") { state } }') })
    expect(latest.isLossless).toBe(false)
    expect(latest.take({ data: { operation: { cursor: 'c1' } } })).toBe(true)
    expect(latest.variables).toEqual({})
  })
})
