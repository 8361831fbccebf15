import { describe, expect, test } from 'vitest'
import type { KnownRevocation } from '../../src/revocation/revocation.ts'
import { RevocationList } from '../../src/revocation/revocation-list.ts'

const user = (key: string, revokedAtMs: number, untilMs: number | null = null): KnownRevocation => ({ kind: 'user', key, revokedAtMs, untilMs })
const token = (key: string, untilMs: number | null = null): KnownRevocation => ({ kind: 'token', key, revokedAtMs: 1_000, untilMs })

const listOf = (...revocations: KnownRevocation[]): RevocationList => {
  const list = new RevocationList()
  list.add(revocations)
  return list
}

describe('a revoked user', () => {
  test.each([
    ['issued before', 4_000, true],
    ['issued in the same second, which iat rounds down', 5_000, true],
    ['issued later', 6_000, false],
    ['that does not say when it was issued', undefined, true],
  ])('a token %s', (_name, tokenIssuedAtMs, expected) => {
    expect(listOf(user('ana', 5_400)).isRevoked({ id: 'ana', ...(tokenIssuedAtMs === undefined ? {} : { tokenIssuedAtMs }) })).toBe(expected)
  })

  test('is nobody else, though a token has the same id as the user', () => {
    const list = listOf(user('ana', 5_000))
    expect(list.isRevoked({ id: 'bob', tokenId: 'ana', tokenIssuedAtMs: 1_000 })).toBe(false)
    expect(list.isRevoked({ id: 'ana2', tokenIssuedAtMs: 1_000 })).toBe(false)
  })

  test('stays revoked by the newest of several revocations, in whatever order they are read', () => {
    const list = listOf(user('ana', 9_000), user('ana', 5_000))
    expect(list.isRevoked({ id: 'ana', tokenIssuedAtMs: 8_000 })).toBe(true)
  })
})

describe('a revoked token', () => {
  test('is refused whoever bears it and whenever it was issued; others of the user are not', () => {
    const list = listOf(token('t-1'))
    expect(list.isRevoked({ id: 'ana', tokenId: 't-1', tokenIssuedAtMs: 9_999_999 })).toBe(true)
    expect(list.isRevoked({ id: 'ana', tokenId: 't-2', tokenIssuedAtMs: 1 })).toBe(false)
    expect(list.isRevoked({ id: 't-1' })).toBe(false)
  })
})

describe('add', () => {
  test('counts what was not known: rows that are read again change nothing', () => {
    const list = new RevocationList()
    expect(list.add([user('ana', 5_000), token('t-1')])).toBe(2)
    expect(list.add([user('ana', 5_000), token('t-1')])).toBe(0)
    expect(list.add([user('ana', 6_000)])).toBe(1)
    expect(list.size).toBe(2)
  })
})

describe('forget', () => {
  test('drops what no token can be alive for, and nothing that is kept', () => {
    const list = listOf(user('ana', 5_000, 10_000), token('t-1', 20_000), user('bob', 5_000, null))
    list.forget(9_999)
    expect(list.size).toBe(3)
    list.forget(10_000)
    expect([list.isRevoked({ id: 'ana' }), list.isRevoked({ id: 'x', tokenId: 't-1' }), list.isRevoked({ id: 'bob' })]).toEqual([false, true, true])
    list.forget(Number.MAX_SAFE_INTEGER)
    expect(list.size).toBe(1)
  })
})
