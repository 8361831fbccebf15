import { expect, test } from 'vitest'
import { newWebhookSecret, signWebhook } from '../../src/notifications/channels/webhook/message.ts'
import { examplesOf, operationsFolder } from './page-examples.ts'

interface Example {
  isGenuine(secret: string, headers: Readonly<Record<string, string>>, body: string, nowMs?: number): boolean
}

test('the example of the page verifies what is sent, with either secret, and nothing else', async () => {
  const folder = operationsFolder({ 'verify-webhook.ts': examplesOf('docs/notifications.md')('verify-webhook') })
  const { isGenuine } = (await import(new URL('verify-webhook.ts', folder).href)) as Example
  const [young, old, stranger] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()]
  const nowMs = 1_800_000_000_000
  const body = '{"type":"notification"}'
  const headers = signWebhook({ id: 'a.1', timestamp: nowMs / 1_000, body, secrets: [young, old] })
  expect([young, old, stranger].map((secret) => isGenuine(secret, headers, body, nowMs))).toEqual([true, true, false])
  expect(isGenuine(young, headers, `${body} `, nowMs)).toBe(false)
  expect(isGenuine(young, { ...headers, 'webhook-id': 'b.1' }, body, nowMs)).toBe(false)
  expect(isGenuine(young, headers, body, nowMs + 301_000)).toBe(false)
  expect(isGenuine(young, {}, body, nowMs)).toBe(false)
})

// The specification's own example: https://github.com/standard-webhooks/standard-webhooks, libraries' tests.
test('signatures are those of Standard Webhooks', () => {
  const signed = signWebhook({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
    secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  })
  expect(signed['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})
