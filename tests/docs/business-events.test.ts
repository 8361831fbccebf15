import { describe, expect, onTestFinished, test } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import type { Role } from '../../src/base/actor.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { parseConfig } from '../../src/config/config.ts'
import { loadOperations } from '../../src/load-operations.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { type ApiClient, createApiClient, type WatchedStream } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { freshPglite } from '../setup/databases.ts'
import { examplesOf, operationsFolder } from './page-examples.ts'

const exampleOf = examplesOf('docs/business-events.md')
const SECRET = 'a-secret-of-at-least-thirty-two-bytes'

/** Two listening instances with the examples of the page in their operations folder. */
async function instances(): Promise<readonly App[]> {
  const { database, drop } = await freshPglite()
  const bus = createMemoryBus()
  const loaded = await loadOperations(operationsFolder({ 'stock-alert.ts': exampleOf('stock-alert'), 'stock-taking.ts': exampleOf('stock-taking') }))
  const config = parseConfig({ PORT: '0', LOG_LEVEL: 'silent', AUTH_JWT_SECRET: SECRET })
  const apps = await Promise.all([1, 2].map(() => createApp({ config, telemetry: new Telemetry(), database, bus, ...loaded })))
  onTestFinished(async () => {
    await Promise.all(apps.map((app) => app.stop()))
    await drop()
  })
  for (const app of apps) await app.start()
  return apps
}

const clientOf = async (app: App | undefined, subject: string, role: Role): Promise<ApiClient> =>
  createApiClient({ url: app?.url ?? '', token: await signToken({ secret: SECRET, subject, roles: [role] }) })

interface Frame {
  readonly stockAlertEvents: { readonly __typename: string; readonly cursor: string; readonly seq?: number; readonly type?: string; readonly data?: object }
}

const told = ({ stockAlertEvents: { __typename, seq, type, data } }: Frame) => (__typename === 'StockAlertEvent' ? { seq, type, ...data } : __typename)

async function read(stream: WatchedStream<Frame>, count: number): Promise<readonly Frame[]> {
  const frames: Frame[] = []
  while (frames.length < count) frames.push((await stream.next()) as Frame)
  return frames
}

describe('the example of docs/business-events.md', () => {
  test('has at most 25 lines', () => {
    expect(exampleOf('stock-alert').trimEnd().split('\n').length).toBeLessThanOrEqual(25)
  })

  test('is loaded from a folder: published by a service and by an operation, seen once by administrators on two instances, refused to users', async () => {
    const [here, there] = await instances()
    const [shop, anna, berta, user] = await Promise.all([
      clientOf(here, 'shop', 'SERVICE'),
      clientOf(here, 'anna', 'ADMIN'),
      clientOf(there, 'berta', 'ADMIN'),
      clientOf(there, 'uwe', 'USER'),
    ])
    const follow = (client: ApiClient, after?: string) => client.watch<Frame, object>(exampleOf('follow-stock-alerts'), { after })
    const publish = (sku: string, left: number, key?: string, client = shop) =>
      client.ask<{ publishStockAlertEvent: object }, object>(exampleOf('publish-stock-alert'), { sku, left, key })

    const [atAnna, atBerta] = [follow(anna), follow(berta)]
    const start = await Promise.all([read(atAnna, 1), read(atBerta, 1)])
    expect(start.flat().map(told)).toEqual(['StreamCaughtUp', 'StreamCaughtUp'])

    expect(await publish('A-1', 3, 'first')).toMatchObject({ publishStockAlertEvent: { replayed: false, event: { seq: 1 } } })
    expect(await publish('A-1', 3, 'first')).toMatchObject({ publishStockAlertEvent: { replayed: true, event: { seq: 1 } } })
    expect(await publish('A-2', 3, 'first')).toMatchObject({ publishStockAlertEvent: { code: 'IDEMPOTENCY_CONFLICT' } })
    expect(await publish('A-2', 1, undefined, user)).toMatchObject({ publishStockAlertEvent: { code: 'FORBIDDEN' } })
    await publish('A-2', 1)
    const first = { seq: 1, type: 'LOW', sku: 'A-1', left: 3 }
    const second = { seq: 2, type: 'LOW', sku: 'A-2', left: 1 }
    const [seen] = await Promise.all([read(atAnna, 2), read(atBerta, 2)])
    expect(seen?.map(told)).toEqual([first, second])

    atAnna.cut()
    await atAnna.closed
    const started = await shop.ask<{ startStockTaking: object }, object>(
      'mutation { startStockTaking(input: { missing: ["B-1", "B-2"] }) { __typename ... on Error { message } } }',
    )
    expect(started).toEqual({ startStockTaking: { __typename: 'OperationPayload' } })
    const found = [
      { seq: 3, type: 'SOLD_OUT', sku: 'B-1', left: 0 },
      { seq: 4, type: 'SOLD_OUT', sku: 'B-2', left: 0 },
    ]
    expect((await read(atBerta, 2)).map(told)).toEqual(found)
    const annaAgain = follow(await clientOf(there, 'anna', 'ADMIN'), seen?.[0]?.stockAlertEvents.cursor)
    expect((await read(annaAgain, 4)).map(told)).toEqual([second, ...found, 'StreamCaughtUp'])
    await publish('C-1', 0)
    expect((await read(annaAgain, 1)).map(told)).toEqual([{ seq: 5, type: 'LOW', sku: 'C-1', left: 0 }])

    await expect(follow(user).next()).rejects.toMatchObject([{ message: 'Only ADMIN may follow these events.', extensions: { code: 'FORBIDDEN' } }])
    await Promise.all([annaAgain.end(), atBerta.end()])
    await expect.poll(() => [here?.events.hubs, there?.events.hubs]).toEqual([0, 0])
  })
})
