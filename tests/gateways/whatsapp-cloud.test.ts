import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { GatewayResult } from '../../src/gateways/message-gateway.ts'
import { WhatsappCloudGateway, type WhatsappCloudSettings } from '../../src/gateways/whatsapp-cloud/whatsapp-cloud-gateway.ts'
import { type CloudApi, type CloudBehaviour, cloudApi, type GraphError } from './cloud-api.ts'

const MESSAGE = { id: 'message-1', to: '+5491123456789', text: 'Hola' }
let cloud: CloudApi
const gateway = (more: Partial<WhatsappCloudSettings> = {}) => new WhatsappCloudGateway({ ...cloud.settings, ...more })

beforeAll(async () => {
  cloud = await cloudApi()
})
afterEach(() => cloud.behave({}))
afterAll(() => cloud.close())

describe('send', () => {
  test('posts a text with the bearer, and answers the id that the API gave it', async () => {
    expect(await gateway().send(MESSAGE)).toEqual({ kind: 'accepted', providerId: expect.stringMatching(/^wamid\./) })
    expect(cloud.messages.at(-1)).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+5491123456789',
      type: 'text',
      text: { preview_url: false, body: 'Hola' },
      biz_opaque_callback_data: 'message-1',
    })
  })

  test('cuts a text to what the API takes', async () => {
    await gateway().send({ ...MESSAGE, text: 'x'.repeat(5_000) })
    expect(cloud.messages.at(-1)).toMatchObject({ text: { body: 'x'.repeat(4_096) } })
  })

  test('puts the text into the variable of a template, on one line', async () => {
    await gateway({ template: { name: 'notice', language: 'es_AR' } }).send({ ...MESSAGE, text: 'Terminó:\n\n  18.000 filas\t leídas' })
    expect(cloud.messages.at(-1)).toMatchObject({
      type: 'template',
      template: {
        name: 'notice',
        language: { code: 'es_AR' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'Terminó: · 18.000 filas leídas' }] }],
      },
    })
  })

  const refused = (code: string, isRetryable: boolean, more: object = {}) => ({ kind: 'refused', code, isRetryable, ...more })
  test.each<readonly [what: string, error: GraphError | CloudBehaviour['message'], result: object]>([
    ['not on WhatsApp', { status: 400, code: 131026 }, refused('131026', false)],
    ['no conversation in 24 hours', { status: 400, code: 131047 }, refused('131047', false, { meaning: expect.stringContaining('24 hours') })],
    ['too many to one number', { status: 400, code: 131056 }, refused('131056', true, { retryAfterMs: 6_000 })],
    ['the account is at its rate limit', { status: 400, code: 80007 }, refused('80007', true, { retryAfterMs: 60_000 })],
    ['throughput', { status: 429, code: 130429, headers: { 'retry-after': '7' } }, refused('130429', true, { retryAfterMs: 7_000 })],
    ['a token that expired', { status: 401, code: 190 }, refused('190', false, { meaning: expect.stringContaining('WHATSAPP_CLOUD_TOKEN') })],
    ['a permission', { status: 403, code: 200 }, refused('200', false)],
    ['a wrong parameter', { status: 400, code: 100 }, refused('100', false)],
    ['the API failed', { status: 500, code: 131000 }, refused('131000', true)],
    ['an unknown code', { status: 400, code: 999_999 }, refused('999999', false)],
    ['an unknown code of a failure', { status: 503, code: 999_999 }, refused('999999', true)],
    ['no JSON', { status: 404 }, refused('HTTP_404', false)],
    ['too many requests without JSON', { status: 429, headers: { 'retry-after': '3' } }, refused('HTTP_429', true, { retryAfterMs: 3_000 })],
    ['a proxy that is down', { status: 502 }, refused('HTTP_502', true)],
    ['a redirect', { status: 302 }, refused('HTTP_302', false)],
    ['a proxy that gave up waiting', { status: 504 }, { kind: 'unknown', reason: expect.stringContaining('gave up') }],
    ['an answer without an id', { status: 200 }, { kind: 'unknown', reason: expect.stringContaining('without the id') }],
    ['a connection that breaks', 'cut', { kind: 'unknown', reason: expect.stringContaining('may have arrived') }],
  ])('judges %s', async (_what, message, result) => {
    cloud.behave({ message })
    const answer: GatewayResult = await gateway().send(MESSAGE)
    expect(answer).toMatchObject(result)
    expect(JSON.stringify(answer)).not.toMatch(/told to you only|5491123456789/)
  })

  test('with a wrong token it is refused before it counts', async () => {
    const before = cloud.messages.length
    expect(await gateway({ token: 'wrong' }).send(MESSAGE)).toMatchObject({ kind: 'refused', code: '190', isRetryable: false })
    expect(cloud.messages.length).toBe(before)
  })

  test('an API that is not there got nothing', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const answer = await gateway({ apiUrl: `http://127.0.0.1:${port}/v26.0` }).send(MESSAGE)
    expect(answer).toMatchObject({ kind: 'refused', code: 'NOT_CONNECTED', isRetryable: true })
  })

  test('an answer that is not waited for any longer leaves it unknown', async () => {
    cloud.behave({ message: 'hang' })
    const controller = new AbortController()
    const before = cloud.messages.length
    const sent = gateway().send({ ...MESSAGE, signal: controller.signal })
    await expect.poll(() => cloud.messages.length).toBe(before + 1)
    controller.abort()
    expect(await sent).toMatchObject({ kind: 'unknown' })
  })
})

describe('registerWebhook', () => {
  const registration = (url: string) => ({ url, verifyToken: 'verify-me', answerInside: () => Promise.reject(new Error('there is a network')) })

  test('an address that does not answer its challenge is refused, and may be tried again', async () => {
    const silent = createServer((_request, response) => response.end('no'))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/here`
    const result = await gateway().registerWebhook(registration(url))
    await new Promise((resolve) => silent.close(resolve))
    expect(result).toMatchObject({ kind: 'refused', code: '2200', isRetryable: true, meaning: expect.stringContaining('PUBLIC_URL') })
    expect(cloud.registrations.at(-1)).toEqual({ override_callback_uri: url, verify_token: 'verify-me' })
    expect(cloud.verifications.at(-1)).toEqual({ status: 200, isEchoed: false })
  })

  test('an answer that breaks off is unknown', async () => {
    cloud.behave({ registration: 'cut' })
    expect(await gateway().registerWebhook(registration('https://batuta.example.com/x'))).toMatchObject({ kind: 'unknown' })
  })

  test('an address that is longer than the API takes is not tried', async () => {
    const before = cloud.registrations.length
    const result = await gateway().registerWebhook(registration(`https://batuta.example.com/${'x'.repeat(200)}`))
    expect(result).toMatchObject({ kind: 'refused', code: 'ADDRESS_TOO_LONG', isRetryable: false })
    expect(cloud.registrations.length).toBe(before)
  })
})
