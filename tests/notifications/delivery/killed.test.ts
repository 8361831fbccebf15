import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { spawnApp } from '../../../src/testing/spawned-app.ts'
import { freshPostgres } from '../../setup/databases.ts'
import { deliveryWorld, SETTINGS } from './delivery-world.ts'
import { headerOf, httpReceiver, smtpReceiver } from './receivers.ts'

const WORKER = fileURLToPath(new URL('./fixtures/worker-main.ts', import.meta.url))
const NOTIFICATIONS = 50
/** Messages after which a process is killed, while others are on their way. */
const KILLS = [20, 70, 120]

test('kill -9 in the middle of 200 deliveries, three times: by the receivers nothing arrives twice, and all are delivered or unknown', async () => {
  const fresh = await freshPostgres()
  const [http, smtp] = await Promise.all([httpReceiver(), smtpReceiver()])
  const settings = { ...SETTINGS, smtpUrl: smtp.url, allowedPrivateHosts: [http.host] }
  const world = await deliveryWorld({ database: fresh.database, settings, works: false })
  const arrived = () => http.received.length + smtp.received.length
  try {
    await world.destination('webhook', `${http.url}/one`)
    await world.destination('webhook', `${http.url}/two`)
    await world.destination('slack', `${http.url}/slack`)
    await world.destination('email', 'ana@example.com')
    await world.tell(...Array.from({ length: NOTIFICATIONS }, (_, index) => ({ title: `Import number ${index} failed` })))
    const start = () => spawnApp({ entry: [WORKER, fresh.url, JSON.stringify(settings)], env: {} })
    for (const kill of KILLS) {
      const worker = await start()
      await expect.poll(arrived, { interval: 2 }).toBeGreaterThanOrEqual(kill)
      await worker.kill()
    }
    const last = await start()
    const open = async () => (await world.rows()).filter(({ state }) => state !== 'delivered' && state !== 'unknown')
    await expect.poll(open, { timeout: 60_000 }).toEqual([])
    await last.kill()
    const rows = await world.rows()
    expect(rows).toHaveLength(NOTIFICATIONS * 4)
    const webhooks = http.received.filter(({ path }) => path !== '/slack').map(({ path, headers }) => `${path} ${String(headers['webhook-id'])}`)
    const slack = http.received.filter(({ path }) => path === '/slack').map(({ body }) => (JSON.parse(body) as { text: string }).text)
    const mails = smtp.received.map(({ source }) => headerOf(source, 'Message-ID'))
    for (const log of [webhooks, slack, mails]) expect(new Set(log).size).toBe(log.length)
    const delivered = rows.filter(({ state }) => state === 'delivered').length
    expect(arrived()).toBeGreaterThanOrEqual(delivered)
    // What was on its way at a kill, and no more.
    expect(rows.length - delivered).toBeLessThanOrEqual(KILLS.length * 10)
    expect(rows.filter(({ state }) => state === 'unknown').every(({ reason }) => reason?.includes('its process ended'))).toBe(true)
  } finally {
    await world.close()
    await Promise.all([http.close(), smtp.close()])
    await fresh.drop()
  }
})
