import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstUuidAt, fromTypeId, namedStream, newUuid, newUuidAt, toTypeId, uuidOf } from '../../src/base/ids.ts'

const uuids = fc.uuid()

describe('toTypeId and fromTypeId', () => {
  test('give back every uuid', () => {
    fc.assert(
      fc.property(uuids, (uuid) => {
        expect(fromTypeId(toTypeId('operation', uuid))).toEqual({ prefix: 'operation', uuid })
      }),
    )
  })

  test('keep the order of uuids', () => {
    fc.assert(
      fc.property(uuids, uuids, (left, right) => {
        expect(toTypeId('x', left) < toTypeId('x', right)).toBe(left < right)
      }),
    )
  })

  // The valid vector of the TypeID specification.
  test('agree with the specification', () => {
    expect(toTypeId('prefix', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('prefix_01h455vb4pex5vsknk084sn02q')
  })

  test.each([
    '',
    'operation',
    'operation_',
    '_01h455vb4pex5vsknk084sn02q',
    'operation_81h455vb4pex5vsknk084sn02q',
    'operation_01H455VB4PEX5VSKNK084SN02Q',
    'operation_01h455vb4pex5vsknk084sn02',
    'operation_01h455vb4pex5vsknk084sn0lu',
  ])('refuse %j', (id) => {
    expect(fromTypeId(id)).toBeUndefined()
  })
})

describe('uuidOf', () => {
  test('takes ids with the expected prefix only', () => {
    const uuid = newUuid()
    expect(uuidOf('operation', toTypeId('operation', uuid))).toBe(uuid)
    expect(uuidOf('operation', toTypeId('batch', uuid))).toBeUndefined()
  })
})

describe('newUuid', () => {
  test('makes ids that grow', () => {
    const made = Array.from({ length: 2_000 }, newUuid)
    expect(made).toEqual(made.toSorted())
    expect(new Set(made).size).toBe(made.length)
  })

  test('is not below the first id of its instant', () => {
    const made = newUuid()
    const madeAt = Number.parseInt(made.replaceAll('-', '').slice(0, 12), 16)
    expect(firstUuidAt(madeAt) <= made).toBe(true)
    expect(firstUuidAt(madeAt + 1) > made).toBe(true)
  })
})

describe('namedStream', () => {
  test('is the same for the same name only', () => {
    expect(namedStream('inbox:ana')).toBe(namedStream('inbox:ana'))
    expect(namedStream('inbox:ana')).not.toBe(namedStream('inbox:bia'))
  })
})

describe('newUuidAt', () => {
  test('takes its place among ids of the instant, and never twice the same', () => {
    const at = Date.UTC(2020, 4, 17)
    const made = newUuidAt(at)
    expect(firstUuidAt(at) <= made && made < firstUuidAt(at + 1)).toBe(true)
    expect(newUuidAt(at)).not.toBe(made)
    expect(made < newUuid()).toBe(true)
  })
})
