import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../../../src/base/clock.ts'
import { newUuid } from '../../../../src/base/ids.ts'
import type { Json } from '../../../../src/base/json.ts'
import { createWhatsappSetup } from '../../../../src/domains/stores/whatsapp/create-whatsapp-setup.ts'
import { InterruptionError } from '../../../../src/engine/interruption.ts'
import type { Run, StepRun } from '../../../../src/engine/run.ts'
import type { MessageGateway, WebhookRegistration } from '../../../../src/gateways/message-gateway.ts'
import { SandboxGateway } from '../../../../src/gateways/sandbox/sandbox-gateway.ts'
import { Telemetry } from '../../../../src/telemetry/facts.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../../setup/databases.ts'
import { addStore, numberOf } from './whatsapp-world.ts'

/** A clock that stands still except while somebody sleeps. */
class SleepingClock implements Clock {
  readonly slept: number[] = []
  /** Called at each sleep. */
  onSleep: (elapsedMs: number) => void = () => undefined
  #elapsed = 0
  now = () => this.#elapsed
  monotonic = () => this.#elapsed
  after = () => () => undefined
  sleep = async (ms: number): Promise<void> => {
    this.slept.push(ms)
    this.#elapsed += ms
    this.onSleep(this.#elapsed)
  }
}

/** Takes every webhook; what becomes of it, the test decides. */
class SlowGateway implements MessageGateway {
  readonly name = 'slow'
  readonly isSandbox = false
  registration: WebhookRegistration | undefined
  send = () => Promise.reject(new Error('not used'))
  registerWebhook = (registration: WebhookRegistration) => {
    this.registration = registration
    return Promise.resolve({ kind: 'accepted' } as const)
  }
}

describe.each(databaseKinds)('configureWebhook on %s', (kind) => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.drop())

  const PHONE = '+5491123456789'

  function setUp(gateway: MessageGateway, publicUrl: string | undefined = 'https://batuta.example.com') {
    const { database } = fresh
    const clock = new SleepingClock()
    const controller = new AbortController()
    const setup = createWhatsappSetup({ database, clock, telemetry: new Telemetry(), gateway, publicUrl })
    const step = {
      signal: controller.signal,
      position: undefined as Json | undefined,
      commit: (_position: Json, work: Parameters<typeof database.transaction>[0]) => database.transaction(work),
      message: () => undefined,
    } as unknown as StepRun
    const configure = (id: string, storeId: string) => setup.configureWebhook({ id } as Run<never, never>, step, { storeId, phone: PHONE })
    return { clock, controller, configure }
  }

  test('a verification request that never comes ends the wait after a minute, and can be tried again', async () => {
    const { clock, configure } = setUp(new SlowGateway())
    const storeId = await addStore(fresh.database)
    const failure = await configure(newUuid(), storeId).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'WEBHOOK_NOT_VERIFIED',
      name: 'BatutaError',
      message: expect.stringContaining('did not come within 60 s: PUBLIC_URL'),
    })
    expect(clock.monotonic()).toBe(60_000)
    expect(clock.slept.slice(0, 8)).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
    expect(await numberOf(fresh.database, storeId)).toMatchObject({ phone: null, verified_at: null })
  })

  test('one that comes late, and at another instance, is found', async () => {
    const gateway = new SlowGateway()
    const { clock, configure } = setUp(gateway)
    const storeId = await addStore(fresh.database)
    clock.onSleep = (elapsedMs) => {
      if (elapsedMs < 30_000 || !gateway.registration) return
      clock.onSleep = () => undefined
      const { verifyToken, answerInside } = gateway.registration
      void answerInside(new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': '1', 'hub.verify_token': verifyToken }))
    }
    const { webhookUrl } = await configure(newUuid(), storeId)
    expect(webhookUrl).toBe(gateway.registration?.url)
    expect(await numberOf(fresh.database, storeId)).toMatchObject({ phone: PHONE, provider: 'slow' })
  })

  test('the signal ends the wait', async () => {
    const { clock, controller, configure } = setUp(new SlowGateway())
    clock.onSleep = () => controller.abort(new InterruptionError('cancel'))
    await expect(configure(newUuid(), await addStore(fresh.database))).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(clock.slept).toHaveLength(1)
  })

  test('a setup that got through before is not registered again; another one is', async () => {
    const gateway = new SandboxGateway()
    const { configure } = setUp(gateway)
    const storeId = await addStore(fresh.database)
    const id = newUuid()
    const first = await configure(id, storeId)
    const registered = await numberOf(fresh.database, storeId)
    expect(await configure(id, storeId)).toEqual(first)
    expect(await numberOf(fresh.database, storeId)).toEqual(registered)
    expect(await configure(newUuid(), storeId)).toEqual(first)
    expect(await numberOf(fresh.database, storeId)).not.toEqual(registered)
  })

  test('a store that was deleted, a gateway without webhooks and one that can not reach us fail for good', async () => {
    await expect(setUp(new SandboxGateway()).configure(newUuid(), newUuid())).rejects.toMatchObject({ code: 'STORE_GONE', name: 'PermanentError' })
    const storeId = await addStore(fresh.database)
    const mute: MessageGateway = { name: 'mute', isSandbox: false, send: () => Promise.reject(new Error('not used')) }
    await expect(setUp(mute).configure(newUuid(), storeId)).rejects.toMatchObject({ code: 'WEBHOOKS_UNSUPPORTED', name: 'PermanentError' })
    const { database } = fresh
    const hidden = createWhatsappSetup({ database, clock: new SleepingClock(), telemetry: new Telemetry(), gateway: new SlowGateway(), publicUrl: undefined })
    const step = {
      signal: new AbortController().signal,
      commit: (_position: Json, work: Parameters<typeof database.transaction>[0]) => database.transaction(work),
    }
    await expect(hidden.configureWebhook({ id: newUuid() } as Run<never, never>, step as unknown as StepRun, { storeId, phone: PHONE })).rejects.toMatchObject({
      code: 'NO_PUBLIC_URL',
      name: 'PermanentError',
    })
  })
})
