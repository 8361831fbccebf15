import { afterAll, beforeAll, expect, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { type HttpReceiver, httpReceiver } from '../notifications/delivery/receivers.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

/**
 * A story: somebody else's sync limits Ana's chat and fails. She sees it in both of her tabs, a program of hers is told once by a signed webhook, and
 * nobody else learns of it.
 */
let fresh: FreshDatabase
let app: App
let receiver: HttpReceiver

beforeAll(async () => {
  fresh = await freshPglite()
  receiver = await httpReceiver()
  const environment = { PORT: '0', AUTH_JWT_SECRET: PLANTED.jwtSecret, ALLOWED_PRIVATE_HOSTS: receiver.host, NOTIFICATION_GRACE_SECONDS: '0' }
  app = await createApp({ config: parseConfig(environment), telemetry: new Telemetry(), database: fresh.database })
  await app.start()
})
afterAll(async () => {
  await app.stop()
  await receiver.close()
  await fresh.drop()
})

const clientOf = async (subject: string, role: 'USER' | 'SERVICE'): Promise<ApiClient> =>
  createApiClient({ url: app.url, token: await signToken({ secret: PLANTED.jwtSecret, subject, roles: [role] }) })

interface Inbox {
  readonly notifications: { readonly notification?: { readonly kind: string; readonly title: string; readonly category: string } }
}

const INBOX = 'subscription { notifications { cursor ... on NotificationFrame { notification { kind title category } } } }'
const ACCESS = 'subscription { featureAccess(feature: CHAT) { mode } }'
const ADD = `mutation ($address: String!) { addNotificationDestination(input: { channel: WEBHOOK, address: $address }) {
  __typename ... on NotificationDestinationPayload { destination { id } } ... on Error { message } } }`
const OPEN = `mutation { openExternalOperation(input: { title: "Nightly sync", ownerId: "ana", deadlineSeconds: 600, impact: { level: MAINTENANCE, blocks: [CHAT] } }) {
  ... on OperationPayload { operation { id } } } }`
const FAIL = 'mutation ($id: ID!) { failOperation(input: { id: $id, code: "SHOP_GONE", message: "The shop does not answer." }) { __typename } }'

const shownIn = (frame: Inbox, kind: string, category: string): boolean =>
  frame.notifications.notification?.kind === kind && frame.notifications.notification.category === category

test('a limited feature and a failure reach both tabs and a signed webhook, and nobody else', async () => {
  const [ana, bob, sync] = await Promise.all([clientOf('ana', 'USER'), clientOf('bob', 'USER'), clientOf('sync', 'SERVICE')])
  expect(await ana.ask(ADD, { address: `${receiver.url}/ana` })).toMatchObject({
    addNotificationDestination: { __typename: 'NotificationDestinationPayload' },
  })
  const tabs = [ana.watch<Inbox, object>(INBOX), ana.watch<Inbox, object>(INBOX)]
  await Promise.all(tabs.map((tab) => tab.next()))
  const access = ana.watch<{ featureAccess: { mode: string } }, object>(ACCESS)
  expect(await access.next()).toEqual({ featureAccess: { mode: 'AVAILABLE' } })

  const opened = await sync.ask<{ openExternalOperation: { operation: { id: string } } }, object>(OPEN)
  await access.until(({ featureAccess }) => featureAccess.mode === 'BLOCKED')
  await Promise.all(tabs.map((tab) => tab.until((frame) => shownIn(frame, 'WARNING', 'STATUS'))))
  await sync.ask(FAIL, { id: opened.openExternalOperation.operation.id })
  await access.until(({ featureAccess }) => featureAccess.mode === 'AVAILABLE')
  await Promise.all(tabs.map((tab) => tab.until((frame) => shownIn(frame, 'ERROR', 'FAILURE'))))

  const failures = () => receiver.received.filter(({ body }) => body.includes('Nightly sync: failed'))
  await expect.poll(failures).toHaveLength(1)
  expect(failures()[0]?.headers).toMatchObject({ 'webhook-id': expect.any(String), 'webhook-signature': expect.stringMatching(/^v1,/) })
  expect(await bob.ask('{ notifications { edges { node { id } } } systemStatus { level } }')).toEqual({
    notifications: { edges: [] },
    systemStatus: { level: 'OPERATIONAL' },
  })
  await Promise.all([...tabs, access].map((stream) => stream.end()))
})
