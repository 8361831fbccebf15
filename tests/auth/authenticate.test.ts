import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { type AuthenticatorParams, createAuthenticator, rolesOf } from '../../src/auth/authenticate.ts'
import { AuthenticationError } from '../../src/auth/authentication-error.ts'
import { credentialsOfHeader, credentialsOfParams } from '../../src/auth/bearer.ts'
import { NO_REVOCATIONS, type TokenFacts } from '../../src/auth/revocations.ts'
import { systemClock } from '../../src/base/clock.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { inSeconds, startIssuer } from './issuer.ts'

const SECRET = PLANTED.jwtSecret
const key = (secret: string) => new TextEncoder().encode(secret)

const withSecret = (more: Partial<AuthenticatorParams> = {}) =>
  createAuthenticator({ source: { kind: 'secret', secret: SECRET }, rolesClaim: 'roles', tenantClaim: 'tenant', clock: systemClock, ...more })

const sign = (claims: Record<string, unknown>, secret = SECRET, alg = 'HS256') => new SignJWT(claims).setProtectedHeader({ alg }).sign(key(secret))
const good = { sub: 'ana', exp: inSeconds(60) }

describe('authenticate', () => {
  test('without configuration everybody is the local administrator', async () => {
    const open = createAuthenticator({ source: { kind: 'none' }, rolesClaim: 'roles', tenantClaim: 'tenant', clock: systemClock })
    expect(await open.authenticate('whatever')).toMatchObject({ id: 'local', isLocalAdmin: true, roles: ['ADMIN', 'SERVICE', 'USER'] })
  })

  test('without a token there is no viewer', async () => {
    expect(await withSecret().authenticate(undefined)).toBeNull()
  })

  test('a good token gives subject, roles, tenant, name and expiry', async () => {
    const token = await sign({ ...good, roles: ['admin', 'editor', 'USER'], tenant: 'shop', name: 'Ana' })
    expect(await withSecret().authenticate(token)).toEqual({
      id: 'ana',
      roles: ['USER', 'ADMIN'],
      tenantId: 'shop',
      name: 'Ana',
      actor: { kind: 'admin', id: 'ana', name: 'Ana' },
      tokenExpiresAtMs: good.exp * 1_000,
      isLocalAdmin: false,
    })
  })

  test('claims may lie within objects, or have dots in their names', async () => {
    const nested = withSecret({ rolesClaim: 'realm_access.roles', tenantClaim: 'https://a.example/tenant' })
    expect(await nested.authenticate(await sign({ ...good, realm_access: { roles: ['SERVICE'] }, 'https://a.example/tenant': 'shop' }))).toMatchObject({
      roles: ['SERVICE'],
      tenantId: 'shop',
    })
  })

  test.each<[string, () => Promise<string>, Partial<AuthenticatorParams>]>([
    ['nonsense', () => Promise.resolve('nonsense'), {}],
    ['signed with another secret', () => sign(good, 'another secret of thirty-two bytes'), {}],
    ['signed with another algorithm', () => sign(good, SECRET.repeat(2), 'HS512'), {}],
    ['not signed at all', () => Promise.resolve(`${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(good))}.`), {}],
    ['expired', () => sign({ sub: 'ana', exp: inSeconds(-10) }), {}],
    ['not valid yet', () => sign({ ...good, nbf: inSeconds(60) }), {}],
    ['without an expiry', () => sign({ sub: 'ana' }), {}],
    ['without a subject', () => sign({ exp: inSeconds(60) }), {}],
    ['with an empty subject', () => sign({ ...good, sub: '' }), {}],
    ['of another issuer', () => sign({ ...good, iss: 'them' }), { issuer: 'us' }],
    ['for another audience', () => sign({ ...good, aud: 'them' }), { audience: 'us' }],
    ['endless', () => Promise.resolve('x'.repeat(20_000)), {}],
  ])('a token that is %s is refused, and not repeated', async (_name, createToken, params) => {
    const token = await createToken()
    const error = await withSecret(params)
      .authenticate(token)
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AuthenticationError)
    expect((error as AuthenticationError).code).toBe('UNAUTHENTICATED')
    expect((error as AuthenticationError).message).not.toContain(token)
  })

  test('a token that expired within the tolerance between clocks passes', async () => {
    expect(await withSecret().authenticate(await sign({ sub: 'ana', exp: inSeconds(-2) }))).toMatchObject({ id: 'ana' })
  })

  test('a token tells its id and when it was issued, where it does', async () => {
    const token = await sign({ ...good, jti: 'token-1', iat: inSeconds(-3) })
    expect(await withSecret().authenticate(token)).toMatchObject({ tokenId: 'token-1', tokenIssuedAtMs: expect.any(Number) as number })
    expect(Object.keys((await withSecret().authenticate(await sign({ ...good, jti: 7 }))) ?? {})).not.toContain('tokenId')
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['longer than allowed', { iat: inSeconds(-10), exp: inSeconds(3_600) }, 'the token lives longer than 3600 seconds'],
    ['for nobody knows how long', { exp: inSeconds(60) }, 'the token\'s claim "iat" is missing'],
  ])('with a longest life a token that lives %s is refused', async (_name, claims, message) => {
    await expect(withSecret({ maxTokenLifeMs: 3_600_000 }).authenticate(await sign({ sub: 'ana', ...claims }))).rejects.toThrow(message)
  })

  test('with a longest life a token that keeps to it passes', async () => {
    const strict = withSecret({ maxTokenLifeMs: 3_600_000 })
    expect(await strict.authenticate(await sign({ sub: 'ana', iat: inSeconds(-10), exp: inSeconds(3_590) }))).toMatchObject({ id: 'ana' })
  })

  test('a token that was revoked is refused', async () => {
    const asked: unknown[] = []
    const isRevoked = (token: TokenFacts) => asked.push([token.id, token.tokenId]) > 0
    const strict = withSecret({ revocations: { ...NO_REVOCATIONS, isRevoked } })
    await expect(strict.authenticate(await sign({ ...good, jti: 'token-1' }))).rejects.toThrow('access was revoked')
    expect(asked).toEqual([['ana', 'token-1']])
  })

  test('issuer and audience pass when they are as configured', async () => {
    const strict = withSecret({ issuer: 'us', audience: 'batuta' })
    expect(await strict.authenticate(await sign({ ...good, iss: 'us', aud: ['other', 'batuta'] }))).toMatchObject({ id: 'ana' })
  })
})

describe('authenticate with published keys', () => {
  test('takes tokens of a key that was added later, without a restart', async () => {
    const issuer = await startIssuer()
    const authenticator = withSecret({ source: { kind: 'jwks', url: issuer.url, cooldownMs: 0 } })
    const first = await issuer.addKey('one')
    expect(await authenticator.authenticate(await first.sign(good))).toMatchObject({ id: 'ana' })
    const second = await issuer.addKey('two')
    expect(await authenticator.authenticate(await second.sign(good))).toMatchObject({ id: 'ana' })
  })

  test('refuses a token of a key that is not published', async () => {
    const issuer = await startIssuer()
    const stranger = await issuer.addKey('one')
    issuer.removeKey('one')
    await issuer.addKey('two')
    await expect(withSecret({ source: { kind: 'jwks', url: issuer.url } }).authenticate(await stranger.sign(good))).rejects.toBeInstanceOf(AuthenticationError)
  })

  test('does not take a published key for a shared secret', async () => {
    const issuer = await startIssuer()
    await issuer.addKey('one')
    await expect(withSecret({ source: { kind: 'jwks', url: issuer.url } }).authenticate(await sign(good))).rejects.toBeInstanceOf(AuthenticationError)
  })

  test.each(['answers with an error', 'is away'])('an issuer that %s is UNAVAILABLE, which is not the fault of the token', async (how) => {
    const issuer = await startIssuer()
    const signer = await issuer.addKey('one')
    if (how === 'is away') await issuer.stop()
    else issuer.fail()
    await expect(withSecret({ source: { kind: 'jwks', url: issuer.url } }).authenticate(await signer.sign(good))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('rolesOf', () => {
  test.each([
    [undefined, ['USER']],
    [[], ['USER']],
    ['ADMIN', ['ADMIN']],
    ['service other', ['SERVICE']],
    [['SERVICE', 7, null], ['SERVICE']],
    [{ ADMIN: true }, ['USER']],
    ['a,ADMIN', ['ADMIN']],
  ])('%o', (claim, roles) => {
    expect(rolesOf(claim)).toEqual(roles)
  })
})

describe('credentials', () => {
  test.each([
    [undefined, { kind: 'none' }],
    ['', { kind: 'none' }],
    ['Bearer abc', { kind: 'token', token: 'abc' }],
    ['bearer  abc', { kind: 'token', token: 'abc' }],
    ['Basic abc', { kind: 'malformed' }],
    ['Bearer', { kind: 'malformed' }],
    ['Bearer a b', { kind: 'malformed' }],
  ])('of the header %o', (header, expected) => {
    expect(credentialsOfHeader(header)).toEqual(expected)
  })

  test('of connection parameters may be a bare token', () => {
    expect(credentialsOfParams({ token: 'abc' })).toEqual({ kind: 'token', token: 'abc' })
    expect(credentialsOfParams({ Authorization: 'Bearer abc' })).toEqual({ kind: 'token', token: 'abc' })
    expect(credentialsOfParams(undefined)).toEqual({ kind: 'none' })
    expect(credentialsOfParams({ token: { a: 1 } })).toEqual({ kind: 'malformed' })
  })
})
