import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperationEventsDocument } from '../../src/client/generated/graphql.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { control, start } from '../chaos/control-story.ts'
import { historyOf } from '../chaos/import-story.ts'
import { seededRandom } from '../chaos/random.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverKit, apolloOverPlainWire, type KitClient, kitClient, urqlOverKit, urqlOverPlainWire } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

const CUTS = 20

let fresh: FreshDatabase
let server: Listening
let proxy: FaultyProxy
let next = 0
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh, { instances: 2 })
  // Every connection lands on the other instance than the one before.
  proxy = await startProxy(() => {
    next += 1
    return server.url(next % 2)
  })
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  await fresh.drop()
})

const CLIENTS: readonly (readonly [string, (url: string) => KitClient])[] = [
  ['the kit', kitClient],
  ['the kit over server-sent events', (url) => kitClient(url, { transports: ['sse'] })],
  ['the kit by polling', (url) => kitClient(url, { transports: ['polling'], times: { pollMs: 50 } })],
  ['Apollo over an unmodified graphql-ws', apolloOverPlainWire],
  ['Apollo over the kit', apolloOverKit],
  ['urql over an unmodified graphql-ws', urqlOverPlainWire],
  ['urql over the kit', urqlOverKit],
]

/** What one client sees of one stream. */
class Viewer {
  readonly name: string
  readonly seqs: number[] = []
  readonly kinds = new Set<string>()
  readonly #client: KitClient
  readonly #end = Promise.withResolvers<unknown>()

  constructor(name: string, client: KitClient) {
    this.name = name
    this.#client = client
  }

  get end(): Promise<unknown> {
    return this.#end.promise
  }

  watch(operationId: string, after?: string): void {
    this.#client.watch(
      OperationEventsDocument,
      { operationId, ...(after === undefined ? {} : { after }) },
      ({ operationEvents: frame }) => {
        this.kinds.add(frame.__typename)
        if (frame.__typename === 'OperationEvent') this.seqs.push(frame.seq)
      },
      this.#end.resolve,
    )
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

test(`every event is seen once, in order, through ${CUTS} cuts on two instances, with every library and transport`, async () => {
  const random = seededRandom()
  console.log(`CHAOS_SEED=${random.seed}`)
  const direct = createApiClient({ url: server.url() })
  const { id, cursor } = await start(direct, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 5 })
  const viewers = CLIENTS.map(([name, connect]) => new Viewer(name, connect(proxy.url)))
  for (const viewer of viewers) viewer.watch(id, cursor)
  for (let turn = 0; turn < CUTS; turn += 1) {
    const told = viewers.map((viewer) => viewer.seqs.length)
    const isEven = turn % 2 === 0
    if (random.next() < 0.5) proxy.cut()
    await control(direct, isEven ? 'pause' : 'resume', id)
    proxy.cut()
    await expect.poll(async () => (await historyOf(direct, id)).state, { interval: 20 }).toBe(isEven ? 'PAUSED' : 'RUNNING')
    // Sometimes some have not come back when the next cut comes.
    const waitFor = random.between(0, viewers.length)
    await expect
      .poll(() => viewers.filter((viewer, index) => viewer.seqs.length > (told[index] as number)).length, { interval: 5 })
      .toBeGreaterThanOrEqual(waitFor)
  }
  await control(direct, 'cancel', id)
  for (const viewer of viewers) {
    const { name, seqs, kinds } = viewer
    const end = await viewer.end
    const [first, last] = [seqs[0] as number, seqs.at(-1) as number]
    expect({ name, end, seqs, kinds: [...kinds].toSorted() }).toEqual({
      name,
      end: undefined,
      seqs: Array.from({ length: last - first + 1 }, (_, index) => first + index),
      kinds: ['OperationEvent', 'StreamCaughtUp'],
    })
    await viewer.close()
  }
  const { state, version } = await historyOf(direct, id)
  expect(state).toBe('CANCELED')
  expect(viewers.map(({ name, seqs }) => [name, seqs.at(-1)])).toEqual(viewers.map(({ name }) => [name, version]))
  expect(server.hidden).toEqual([])
})
