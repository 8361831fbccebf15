import { randomInt } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verificationQuery } from '../../src/gateways/webhook-protocol.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

/** A server on this machine that speaks the WhatsApp Cloud API's protocol, as far as it is documented: it takes messages, and verifies webhooks by calling back. */
export interface CloudApi {
  /** Settings of a gateway that talks to it. */
  readonly settings: {
    readonly apiUrl: string
    readonly token: string
    readonly phoneNumberId: string
    readonly businessAccountId: string
    readonly appSecret: string
    readonly template: undefined
  }
  /** The same as variables of the environment, with `PUBLIC_URL`. */
  readonly environment: Readonly<Record<string, string>>
  /** All that came with a good token, whatever was answered. */
  readonly messages: readonly Loose[]
  readonly registrations: readonly Loose[]
  /** Answers of webhooks to the challenge. */
  readonly verifications: readonly { readonly status: number; readonly isEchoed: boolean }[]
  /** Where `PUBLIC_URL` leads to. */
  leadsTo(url: string): void
  /** What is done with the next requests instead of the usual. */
  behave(behaviour: Partial<CloudBehaviour>): void
  close(): Promise<void>
}

export interface CloudBehaviour {
  /** Instead of taking a message. `hang`: the answer never comes; `cut`: the connection breaks. */
  readonly message: 'take' | 'hang' | 'cut' | GraphError
  /** Instead of verifying the webhook. `forget`: says yes and never calls back; `guess`: calls back with a token of its own. */
  readonly registration: 'verify' | 'forget' | 'guess' | 'cut' | GraphError
}

export interface GraphError {
  readonly status: number
  /** Absent: the body is no JSON. */
  readonly code?: number
  readonly headers?: Readonly<Record<string, string>>
}

interface Loose {
  readonly [name: string]: unknown
}

export const CLOUD_PUBLIC_URL = 'https://batuta.example.com'
const [VERSION, NUMBER, ACCOUNT] = ['v26.0', '106540352242922', '102290129340398']
const USUAL: CloudBehaviour = { message: 'take', registration: 'verify' }

export async function cloudApi(): Promise<CloudApi> {
  const messages: Loose[] = []
  const registrations: Loose[] = []
  const verifications: { status: number; isEchoed: boolean }[] = []
  let behaviour = USUAL
  let target = ''

  const takeMessage = (body: Loose, response: ServerResponse): void => {
    messages.push(body)
    const { message } = behaviour
    if (message === 'hang') return
    if (message === 'cut') {
      response.destroy()
      return
    }
    if (message !== 'take') {
      fail(response, message)
      return
    }
    const to = String(body['to'])
    const id = `wamid.${Buffer.from(`${to}:${messages.length}`).toString('base64')}`
    reply(response, 200, { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to.slice(1) }], messages: [{ id }] })
  }

  const register = async (body: Loose, response: ServerResponse): Promise<void> => {
    registrations.push(body)
    const { registration } = behaviour
    if (registration === 'cut') return void response.destroy()
    if (typeof registration === 'object') return fail(response, registration)
    if (registration === 'forget') return reply(response, 200, { success: true })
    const challenge = String(randomInt(1_000_000_000, 2_000_000_000))
    const verifyToken = registration === 'guess' ? 'a-guess' : String(body['verify_token'])
    const url = String(body['override_callback_uri']).replace(CLOUD_PUBLIC_URL, target)
    // Nobody may be there: its process was killed.
    const answer = await fetch(`${url}?${verificationQuery({ verifyToken, challenge }).toString()}`).catch(() => undefined)
    const isEchoed = (await answer?.text()) === challenge
    verifications.push({ status: answer?.status ?? 0, isEchoed })
    if (answer?.ok && isEchoed) return reply(response, 200, { success: true })
    fail(response, { status: 400, code: 2200 })
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      if (request.headers.authorization !== `Bearer ${PLANTED.whatsappToken}`) return fail(response, { status: 401, code: 190 })
      if (request.method !== 'POST') return fail(response, { status: 400, code: 100 })
      if (request.url === `/${VERSION}/${NUMBER}/messages`) return takeMessage(body, response)
      if (request.url === `/${VERSION}/${ACCOUNT}/subscribed_apps`) return register(body, response)
      fail(response, { status: 404, code: 33 })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${VERSION}`
  return {
    settings: {
      apiUrl,
      token: PLANTED.whatsappToken,
      phoneNumberId: NUMBER,
      businessAccountId: ACCOUNT,
      appSecret: PLANTED.whatsappAppSecret,
      template: undefined,
    },
    environment: {
      WHATSAPP_GATEWAY: 'whatsapp-cloud',
      WHATSAPP_CLOUD_API_URL: apiUrl,
      WHATSAPP_CLOUD_TOKEN: PLANTED.whatsappToken,
      WHATSAPP_CLOUD_APP_SECRET: PLANTED.whatsappAppSecret,
      WHATSAPP_CLOUD_PHONE_NUMBER_ID: NUMBER,
      WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: ACCOUNT,
      PUBLIC_URL: CLOUD_PUBLIC_URL,
    },
    messages,
    registrations,
    verifications,
    leadsTo: (url) => {
      target = url
    },
    behave: (next) => {
      behaviour = { ...USUAL, ...next }
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Loose> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Loose
}

function reply(response: ServerResponse, status: number, body: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers })
  response.end(JSON.stringify(body))
}

function fail(response: ServerResponse, { status, code, headers = {} }: GraphError): void {
  if (code === undefined) {
    response.writeHead(status, { 'content-type': 'text/html', ...headers })
    response.end('<h1>Sorry</h1>')
    return
  }
  const error = { message: `(#${code}) told to you only`, type: 'OAuthException', code, fbtrace_id: 'Az8or2yhqkZfEZ' }
  reply(response, status, { error }, headers)
}
