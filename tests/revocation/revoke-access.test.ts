import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOCAL_ADMIN, type Viewer } from '../../src/auth/viewer.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, SYNC } from '../graphql/api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const REVOKE = `mutation ($input: RevokeAccessInput!) {
  revokeAccess(input: $input) {
    __typename
    ... on Error { code message }
    ... on InvalidInputError { issues { path message } }
    ... on RevokeAccessPayload { revocation { userId tokenId reason revokedAt revokedBy { kind id } until } }
  }
}`
const later = (seconds: number) => new Date(systemClock.now() + seconds * 1_000).toISOString()

const revoke = async (viewer: Viewer | null, input: object) => {
  const { data, codes } = await world.ask(viewer, REVOKE, { input })
  return data?.['revokeAccess'] ?? codes
}

test('an administrator revokes a user, or a token', async () => {
  expect(await revoke(ADMIN, { userId: 'ana', reason: 'lost phone' })).toEqual({
    __typename: 'RevokeAccessPayload',
    revocation: {
      userId: 'ana',
      tokenId: null,
      reason: 'lost phone',
      revokedAt: expect.anything() as unknown,
      revokedBy: { kind: 'ADMIN', id: 'root' },
      until: null,
    },
  })
  const until = later(60)
  const { revocation } = (await revoke(ADMIN, { tokenId: 't-1', reason: 'leaked', until })) as { revocation: Record<string, unknown> }
  expect(revocation).toMatchObject({ userId: null, tokenId: 't-1' })
  expect(new Date(revocation['until'] as string).toISOString()).toBe(until)
})

test('nobody else does', async () => {
  for (const viewer of [ANA, SYNC]) {
    expect(await revoke(viewer, { userId: 'ana', reason: 'x' })).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
  }
  expect(await revoke(null, { userId: 'ana', reason: 'x' })).toEqual(['UNAUTHENTICATED'])
})

test.each<[string, object, string]>([
  ['nobody', { reason: 'x' }, 'input'],
  ['a user and a token at once', { userId: 'ana', tokenId: 't-1', reason: 'x' }, 'input'],
  ['a user without a name', { userId: ' ', reason: 'x' }, 'input.userId'],
  ['an endless subject', { userId: 'x'.repeat(256), reason: 'x' }, 'input.userId'],
  ['an endless token id', { tokenId: 'x'.repeat(501), reason: 'x' }, 'input.tokenId'],
  ['what the database cannot keep', { userId: 'a\u0000', reason: 'x' }, 'input.userId'],
  ['without a reason', { userId: 'ana', reason: '' }, 'input.reason'],
  ['until the past', { userId: 'ana', reason: 'x', until: later(-1) }, 'input.until'],
])('%s cannot be revoked', async (_name, input, path) => {
  expect(await revoke(ADMIN, input)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path }] })
})

test('the local administrator can be revoked by nobody, and revokes nobody, where no token is checked', async () => {
  for (const userId of ['local', 'ana']) {
    const message = expect.stringContaining('the local administrator stays') as string
    expect(await revoke(LOCAL_ADMIN, { userId, reason: 'x' })).toMatchObject({ __typename: 'ForbiddenError', message })
  }
  // Where tokens are checked, it is a name like any other.
  expect(await revoke(ADMIN, { userId: 'local', reason: 'x' })).toMatchObject({ __typename: 'RevokeAccessPayload' })
})
