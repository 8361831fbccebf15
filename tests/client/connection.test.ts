import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import {
  type BatutaClient,
  type BatutaClientOptions,
  ConnectionError,
  type ConnectionStatus,
  createBatutaClient,
  type GiveUp,
  RequestRefusedError,
} from '../../src/client/client.ts'
import { OperationEventsDocument, WatchOperationDocument, WatchOperationsDocument } from '../../src/client/generated/graphql.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { signToken } from '../../src/testing/tokens.ts'
import { control, start } from '../chaos/control-story.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { PLANTED } from '../setup/planted-secrets.ts'
import { kitOptions } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

const SECRET = PLANTED.jwtSecret

let fresh: FreshDatabase
let server: Listening
let secured: Listening
let proxy: FaultyProxy
let upstream: Listening
const api = () => createApiClient({ url: server.url() })
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
  secured = await listening(fresh, { env: { AUTH_JWT_SECRET: SECRET } })
  proxy = await startProxy(() => upstream.url())
})
afterEach(() => {
  proxy.refuseAll(false)
  proxy.refuseUpgrades(false)
  proxy.refuseStreams(false)
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  await secured.stop()
  await fresh.drop()
})

interface Told {
  readonly kit: BatutaClient
  readonly giveUps: GiveUp[]
  readonly statuses: ConnectionStatus[]
}

/** A client behind the proxy that writes down what it is told. */
function connect(options: Partial<BatutaClientOptions> = {}, to: Listening = server): Told {
  upstream = to
  const giveUps: GiveUp[] = []
  const statuses: ConnectionStatus[] = []
  const told = { onGiveUp: (giveUp: GiveUp) => giveUps.push(giveUp), onStatus: (status: ConnectionStatus) => statuses.push(status) }
  const kit = createBatutaClient(kitOptions(proxy.url, { transports: ['websocket'], ...told, ...options }))
  onTestFinished(() => kit.close())
  return { kit, giveUps, statuses }
}

interface Watching {
  readonly states: string[]
  readonly end: Promise<unknown>
  readonly leave: () => void
}

function watchState(kit: BatutaClient, id: string): Watching {
  const states: string[] = []
  const end = Promise.withResolvers<unknown>()
  const leave = kit.watch(
    WatchOperationDocument,
    { id, minIntervalMs: 50 },
    { next: ({ operation }) => states.push(operation.state), error: end.resolve, complete: () => end.resolve(undefined) },
  )
  return { states, end: end.promise, leave }
}

const running = () => start(api(), 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 5 })
const cancel = (id: string) => control(api(), 'cancel', id)

describe('a server that can not be reached', () => {
  test('is tried so many times, then the app is told once, and retry() goes on', async () => {
    const { id } = await running()
    proxy.refuseAll(true)
    const { kit, giveUps, statuses } = connect({ tries: 3 })
    const [one, two] = [watchState(kit, id), watchState(kit, id)]
    await expect.poll(() => giveUps.length).toBe(1)
    expect(giveUps).toEqual([{ reason: 'unreachable', tries: 3 }])
    expect(statuses.at(-1)).toEqual({ transport: 'websocket', state: 'waiting', failures: 3 })
    proxy.refuseAll(false)
    kit.retry()
    await expect.poll(() => [one.states.at(-1), two.states.at(-1)]).toEqual(['RUNNING', 'RUNNING'])
    expect(kit.status).toEqual({ transport: 'websocket', state: 'connected', failures: 0 })
    await cancel(id)
  })

  test('is tried again when something new is subscribed', async () => {
    const { id } = await running()
    proxy.refuseAll(true)
    const { kit, giveUps } = connect({ tries: 2 })
    const first = watchState(kit, id)
    await expect.poll(() => giveUps.length).toBe(1)
    proxy.refuseAll(false)
    const second = watchState(kit, id)
    await expect.poll(() => [first.states.at(-1), second.states.at(-1)]).toEqual(['RUNNING', 'RUNNING'])
    await cancel(id)
  })

  test('ends subscriptions with an error when nobody wants to be told, and the next one begins anew', async () => {
    const { id } = await running()
    proxy.refuseAll(true)
    upstream = server
    const kit = createBatutaClient(kitOptions(proxy.url, { transports: ['websocket'], tries: 2 }))
    onTestFinished(() => kit.close())
    expect(await watchState(kit, id).end).toBeInstanceOf(ConnectionError)
    proxy.refuseAll(false)
    const { states } = watchState(kit, id)
    await expect.poll(() => states.at(-1)).toBe('RUNNING')
    await cancel(id)
  })

  test('lets queries and mutations fail with a ConnectionError after the same number of tries', async () => {
    proxy.refuseAll(true)
    const { kit } = connect({ tries: 2 })
    await expect(kit.query(WatchOperationsDocument as never, {})).rejects.toBeInstanceOf(ConnectionError)
  })
})

test('a connection that is dead and looks alive is found by the heartbeat, and replaced', async () => {
  const { id } = await running()
  const { kit } = connect({ times: { heartbeatMs: 100, pongTimeoutMs: 500 } })
  const { states } = watchState(kit, id)
  await expect.poll(() => states.at(-1)).toBe('RUNNING')
  const upgrades = proxy.upgrades
  proxy.freeze()
  await expect.poll(() => proxy.upgrades).toBeGreaterThan(upgrades)
  await cancel(id)
  await expect.poll(() => states.at(-1)).toBe('CANCELED')
  // The dead one would wait half a minute for an answer to its close frame.
  proxy.cut()
})

test('the socket is closed when nobody subscribes any more, and close() leaves nothing behind', async () => {
  const { id } = await running()
  const { kit } = connect()
  const { states, leave } = watchState(kit, id)
  await expect.poll(() => states.at(-1)).toBe('RUNNING')
  leave()
  await expect.poll(() => kit.status.state).toBe('idle')
  const again = watchState(kit, id)
  await expect.poll(() => again.states.at(-1)).toBe('RUNNING')
  kit.close()
  await expect.poll(() => (server.apps[0] as (typeof server.apps)[number]).server.open.sockets).toBe(0)
  await cancel(id)
})

describe('close codes', () => {
  /** Closes every connection with the next of these codes; the last one counts for all that follow. */
  async function closing(...codes: readonly number[]): Promise<{ readonly url: string; readonly opened: () => number }> {
    let opened = 0
    const scripted = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' })
    scripted.on('connection', (socket) => {
      socket.close(codes[Math.min(opened, codes.length - 1)], 'because')
      opened += 1
    })
    await new Promise((resolve) => scripted.once('listening', resolve))
    onTestFinished(() => new Promise((resolve) => scripted.close(() => resolve())))
    return { url: `http://127.0.0.1:${(scripted.address() as AddressInfo).port}`, opened: () => opened }
  }

  test.each([4400, 4500])('%i is final', async (code) => {
    const { url, opened } = await closing(code)
    const kit = createBatutaClient(kitOptions(url))
    onTestFinished(() => kit.close())
    const error = await watchState(kit, 'operation_x').end
    expect(error).toMatchObject({ name: 'ConnectionError', closeCode: code, message: `the connection was closed with ${code} because` })
    expect(opened()).toBe(1)
  })

  test('1012 and 1013 are followed by tries, and by no other transport', async () => {
    const { url, opened } = await closing(1012, 1013)
    const giveUps: GiveUp[] = []
    const kit = createBatutaClient(kitOptions(url, { tries: 4, onGiveUp: (giveUp) => giveUps.push(giveUp) }))
    onTestFinished(() => kit.close())
    watchState(kit, 'operation_x')
    await expect.poll(() => giveUps).toEqual([{ reason: 'unreachable', tries: 4 }])
    expect(opened()).toBe(5)
    expect(kit.status.transport).toBe('websocket')
  })

  test('4403 asks for a new token once, and a second 4403 gives up', async () => {
    const { url, opened } = await closing(4403)
    const asked: boolean[] = []
    const giveUps: GiveUp[] = []
    const token = ({ refused }: { refused: boolean }) => String(asked.push(refused))
    const kit = createBatutaClient(kitOptions(url, { token, onGiveUp: (giveUp) => giveUps.push(giveUp) }))
    onTestFinished(() => kit.close())
    watchState(kit, 'operation_x')
    await expect.poll(() => giveUps).toEqual([{ reason: 'forbidden', tries: 1 }])
    expect(opened()).toBe(2)
    kit.retry()
    await expect.poll(() => giveUps.length).toBe(2)
  })
})

describe('tokens', () => {
  const tokenOf = (secondsToLive: number) => signToken({ secret: SECRET, subject: 'ana', roles: ['USER'], secondsToLive })
  const ownOperation = async () => {
    const ana = createApiClient({ url: secured.url(), token: await tokenOf(600) })
    return { ana, ...(await start(ana, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 5 })) }
  }

  test('that are refused are replaced, for sockets and for queries', async () => {
    const { ana, id } = await ownOperation()
    const asked: boolean[] = []
    const token = async ({ refused }: { refused: boolean }) => {
      asked.push(refused)
      return tokenOf(refused ? 600 : -10)
    }
    const { kit } = connect({ token }, secured)
    const { states } = watchState(kit, id)
    await expect.poll(() => states.at(-1)).toBe('RUNNING')
    expect(asked).toContain(true)
    await expect(connect({ token }, secured).kit.query(WatchOperationsDocument as never, {})).rejects.toBeInstanceOf(RequestRefusedError)
    await control(ana, 'cancel', id)
  })

  test('are replaced before they expire, on the open socket: the stream goes on without a gap', async () => {
    const { ana, id } = await ownOperation()
    let tokens = 0
    const token = () => {
      tokens += 1
      return tokenOf(5)
    }
    const { kit } = connect({ token }, secured)
    const upgrades = proxy.upgrades
    const kinds: string[] = []
    kit.watch(OperationEventsDocument, { operationId: id }, { next: ({ operationEvents: frame }) => kinds.push(frame.__typename) })
    // Each lives for five seconds and is replaced after half of them: the fourth comes when the first is long over.
    await expect.poll(() => tokens).toBeGreaterThan(3)
    expect(proxy.upgrades).toBe(upgrades + 1)
    await control(ana, 'cancel', id)
    await expect.poll(() => kinds.filter((kind) => kind === 'OperationEvent').length).toBeGreaterThan(0)
    expect(kinds.filter((kind) => kind === 'StreamCaughtUp')).toHaveLength(1)
  })

  test('that can not be had at the moment are asked for again', async () => {
    const { ana, id } = await ownOperation()
    let asked = 0
    const token = async () => {
      asked += 1
      if (asked < 3) throw new Error('the identity provider is away')
      return tokenOf(600)
    }
    const { kit } = connect({ token }, secured)
    const { states } = watchState(kit, id)
    await expect.poll(() => states.at(-1)).toBe('RUNNING')
    await control(ana, 'cancel', id)
  })
})

describe('without a WebSocket', () => {
  const all: Partial<BatutaClientOptions> = { transports: ['websocket', 'sse', 'polling'], times: { probeMs: 200, pollMs: 50 } }

  test('it falls back to server-sent events, and comes back when it can', async () => {
    const { id } = await running()
    proxy.refuseUpgrades(true)
    const { kit, statuses } = connect(all)
    const { states } = watchState(kit, id)
    await expect.poll(() => states.at(-1)).toBe('RUNNING')
    expect(kit.status).toEqual({ transport: 'sse', state: 'connected', failures: 0 })
    proxy.refuseUpgrades(false)
    await expect.poll(() => kit.status.transport).toBe('websocket')
    await cancel(id)
    await expect.poll(() => states.at(-1)).toBe('CANCELED')
    expect(new Set(statuses.map(({ transport }) => transport))).toEqual(new Set(['websocket', 'sse']))
  })

  test('it polls when nothing can be pushed: the same frames, and the same stream goes on over the WebSocket', async () => {
    const { id, cursor } = await running()
    proxy.refuseUpgrades(true)
    proxy.refuseStreams(true)
    const { kit } = connect(all)
    const seqs: number[] = []
    const complete = Promise.withResolvers<void>()
    kit.watch(
      OperationEventsDocument,
      { operationId: id, after: cursor },
      { next: ({ operationEvents: frame }) => frame.__typename === 'OperationEvent' && seqs.push(frame.seq), complete: complete.resolve },
    )
    const { states } = watchState(kit, id)
    await expect.poll(() => kit.status.transport).toBe('polling')
    await control(api(), 'pause', id)
    await expect.poll(() => states.at(-1)).toBe('PAUSED')
    await expect.poll(() => seqs.length).toBeGreaterThan(2)
    proxy.refuseUpgrades(false)
    await expect.poll(() => kit.status.transport).toBe('websocket')
    await cancel(id)
    await complete.promise
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => (seqs[0] as number) + index))
    await expect.poll(() => states.at(-1)).toBe('CANCELED')
  })

  test('polling begins with a snapshot, tells what it caught up with, and completes', async () => {
    const { id } = await running()
    const { kit } = connect({ ...all, transports: ['polling'] })
    const frames: string[] = []
    const complete = Promise.withResolvers<void>()
    kit.watch(
      OperationEventsDocument,
      { operationId: id },
      {
        next: ({ operationEvents: frame }) => frames.push(frame.__typename === 'OperationSnapshot' ? `snapshot of ${frame.operation.state}` : frame.__typename),
        complete: complete.resolve,
      },
    )
    await expect.poll(() => frames.length).toBeGreaterThanOrEqual(2)
    expect(frames[0]).toMatch(/^snapshot of (QUEUED|RUNNING)$/)
    expect(frames[1]).toBe('StreamCaughtUp')
    await cancel(id)
    await complete.promise
    expect(frames.at(-1)).toBe('OperationEvent')
  })

  test('polling says so when the cursor is of no use, and goes on with a snapshot', async () => {
    const { id } = await running()
    const other = await running()
    const { kit } = connect({ ...all, transports: ['polling'] })
    const [frames, gaps]: [string[], object[]] = [[], []]
    kit.watch(
      OperationEventsDocument,
      { operationId: id, after: other.cursor },
      { next: ({ operationEvents: frame }) => frames.push(frame.__typename), gap: (gap) => gaps.push(gap) },
    )
    await expect.poll(() => frames.slice(0, 3)).toEqual(['StreamGap', 'OperationSnapshot', 'StreamCaughtUp'])
    expect(gaps).toEqual([{ reason: 'UNKNOWN_CURSOR' }])
    await cancel(id)
    await expect.poll(() => frames.at(-1)).toBe('OperationEvent')
    await cancel(other.id)
  })

  test.each(['websocket', 'sse', 'polling'] as const)('%s says when there is no such operation', async (transport) => {
    const { kit } = connect({ ...all, transports: [transport] })
    expect(await watchState(kit, 'operation_00000000000000000000000000').end).toMatchObject({ name: 'RequestRefusedError', code: 'NOT_FOUND' })
  })
})

test("the browser's own WebSocket will do", async () => {
  const { id } = await running()
  const { kit } = connect({ webSocketImpl: undefined })
  expect(globalThis.WebSocket).not.toBe(WebSocket)
  const { states } = watchState(kit, id)
  await expect.poll(() => states.at(-1)).toBe('RUNNING')
  proxy.cut()
  await cancel(id)
  await expect.poll(() => states.at(-1)).toBe('CANCELED')
})
