import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statement } from '../../../../src/database/statement.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { PLANTED } from '../../../setup/planted-secrets.ts'
import { addStore, numberOf, type WhatsappWorld, whatsappWorld } from './whatsapp-world.ts'

const EVENT = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: { statuses: [] } }] }] })
const LONGEST = 3_145_728
const AGE = statement('test_age_event', `update whatsapp_number set last_event_at = now() - interval '1 hour' where store_id = $1`)

const sign = (body: string, secret: string = PLANTED.whatsappAppSecret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

describe.each(databaseKinds)('webhooks of stores on %s', { timeout: 60_000 }, (kind) => {
  let world: WhatsappWorld
  let storeId: string
  let key: string
  let token: string
  beforeAll(async () => {
    world = await whatsappWorld(kind)
    storeId = await addStore(world.database)
    await world.setups.run(storeId, '+54 9 11 2345-6789')
    key = (await numberOf(world.database, storeId))?.webhook_key ?? ''
    token = String(world.cloud.registrations.at(-1)?.['verify_token'])
  })
  afterAll(() => world.close())

  const get = async (path: string, query: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(`${world.app.url}/webhooks/whatsapp/${path}?${new URLSearchParams(query).toString()}`)
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
  }
  const post = async (body: string, headers: Readonly<Record<string, string>>, path = key) => {
    const answer = await fetch(`${world.app.url}/webhooks/whatsapp/${path}`, { method: 'POST', body, headers })
    return { status: answer.status, body: await answer.text() }
  }
  const verification = (verifyToken: string) => ({ 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': verifyToken })

  test('a verification request with the right token gets its challenge, as plain text, whenever it comes', async () => {
    const before = await numberOf(world.database, storeId)
    for (let count = 0; count < 2; count += 1)
      expect(await get(key, verification(token))).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: '1158201444' })
    expect((await numberOf(world.database, storeId))?.challenged_at).toEqual(before?.challenged_at)
  })

  test.each([
    ['a wrong token', verification('wrong')],
    ['an empty token', verification('')],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['nothing', {}],
  ])('%s is refused, and nothing leaks', async (_what, query) => {
    expect(await get(key, query)).toEqual({ status: 403, type: 'application/json', body: '{"error":"This verifies nothing."}' })
  })

  test('another mode and a challenge that could be markup are refused, though the token is right', async () => {
    expect((await get(key, { ...verification(token), 'hub.mode': 'unsubscribe' })).status).toBe(403)
    expect((await get(key, { ...verification(token), 'hub.challenge': '<script>alert(1)</script>' })).status).toBe(403)
  })

  test('an address that is none is not found, whatever is asked of it', async () => {
    const unknown = key.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'))
    for (const path of [unknown, '', `${key}/`, `${key}x`, '../graphql', "' or 1=1"]) {
      expect((await get(path, verification(token))).status).toBe(404)
      expect((await post(EVENT, { 'x-hub-signature-256': sign(EVENT) }, path)).status).toBe(404)
    }
    expect(await get(unknown, verification(token))).toMatchObject({ body: '{"error":"There is nothing at this address."}' })
  })

  test('the token of one store verifies no webhook of another', async () => {
    const other = await addStore(world.database)
    await world.setups.run(other, '+34 600 111 222')
    const otherKey = (await numberOf(world.database, other))?.webhook_key ?? ''
    expect(otherKey).not.toBe(key)
    expect((await get(otherKey, verification(token))).status).toBe(403)
  })

  test('an event with a good signature is taken, as often as it comes, and its time is kept', async () => {
    await world.database.run(AGE, [storeId])
    const aged = (await numberOf(world.database, storeId))?.last_event_at?.getTime() ?? 0
    for (let count = 0; count < 3; count += 1) expect(await post(EVENT, { 'x-hub-signature-256': sign(EVENT) })).toEqual({ status: 200, body: '' })
    expect((await numberOf(world.database, storeId))?.last_event_at?.getTime()).toBeGreaterThan(aged)
  })

  test.each<readonly [what: string, signature: string | undefined]>([
    ['without a signature', undefined],
    ['with the signature of another body', sign('{}')],
    ['signed by another secret', sign(EVENT, `${PLANTED.whatsappAppSecret}x`)],
    ['with a signature that is none', 'sha256=good'],
  ])('an event %s is refused, and leaves nothing', async (_what, signature) => {
    const before = await numberOf(world.database, storeId)
    expect(await post(EVENT, signature === undefined ? {} : { 'x-hub-signature-256': signature })).toEqual({
      status: 403,
      body: '{"error":"The signature is not good."}',
    })
    expect(await numberOf(world.database, storeId)).toEqual(before)
  })

  test('the signature is of the bytes that came: an event that is no UTF-8 and no JSON is judged by them alone', async () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x22])
    const signature = `sha256=${createHmac('sha256', PLANTED.whatsappAppSecret).update(body).digest('hex')}`
    const answer = await fetch(`${world.app.url}/webhooks/whatsapp/${key}`, { method: 'POST', body, headers: { 'x-hub-signature-256': signature } })
    expect(answer.status).toBe(200)
  })

  test('the largest event is taken, and a larger one is not', async () => {
    const largest = 'x'.repeat(LONGEST)
    expect((await post(largest, { 'x-hub-signature-256': sign(largest) })).status).toBe(200)
    expect((await post(`${largest}x`, { 'x-hub-signature-256': sign(`${largest}x`) })).status).toBe(413)
  })

  test('one that does not say how long it is is cut off where it is too long', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(`${world.app.url}/webhooks/whatsapp/${key}`, { method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      // The connection ends with the answer, maybe while we still write.
      sending.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve(413) : reject(error)))
      for (let sent = 0; sent <= LONGEST; sent += 65_536) sending.write(Buffer.alloc(65_536))
      sending.end()
    })
    expect(status).toBe(413)
  })

  test.each(['PUT', 'DELETE', 'PATCH', 'HEAD'])('%s is not for it', async (method) => {
    expect((await fetch(`${world.app.url}/webhooks/whatsapp/${key}`, { method })).status).toBe(404)
  })
})
