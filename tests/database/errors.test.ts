import { describe, expect, test } from 'vitest'
import { codeOf, isConnectionError, isDataError, isSerializationError, isUniqueViolation } from '../../src/database/errors.ts'

const withCode = (code: string) => Object.assign(new Error('failed'), { code })

describe('isConnectionError', () => {
  test.each(['08006', '08P01', '57P01', '57P03', '25P03', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'])('knows the code %s', (code) => {
    expect(isConnectionError(withCode(code))).toBe(true)
  })
  test.each(['Connection terminated unexpectedly', 'Connection terminated', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'knows the sentence %s',
    (text) => {
      expect(isConnectionError(new Error(text))).toBe(true)
    },
  )
  test('looks into the failures of several addresses', () => {
    expect(isConnectionError(new AggregateError([withCode('ECONNREFUSED')]))).toBe(true)
  })
  test.each([withCode('23505'), new Error('no'), 'ECONNRESET', undefined, null])('refuses %s', (error) => {
    expect(isConnectionError(error)).toBe(false)
  })
})

describe('isDataError', () => {
  test.each(['22P02', '22P05', '22021', '23505', '23514', '54000', '42804'])('knows the code %s', (code) => {
    expect(isDataError(withCode(code))).toBe(true)
  })
  test.each(['40001', '57P01', '42601', 'ECONNRESET', '22'])('refuses the code %s', (code) => {
    expect(isDataError(withCode(code))).toBe(false)
  })
})

describe('isSerializationError', () => {
  test('knows serialization failures and deadlocks only', () => {
    expect(['40001', '40P01', '40003'].map((code) => isSerializationError(withCode(code)))).toEqual([true, true, false])
  })
})

describe('isUniqueViolation', () => {
  test('compares the name of the index when one is given', () => {
    const error = Object.assign(withCode('23505'), { constraint: 'users_name_key' })
    expect([isUniqueViolation(error), isUniqueViolation(error, 'users_name_key'), isUniqueViolation(error, 'other')]).toEqual([true, true, false])
  })
})

describe('codeOf', () => {
  test('gives the code of plain objects too, and nothing for what has no text as code', () => {
    expect([codeOf({ code: 'X' }), codeOf({ code: 1 }), codeOf('X'), codeOf(null)]).toEqual(['X', undefined, undefined, undefined])
  })
})
