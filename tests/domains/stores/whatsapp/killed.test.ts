import { afterEach, describe, expect, test } from 'vitest'
import { migrate } from '../../../../src/database/migrate.ts'
import { type SpawnedApp, spawnApp } from '../../../../src/testing/spawned-app.ts'
import { type Backing, backing } from '../../../chaos/backing.ts'
import { type CloudApi, cloudApi } from '../../../gateways/cloud-api.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { PLANTED } from '../../../setup/planted-secrets.ts'
import { addStore, clientOf, numberOf, Setups } from './whatsapp-world.ts'

describe.each(databaseKinds)('kill -9 during WHATSAPP_SETUP on %s', { timeout: 240_000 }, (kind) => {
  let store: Backing
  let cloud: CloudApi
  let app: SpawnedApp
  let log = ''
  const start = async (): Promise<Setups> => {
    const env = { ...store.env, ...cloud.environment, AUTH_JWT_SECRET: PLANTED.jwtSecret, LEASE_SECONDS: '2', LOG_LEVEL: 'trace' }
    app = await spawnApp({ env, onOutput: (text) => (log += text) })
    cloud.leadsTo(app.url)
    return new Setups(await clientOf(app.url))
  }
  afterEach(async () => {
    await app.kill()
    await cloud.close()
    await store.drop()
  })

  test('in the wait for the verification the webhook is registered again; between a message and its outcome nothing is sent again until somebody asks', async () => {
    ;[store, cloud] = await Promise.all([backing(kind), cloudApi()])
    const storeId = await store.look(async (database) => {
      await migrate(database)
      return addStore(database)
    })
    cloud.behave({ registration: 'forget' })
    const { id } = await (await start()).start(storeId, '+54 9 11 2345-6789')
    await expect.poll(() => cloud.registrations.length).toBe(1)
    await app.kill()

    cloud.behave({ message: 'hang' })
    await start()
    await expect.poll(() => cloud.messages.length, { timeout: 60_000 }).toBe(1)
    const addresses = cloud.registrations.map((registration) => registration['override_callback_uri'])
    expect([addresses.length, new Set(addresses).size]).toEqual([2, 1])
    await app.kill()

    cloud.behave({})
    const setups = await start()
    expect(await setups.reaches(id, 'FAILED', 'COMPLETED')).toMatchObject({ state: 'FAILED', failure: { code: 'DELIVERY_UNKNOWN', step: 'testConnection' } })
    expect([cloud.registrations.length, cloud.messages.length]).toEqual([2, 1])
    await setups.retry(id)
    expect(await setups.reaches(id, 'COMPLETED')).toMatchObject({ result: { phone: '+5491123456789' } })
    expect([cloud.registrations.length, cloud.messages.length]).toEqual([2, 2])
    expect(log).not.toMatch(/5491123456789/)
    await app.terminate()
    expect(await store.look((database) => numberOf(database, storeId))).toMatchObject({ phone: '+5491123456789', tested_at: expect.any(Date) })
  })
})
