import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds } from '../../../setup/databases.ts'
import { addStore, numberOf, type WhatsappWorld, whatsappWorld } from './whatsapp-world.ts'

const NUMBER = '+54 9 11 2345-6789'
const DIGITS = /5491123456789|1123456789|600111222/

describe.each(databaseKinds)('WHATSAPP_SETUP by the Cloud API on %s', { timeout: 60_000 }, (kind) => {
  let world: WhatsappWorld
  beforeAll(async () => {
    world = await whatsappWorld(kind)
  })
  afterEach(() => world.cloud.behave({}))
  afterAll(() => world.close())

  test('validates the number, registers and verifies the webhook, and sends a test message', async () => {
    const { cloud, database, setups } = world
    const storeId = await addStore(database)
    const done = await setups.run(storeId, NUMBER)
    expect(done).toMatchObject({
      state: 'COMPLETED',
      result: { phone: '+5491123456789', country: 'AR', gateway: 'whatsapp-cloud', sandbox: false, providerId: expect.stringMatching(/^wamid\./) },
    })
    const row = await numberOf(database, storeId)
    expect(row).toMatchObject({ phone: '+5491123456789', provider: 'whatsapp-cloud', tested_at: expect.any(Date), last_event_at: null })
    expect(row?.verified_at).toEqual(row?.challenged_at)
    expect(done.result?.['webhookUrl']).toBe(`https://batuta.example.com/webhooks/whatsapp/${row?.webhook_key}`)
    expect(cloud.registrations.at(-1)).toEqual({ override_callback_uri: done.result?.['webhookUrl'], verify_token: expect.stringMatching(/^[\w-]{32}$/) })
    expect(cloud.verifications.at(-1)).toEqual({ status: 200, isEchoed: true })
    expect(cloud.messages.at(-1)).toMatchObject({ to: '+5491123456789', text: { body: 'Mensaje de prueba: WhatsApp está conectado con Tienda Sol.' } })
  })

  test('another number takes the place of the first, at the same address', async () => {
    const { cloud, database, setups } = world
    const storeId = await addStore(database, { language: null })
    await setups.run(storeId, NUMBER)
    const first = await numberOf(database, storeId)
    const second = await setups.run(storeId, '600 111 222', { region: 'ES' })
    expect(second).toMatchObject({ state: 'COMPLETED', result: { phone: '+34600111222', country: 'ES' } })
    expect(await numberOf(database, storeId)).toMatchObject({ phone: '+34600111222', webhook_key: first?.webhook_key })
    expect(cloud.messages.at(-1)).toMatchObject({ to: '+34600111222', text: { body: 'Test message: WhatsApp is connected with Tienda Sol.' } })
    // The token of the first registration verifies nothing any more.
    const [before, after] = cloud.registrations.slice(-2).map((registration) => registration['verify_token'])
    expect(before).not.toBe(after)
  })

  test('a setup that fails leaves the number of the one before', async () => {
    const { cloud, database, setups } = world
    const storeId = await addStore(database)
    await setups.run(storeId, NUMBER)
    cloud.behave({ registration: { status: 401, code: 190 } })
    expect(await setups.run(storeId, '+34 600 111 222')).toMatchObject({
      state: 'FAILED',
      attempt: 1,
      failure: { code: 'GATEWAY_REFUSED', step: 'configureWebhooks', message: expect.stringContaining('set a new WHATSAPP_CLOUD_TOKEN') },
    })
    expect(await numberOf(database, storeId)).toMatchObject({ phone: '+5491123456789', verified_at: expect.any(Date), tested_at: expect.any(Date) })
  })

  test('a verification request with another token is refused, and the setup tries again by itself', async () => {
    const { cloud, database, setups } = world
    const storeId = await addStore(database)
    cloud.behave({ registration: 'guess' })
    const { id } = await setups.start(storeId, NUMBER)
    const waiting = await setups.reaches(id, 'RETRYING')
    expect(cloud.verifications.at(-1)).toEqual({ status: 403, isEchoed: false })
    expect(waiting.stateReason?.message).toContain('the webhook could not be verified')
    expect(await numberOf(database, storeId)).toMatchObject({ challenged_at: null, phone: null })
    cloud.behave({})
    expect(await setups.reaches(id, 'COMPLETED', 'FAILED')).toMatchObject({ state: 'COMPLETED' })
  })

  test('an answer that is lost in the registration is no matter: it is made again', async () => {
    const { cloud, database, setups } = world
    const storeId = await addStore(database)
    cloud.behave({ registration: 'cut' })
    const { id } = await setups.start(storeId, NUMBER)
    expect((await setups.reaches(id, 'RETRYING')).stateReason?.message).toContain('it is registered again')
    cloud.behave({})
    expect(await setups.reaches(id, 'COMPLETED', 'FAILED')).toMatchObject({ state: 'COMPLETED' })
  })

  test.each([
    ['a number that is not on WhatsApp', { status: 400, code: 131026 }, 'the number is not on WhatsApp'],
    ['no conversation within 24 hours', { status: 400, code: 131047 }, 'more than 24 hours'],
  ])('%s fails at once, with what to do', async (_what, message, says) => {
    const { cloud, database, setups } = world
    cloud.behave({ message })
    const failed = await setups.run(await addStore(database), NUMBER)
    expect(failed).toMatchObject({ state: 'FAILED', attempt: 1, failure: { code: 'GATEWAY_REFUSED', step: 'testConnection' } })
    expect(failed.failure?.message).toContain(`the test message to +54…789 (${message.code}): `)
    expect(failed.failure?.message).toContain(says)
  })

  test('what the provider did not take is sent again by itself, the same message', async () => {
    const { cloud, database, setups } = world
    const before = cloud.messages.length
    cloud.behave({ message: { status: 429, code: 130429 } })
    const { id } = await setups.start(await addStore(database), NUMBER)
    await setups.reaches(id, 'RETRYING')
    cloud.behave({})
    const done = await setups.reaches(id, 'COMPLETED', 'FAILED')
    expect(done.state).toBe('COMPLETED')
    const sent = cloud.messages.slice(before)
    expect(sent.length).toBe(done.attempt)
    expect(sent.length).toBeGreaterThan(1)
    expect(new Set(sent.map((message) => message['biz_opaque_callback_data'])).size).toBe(1)
  })

  test('a message whose answer is lost is not sent again until somebody asks for it', async () => {
    const { cloud, database, setups } = world
    const before = cloud.messages.length
    const registered = cloud.registrations.length
    cloud.behave({ message: 'cut' })
    const failed = await setups.run(await addStore(database), NUMBER)
    expect(failed).toMatchObject({ state: 'FAILED', attempt: 1, failure: { code: 'DELIVERY_UNKNOWN', step: 'testConnection' } })
    expect(failed.failure?.message).toMatch(/\+54…789 is not known.*retry the operation to send it again/)
    expect(cloud.messages.length).toBe(before + 1)
    cloud.behave({})
    await setups.retry(failed.id)
    expect(await setups.reaches(failed.id, 'COMPLETED')).toMatchObject({ result: { gateway: 'whatsapp-cloud' } })
    expect(cloud.messages.length).toBe(before + 2)
    expect(cloud.registrations.length).toBe(registered + 1)
  })

  test('two setups of one store exclude each other; of two stores they do not', async () => {
    const { cloud, database, setups } = world
    const [one, other] = [await addStore(database), await addStore(database)]
    cloud.behave({ message: 'hang' })
    const before = cloud.messages.length
    const { id } = await setups.start(one, NUMBER)
    await expect.poll(() => cloud.messages.length).toBe(before + 1)
    expect((await setups.start(one, '+34 600 111 222')).type).toBe('AlreadyRunningError')
    cloud.behave({})
    expect(await setups.run(other, NUMBER)).toMatchObject({ state: 'COMPLETED' })
    await setups.cancel(id)
    expect(await setups.reaches(id, 'CANCELED')).toMatchObject({ failure: null })
  })

  test('a number that is none fails at once, and a store of somebody else is not there', async () => {
    const { cloud, database, setups } = world
    const before = cloud.registrations.length
    const wrong = await setups.run(await addStore(database), '600 111 222')
    expect(wrong).toMatchObject({ state: 'FAILED', attempt: 1, failure: { code: 'INVALID_NUMBER', step: 'validateNumber' } })
    expect(await setups.start(await addStore(database, { owner: 'bob' }), NUMBER)).toEqual({ type: 'NotFoundError', id: '' })
    expect(cloud.registrations.length).toBe(before)
  })

  test('of all this no log line holds a number, a token or the address of a webhook', async () => {
    const log = world.log()
    expect(log).toContain('whatsapp.webhook.verified')
    expect(log).toContain('handler.failed')
    expect(log).not.toMatch(DIGITS)
    for (const registration of world.cloud.registrations) {
      expect(log).not.toContain(registration['verify_token'])
      expect(log).not.toContain(String(registration['override_callback_uri']).split('/').at(-1))
    }
  })
})

describe.each(databaseKinds)('WHATSAPP_SETUP by the sandbox on %s', { timeout: 60_000 }, (kind) => {
  let world: WhatsappWorld
  beforeAll(async () => {
    world = await whatsappWorld(kind, 'sandbox')
  })
  afterAll(() => world.close())

  test('does the same without any configuration, and says everywhere that it is the sandbox', async () => {
    const storeId = await addStore(world.database)
    const done = await world.setups.run(storeId, '11 2345-6789', { region: 'AR' })
    const row = await numberOf(world.database, storeId)
    expect(done).toMatchObject({
      state: 'COMPLETED',
      result: {
        phone: '+541123456789',
        gateway: 'sandbox',
        sandbox: true,
        providerId: expect.stringMatching(/^sandbox-whatsapp-test-/),
        webhookUrl: `sandbox:/webhooks/whatsapp/${row?.webhook_key}`,
      },
    })
    expect(row).toMatchObject({ provider: 'sandbox', challenged_at: expect.any(Date), tested_at: expect.any(Date) })
    expect(world.cloud.registrations).toEqual([])
  })

  test('a number that nobody has is refused as a provider would', async () => {
    const failed = await world.setups.run(await addStore(world.database), '+1 212 555 0123')
    expect(failed).toMatchObject({ state: 'FAILED', failure: { code: 'GATEWAY_REFUSED', message: expect.stringContaining('NOT_ON_WHATSAPP') } })
  })

  test('nothing that comes to its webhook is an event', async () => {
    const storeId = await addStore(world.database)
    await world.setups.run(storeId, NUMBER)
    const row = await numberOf(world.database, storeId)
    const answer = await fetch(`${world.app.url}/webhooks/whatsapp/${row?.webhook_key}`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(403)
  })
})
