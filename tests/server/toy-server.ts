import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import { type Authenticator, createAuthenticator } from '../../src/auth/authenticate.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { Config } from '../../src/config/config.ts'
import { type BatutaServer, createServer, type ServerParams } from '../../src/server/server.ts'
import { type FactName, type Facts, Telemetry } from '../../src/telemetry/facts.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { createToy, type Toy } from './toy-schema.ts'

export const SECRET = PLANTED.jwtSecret

export type ToyConfig = Pick<Config, 'port' | 'host' | 'allowedOrigins' | 'allowedHosts' | 'maxFileSize'>

export interface ToyServer {
  readonly server: BatutaServer
  readonly toy: Toy
  readonly url: string
  readonly facts: { readonly name: FactName; readonly fact: Facts[FactName] }[]
}

export interface ToyServerParams extends Partial<Omit<ServerParams, 'config'>> {
  readonly config?: Partial<ToyConfig>
  /** Default: no authentication. */
  readonly withTokens?: boolean
}

export const tokenAuthenticator = (clock: Clock = systemClock): Authenticator =>
  createAuthenticator({ source: { kind: 'secret', secret: SECRET }, rolesClaim: 'roles', tenantClaim: 'tenant', clock })

export const openAuthenticator = (): Authenticator =>
  createAuthenticator({ source: { kind: 'none' }, rolesClaim: 'roles', tenantClaim: 'tenant', clock: systemClock })

/** A token of the test secret; seconds may be negative. */
export function createToken(subject: string, expiresInSeconds = 300, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime(Math.floor(systemClock.now() / 1_000) + expiresInSeconds)
    .sign(new TextEncoder().encode(SECRET))
}

/** A listening server with the toy schema, stopped when the test ends. */
export async function startToyServer(params: ToyServerParams = {}): Promise<ToyServer> {
  const toy = createToy()
  const telemetry = new Telemetry()
  const facts: ToyServer['facts'] = []
  telemetry.listen((name, fact) => facts.push({ name, fact }))
  const { config, withTokens, ...rest } = params
  const server = createServer({
    schema: toy.schema,
    createContext: toy.createContext,
    authenticator: withTokens ? tokenAuthenticator(params.clock) : openAuthenticator(),
    telemetry,
    clock: systemClock,
    drainDeadlineMs: 500,
    drainJitterMs: 0,
    ...rest,
    config: { port: 0, host: '127.0.0.1', allowedOrigins: [], allowedHosts: [], maxFileSize: 1_000_000, ...config },
  })
  await server.start()
  onTestFinished(() => server.stop())
  return { server, toy, url: `${server.url}/graphql`, facts }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly data?: Record<string, unknown> | null
    readonly errors?: readonly { readonly message: string; readonly path?: unknown; readonly extensions: Record<string, unknown> }[]
  }
}

/** Posts a document as JSON. */
export async function post(
  url: string,
  query: string,
  options: { readonly headers?: Record<string, string>; readonly variables?: unknown } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify({ query, variables: options.variables }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}

export const codesOf = (answer: Answer): readonly unknown[] => (answer.body.errors ?? []).map((error) => error.extensions['code'])
