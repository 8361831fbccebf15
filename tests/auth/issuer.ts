import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'

export type Claims = Readonly<Record<string, unknown>>

/** A key of an issuer: what it signs, and its public half as text. */
export interface IssuerKey {
  sign(claims: Claims): Promise<string>
  readonly publicPem: string
}

/** An issuer that publishes keys over HTTP, like Google does for Firebase. */
export interface Issuer {
  readonly url: string
  /** How often its keys were asked for. */
  readonly reads: number
  /** Makes a key and publishes it. */
  addKey(kid: string, alg?: 'ES256' | 'RS256'): Promise<IssuerKey>
  removeKey(kid: string): void
  /** From now on it answers 500. */
  fail(): void
  recover(): void
  stop(): Promise<void>
}

/** Stopped when the test ends. */
export async function startIssuer(): Promise<Issuer> {
  const keys = new Map<string, object>()
  let [status, reads] = [200, 0]
  const server = createServer((_request, response) => {
    reads += 1
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [...keys.values()] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  onTestFinished(() => stop())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    get reads() {
      return reads
    },
    async addKey(kid, alg = 'ES256') {
      const pair = await generateKeyPair(alg, { extractable: true })
      keys.set(kid, { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' })
      return { sign: (claims) => signed(claims, { alg, kid }, pair.privateKey), publicPem: await exportSPKI(pair.publicKey) }
    },
    removeKey: (kid) => keys.delete(kid),
    fail: () => {
      status = 500
    },
    recover: () => {
      status = 200
    },
    stop,
  }
}

const signed = (claims: Claims, header: { readonly alg: string; readonly kid: string }, key: CryptoKey): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ ...header, typ: 'JWT' }).sign(key)

export const inSeconds = (seconds: number): number => Math.floor(systemClock.now() / 1_000) + seconds

/** Claims of an ID token as Firebase issues them: it lives an hour, custom claims stand beside the others. */
export const firebaseClaims = (projectId: string, more: Claims = {}): Claims => ({
  iss: `https://securetoken.google.com/${projectId}`,
  aud: projectId,
  auth_time: inSeconds(-600),
  user_id: 'ana',
  sub: 'ana',
  iat: inSeconds(-1),
  exp: inSeconds(3_599),
  firebase: { identities: {}, sign_in_provider: 'password' },
  ...more,
})
