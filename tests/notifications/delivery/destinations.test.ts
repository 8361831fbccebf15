import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../../src/base/errors.ts'
import { statement } from '../../../src/database/statement.ts'
import { TooManyMessagesError } from '../../../src/notifications/delivery/destinations.ts'
import type { DestinationRecord } from '../../../src/notifications/delivery/store/destinations.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { type DeliveryWorld, type DeliveryWorldParams, deliveryWorld } from './delivery-world.ts'
import { type HttpReceiver, headerOf, httpReceiver, type SmtpReceiver, smtpReceiver } from './receivers.ts'

let fresh: FreshDatabase
let world: DeliveryWorld
let http: HttpReceiver
let smtp: SmtpReceiver
afterEach(async () => {
  await world.close()
  await http.close()
  await smtp.close()
})

async function open({ settings, ...params }: Omit<DeliveryWorldParams, 'database'> = {}): Promise<void> {
  ;[http, smtp] = await Promise.all([httpReceiver(), smtpReceiver()])
  world = await deliveryWorld({ ...params, database: fresh.database, settings: { smtpUrl: smtp.url, allowedPrivateHosts: [http.host], ...settings } })
}

const add = async (channel: DestinationRecord['channel'], address: string, userId = 'ana') =>
  (await world.deliveries.destinations.add({ userId, channel, address })).destination
const again = async ({ id }: DestinationRecord) => (await world.deliveries.destinations.find(id)) as DestinationRecord
const codeIn = (source: string | undefined) => /Your code is (\d{6})/.exec(source ?? '')?.[1] ?? ''

describe.each(databaseKinds)('destinations on %s', (kind) => {
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.drop())

  test('of mail get a code, and nothing else until it came back', async () => {
    await open()
    const destination = await add('email', 'ana@Example.com')
    expect(destination).toMatchObject({ masked: 'a…@example.com', verifiedAt: null })
    await world.tell({ title: 'too early' })
    await expect.poll(() => smtp.received.length).toBe(1)
    const [code, { destinations }] = [codeIn(smtp.received[0]?.source), world.deliveries]
    await expect(destinations.verify(destination, code === '000000' ? '000001' : '000000')).rejects.toThrow(InvalidInputError)
    await destinations.verify(destination, ` ${code} `)
    expect((await again(destination)).verifiedAt).toBeInstanceOf(Date)
    await world.tell({ title: 'now' })
    await expect.poll(() => smtp.received.map(({ source }) => headerOf(source, 'Subject'))).toEqual(['Confirm where your notifications go', 'now'])
  })

  test('allow five tries of a code, and few codes', async () => {
    await open()
    const destination = await add('email', 'ana@example.com')
    await expect.poll(() => smtp.received.length).toBe(1)
    const code = codeIn(smtp.received[0]?.source)
    const { destinations } = world.deliveries
    for (let tries = 0; tries < 5; tries += 1)
      await expect(destinations.verify(destination, 'nonsense')).rejects.toThrow('expected the 6 digits of the last code')
    await expect(destinations.verify(destination, code)).rejects.toThrow('ask for another one')
    await destinations.resendCode(destination)
    await destinations.resendCode(destination)
    await expect(destinations.resendCode(destination)).rejects.toThrow(TooManyMessagesError)
    // Nor by way of other users.
    await expect(add('email', 'ANA@example.com', 'bob')).rejects.toThrow(TooManyMessagesError)
    expect(await world.deliveries.destinations.list('bob')).toEqual([])
    await expect.poll(() => smtp.received.length).toBe(3)
    await destinations.verify(destination, codeIn(smtp.received[2]?.source))
  })

  test('whose address the token verified need no code', async () => {
    await open()
    const { destination } = await world.deliveries.destinations.add({
      userId: 'ana',
      channel: 'email',
      address: 'ana@example.com',
      verifiedEmail: 'Ana@Example.com',
    })
    expect(destination.verifiedAt).toBeInstanceOf(Date)
    expect(await world.rows()).toEqual([])
  })

  test('are at most ten for each user, and each once', async () => {
    await open()
    for (let index = 0; index < 10; index += 1) await add('webhook', `${http.url}/${index}`)
    await expect(add('webhook', `${http.url}/more`)).rejects.toThrow('expected at most 10 destinations')
    await add('webhook', `${http.url}/0`, 'bob')
    await expect(add('webhook', `${http.url}/0`, 'bob')).rejects.toThrow('not among the destinations already')
  })

  test.each([
    ['email', 'ana', 'expected an email address'],
    ['email', 'ana@example.com\r\nBcc: eve@example.com', 'expected an email address'],
    ['email', 'ana@example.com, eve@example.com', 'expected an email address'],
    ['email', 'ana@localhost', 'expected an email address'],
    ['webhook', 'http://example.com/', 'expected an https address'],
    ['webhook', 'https://169.254.169.254/', 'expected an address on the public internet'],
    ['webhook', 'https://2130706433/', 'expected an address on the public internet'],
    ['teams', 'ftp://example.com/', 'expected an https address'],
    ['slack', 'C0123456789', 'this server has no Slack bot'],
    ['slack', '#general', 'expected an https address'],
    ['whatsapp', '600111222', 'expected a phone number with its country'],
    ['whatsapp', '+0600111222', 'expected a phone number with its country'],
  ] as const)('of %s refuse %j', async (channel, address, sentence) => {
    await open()
    await expect(add(channel, address)).rejects.toThrow(sentence)
    expect(await world.deliveries.destinations.list('ana')).toEqual([])
  })

  test('tell what became of a test, and a test that arrives enables one again', async () => {
    await open()
    http.answer((_request, response, count) => response.writeHead(count === 1 ? 410 : 200).end())
    const destination = await add('webhook', http.url)
    const pending = await world.deliveries.destinations.sendTest(destination)
    expect(pending).toMatchObject({ lastState: 'pending', lastError: null })
    await expect.poll(() => again(destination)).toMatchObject({ lastState: 'failed', disabledReason: 'the receiver answered 410' })
    await world.deliveries.destinations.sendTest(destination)
    await expect.poll(() => again(destination)).toMatchObject({ lastState: 'delivered', disabledAt: null, lastError: null })
    for (let tests = 2; tests < 5; tests += 1) await world.deliveries.destinations.sendTest(destination)
    await expect(world.deliveries.destinations.sendTest(destination)).rejects.toThrow(TooManyMessagesError)
  })

  test('of webhooks sign with the new secret and the one before', async () => {
    await open()
    const { destination, secret } = await world.deliveries.destinations.add({ userId: 'ana', channel: 'webhook', address: http.url })
    const rotated = await world.deliveries.destinations.rotateSecret(destination)
    const newest = await world.deliveries.destinations.rotateSecret(destination)
    await world.tell({ title: 'signed' })
    await expect.poll(() => http.received.length).toBe(1)
    const [{ headers, body }] = http.received as [(typeof http.received)[number]]
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const signatureBy = (key: string | null) =>
      `v1,${createHmac('sha256', Buffer.from((key ?? '').slice('whsec_'.length), 'base64'))
        .update(signed)
        .digest('base64')}`
    expect(String(headers['webhook-signature']).split(' ')).toEqual([signatureBy(newest), signatureBy(rotated)])
    expect(headers['webhook-signature']).not.toContain(signatureBy(secret))
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(120)
  })

  test('keep nothing readable in the database, and stay readable when keys are rotated', async () => {
    const [old, young] = [
      { id: 'k1', key: randomBytes(32) },
      { id: 'k2', key: randomBytes(32) },
    ]
    await open({ settings: { encryptionKeys: [old] } })
    const { secret } = await world.deliveries.destinations.add({ userId: 'ana', channel: 'webhook', address: `${http.url}/secret-path` })
    const stored = JSON.stringify(await fresh.database.run(statement('test_all_destinations', 'select * from notification_destination'), []))
    for (const part of ['secret-path', secret ?? '', http.host.split(':')[1] as string]) expect(stored.replaceAll(/"masked":"[^"]*"/g, '')).not.toContain(part)
    await world.deliveries.stop()
    const rotated = world.another({ encryptionKeys: [young, old] })
    await rotated.start()
    await rotated.destinations.sendTest((await rotated.destinations.list('ana'))[0] as DestinationRecord)
    await expect.poll(() => http.received.length).toBe(1)
    await rotated.stop()
    const wrong = world.another({ encryptionKeys: [young] })
    await wrong.start()
    const [destination] = await wrong.destinations.list('ana')
    await wrong.destinations.sendTest(destination as DestinationRecord)
    await expect
      .poll(() => again(destination as DestinationRecord))
      .toMatchObject({ lastState: 'failed', lastError: expect.stringContaining('can not be read') })
    expect((await world.states()).at(-1)).toBe('failed: the address can not be read: the server has not the key that sealed it')
    expect(http.received).toHaveLength(1)
  })

  test('that are removed get nothing that was planned for them', async () => {
    await open({ settings: { graceMs: 60_000 } })
    const destination = await add('webhook', http.url)
    await world.tell({})
    await world.deliveries.destinations.remove(destination)
    expect(await world.rows()).toEqual([])
    expect(await world.deliveries.destinations.list('ana')).toEqual([])
  })
})
