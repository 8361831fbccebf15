import { SignJWT } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { type AuthenticatorParams, createAuthenticator } from '../../src/auth/authenticate.ts'
import { AuthenticationError } from '../../src/auth/authentication-error.ts'
import { FIREBASE_KEYS_URL } from '../../src/auth/firebase.ts'
import { systemClock } from '../../src/base/clock.ts'
import { parseConfig } from '../../src/config/config.ts'
import { firebaseClaims, type Issuer, inSeconds, startIssuer } from './issuer.ts'

const PROJECT = 'my-shop-1a2b3'

let google: Issuer
beforeEach(async () => {
  google = await startIssuer()
})

/** As the configuration makes it from the project's id; the cool-down between reads of the keys is shorter. */
function ofProject(env: Record<string, string> = {}, more: Partial<AuthenticatorParams> = {}, cooldownMs = 0) {
  const { source, ...claims } = parseConfig({ AUTH_FIREBASE_PROJECT: PROJECT, AUTH_JWKS_URL: google.url, ...env }).auth
  if (source.kind !== 'firebase') throw new Error(`expected firebase, got ${source.kind}`)
  return createAuthenticator({ source: { ...source, cooldownMs }, ...claims, clock: systemClock, ...more })
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => error,
  )

describe('an ID token of Firebase', () => {
  test('gives its subject, with roles and tenant of the configured claims', async () => {
    const key = await google.addKey('one', 'RS256')
    const token = await key.sign(firebaseClaims(PROJECT, { role: 'admin', firebase: { tenant: 'shop-a' }, name: 'Ana' }))
    const viewer = await ofProject({ AUTH_ROLES_CLAIM: 'role', AUTH_TENANT_CLAIM: 'firebase.tenant' }).authenticate(token)
    expect(viewer).toMatchObject({ id: 'ana', roles: ['ADMIN'], tenantId: 'shop-a', name: 'Ana' })
  })

  test("reads Google's keys unless told otherwise", () => {
    expect(FIREBASE_KEYS_URL).toBe('https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com')
    expect(parseConfig({ AUTH_FIREBASE_PROJECT: PROJECT }).auth.source).toEqual({ kind: 'firebase', projectId: PROJECT, keysUrl: undefined })
  })

  test.each([
    ['of another issuer', { iss: `https://securetoken.example/${PROJECT}` }],
    ["of another project's issuer", { iss: 'https://securetoken.google.com/their-shop' }],
    ['for another audience', { aud: 'their-shop' }],
    ['of another project altogether', { iss: 'https://securetoken.google.com/their-shop', aud: 'their-shop' }],
    ['expired', { iat: inSeconds(-3_700), exp: inSeconds(-100) }],
    ['issued in the future', { iat: inSeconds(600) }],
    ['without an instant of issue', { iat: undefined }],
    ['of somebody who will sign in later', { auth_time: inSeconds(600) }],
    ['of somebody who never signed in', { auth_time: undefined }],
    ['with a text where the sign-in should be', { auth_time: 'yesterday' }],
    ['with an empty subject', { sub: '' }],
    ['without a subject', { sub: undefined }],
    ['without an expiry', { exp: undefined }],
    ['good for years', { exp: inSeconds(100_000_000) }],
  ])('is refused when it is %s', async (_name, claims) => {
    const key = await google.addKey('one', 'RS256')
    expect(await refusal(ofProject().authenticate(await key.sign(firebaseClaims(PROJECT, claims))))).toBeInstanceOf(AuthenticationError)
  })

  test('is refused when it is signed with the public key as a shared secret, with another algorithm, or not at all', async () => {
    const { publicPem } = await google.addKey('one', 'RS256')
    const elliptic = await google.addKey('two', 'ES256')
    const claims = firebaseClaims(PROJECT, { role: 'ADMIN' })
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(new TextEncoder().encode(publicPem))
    const unsigned = `${btoa('{"alg":"none","kid":"one"}')}.${btoa(JSON.stringify(claims))}.`
    const authenticator = ofProject()
    for (const token of [forged, unsigned, await elliptic.sign(claims)])
      expect(await refusal(authenticator.authenticate(token))).toBeInstanceOf(AuthenticationError)
  })
})

describe('rotation of the keys', () => {
  test('is followed without a restart: the new key is good, the one that is gone is not', async () => {
    const old = await google.addKey('old', 'RS256')
    const authenticator = ofProject()
    const token = await old.sign(firebaseClaims(PROJECT))
    expect(await authenticator.authenticate(token)).toMatchObject({ id: 'ana' })
    const next = await google.addKey('next', 'RS256')
    google.removeKey('old')
    expect(await authenticator.authenticate(await next.sign(firebaseClaims(PROJECT)))).toMatchObject({ id: 'ana' })
    expect(await refusal(authenticator.authenticate(token))).toMatchObject({ message: 'the token was signed with a key that the issuer does not publish' })
  })

  test('makes nobody ask for the keys more often than the cool-down allows', async () => {
    const key = await google.addKey('one', 'RS256')
    const authenticator = ofProject({}, {}, 60_000)
    expect(await authenticator.authenticate(await key.sign(firebaseClaims(PROJECT)))).toMatchObject({ id: 'ana' })
    const stranger = await google.addKey('two', 'RS256')
    google.removeKey('two')
    const token = await stranger.sign(firebaseClaims(PROJECT))
    for (let count = 0; count < 20; count += 1) expect(await refusal(authenticator.authenticate(token))).toBeInstanceOf(AuthenticationError)
    expect(google.reads).toBe(1)
  })

  test('when the key server answers with an error is UNAVAILABLE, which is not the fault of the token, and passes by itself', async () => {
    const key = await google.addKey('one', 'RS256')
    const authenticator = ofProject()
    google.fail()
    const token = await key.sign(firebaseClaims(PROJECT))
    expect(await refusal(authenticator.authenticate(token))).toMatchObject({ code: 'UNAVAILABLE' })
    google.recover()
    expect(await authenticator.authenticate(token)).toMatchObject({ id: 'ana' })
  })

  test('when the key server is away is UNAVAILABLE too', async () => {
    const key = await google.addKey('one', 'RS256')
    await google.stop()
    expect(await refusal(ofProject().authenticate(await key.sign(firebaseClaims(PROJECT))))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
