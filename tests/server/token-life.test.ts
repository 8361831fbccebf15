import { describe, expect, onTestFinished, test } from 'vitest'
import { type Authenticator, createAuthenticator } from '../../src/auth/authenticate.ts'
import type { Revocations, TokenFacts } from '../../src/auth/revocations.ts'
import { createViewer, LOCAL_ADMIN, type Viewer, type ViewerParams } from '../../src/auth/viewer.ts'
import { systemClock } from '../../src/base/clock.ts'
import { UnavailableError } from '../../src/base/errors.ts'
import { replacementRefusal, TokenLife } from '../../src/server/token-life.ts'
import { connect, eventually, openSocket, type RawSocket } from './raw-socket.ts'
import { codesOf, createToken, post, SECRET, startToyServer, tokenAuthenticator } from './toy-server.ts'

const viewer = (more: Partial<ViewerParams> = {}): Viewer => createViewer({ id: 'ana', roles: ['USER'], tenantId: null, ...more })

/** Revocations by hand. */
class ToyRevocations implements Revocations {
  readonly users = new Set<string>()
  readonly listeners = new Set<() => void>()

  isRevoked({ id }: TokenFacts): boolean {
    return this.users.has(id)
  }

  onRevoked(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  revoke(id: string): void {
    this.users.add(id)
    for (const listener of this.listeners) listener()
  }
}

describe('TokenLife', () => {
  const begin = (bearer: Viewer | null, revocations = new ToyRevocations()) => {
    const reasons: string[] = []
    const life = new TokenLife(bearer, { clock: systemClock, revocations, onEnd: (reason) => reasons.push(reason) })
    onTestFinished(() => life.release())
    return { life, reasons, revocations }
  }

  test('ends once when its token is revoked, and listens no more', () => {
    const { life, reasons, revocations } = begin(viewer())
    revocations.revoke('bob')
    expect(reasons).toEqual([])
    revocations.revoke('ana')
    revocations.revoke('ana')
    expect(reasons).toEqual(['access was revoked'])
    expect([life.isOver, revocations.listeners.size]).toEqual([true, 0])
  })

  test('ends at once when its token was revoked before it listened', () => {
    const revocations = new ToyRevocations()
    revocations.revoke('ana')
    expect(begin(viewer(), revocations).reasons).toEqual(['access was revoked'])
  })

  test('ends when its token expires, however late another one ended it', async () => {
    const { reasons } = begin(viewer({ tokenExpiresAtMs: systemClock.now() + 30 }))
    await expect.poll(() => reasons).toEqual(['the token has expired'])
  })

  test('goes on with another token, whose expiry counts from then on', async () => {
    const { life, reasons } = begin(viewer({ tokenExpiresAtMs: systemClock.now() + 60_000 }))
    life.replace(viewer({ tokenExpiresAtMs: systemClock.now() + 30, roles: ['USER', 'ADMIN'] }))
    expect(life.viewer?.roles).toEqual(['USER', 'ADMIN'])
    await expect.poll(() => reasons).toEqual(['the token has expired'])
  })

  test('holds nothing after its release, and does not come back', () => {
    const { life, reasons, revocations } = begin(viewer({ tokenExpiresAtMs: systemClock.now() + 30 }))
    life.release()
    life.replace(viewer({ roles: ['ADMIN'] }))
    revocations.revoke('ana')
    expect([life.viewer?.roles, reasons, revocations.listeners.size]).toEqual([['USER'], [], 0])
  })

  test('without a token, and for the local administrator, there is nothing to end', () => {
    const revocations = new ToyRevocations()
    revocations.revoke(LOCAL_ADMIN.id)
    for (const bearer of [null, LOCAL_ADMIN]) expect(begin(bearer, revocations).reasons).toEqual([])
    expect(revocations.listeners.size).toBe(0)
  })
})

describe('replacementRefusal', () => {
  test.each<[string, Viewer | null, Viewer, string | undefined]>([
    ['the same again', viewer(), viewer(), undefined],
    ['more roles', viewer(), viewer({ roles: ['USER', 'ADMIN'] }), undefined],
    ['fewer roles', viewer({ roles: ['USER', 'ADMIN'] }), viewer(), 'roles or tenant have changed; reconnect'],
    ['other roles', viewer({ roles: ['SERVICE'] }), viewer({ roles: ['ADMIN'] }), 'roles or tenant have changed; reconnect'],
    ['another tenant', viewer({ tenantId: 'a' }), viewer({ tenantId: 'b' }), 'roles or tenant have changed; reconnect'],
    ['another subject', viewer(), viewer({ id: 'bob' }), 'the token is of another subject; reconnect with it'],
    ['a token after none', null, viewer(), 'the token is of another subject; reconnect with it'],
  ])('%s', (_name, held, next, expected) => {
    expect(replacementRefusal(held, next)).toBe(expected)
  })
})

const subscribe = (socket: RawSocket, id: string): void => socket.send({ id, type: 'subscribe', payload: { query: 'subscription { ticks }' } })
const askViewer = async (socket: RawSocket): Promise<unknown> => {
  socket.send({ id: 'who', type: 'subscribe', payload: { query: '{ viewerId }' } })
  const { payload } = await socket.next()
  await socket.next()
  return (payload as { data: { viewerId: unknown } }).data.viewerId
}

describe('a ping with a token', () => {
  test.each(['token', 'Authorization', 'authorization'])('as %s keeps a stream going past the expiry of the token that it began with', async (name) => {
    const { url, toy } = await startToyServer({ withTokens: true })
    const firstEndsAt = systemClock.now() + 2_000
    const socket = await connect(url, { token: await createToken('ana', 2) })
    subscribe(socket, '1')
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    const next = await createToken('ana', 60)
    socket.send({ type: 'ping', payload: { [name]: name === 'token' ? next : `Bearer ${next}` } })
    const pong = await socket.next()
    expect(pong).toEqual({ type: 'pong', payload: { authenticated: true, refreshed: true, expiresAt: expect.any(String) as string } })
    expect(Date.parse((pong.payload as { expiresAt: string }).expiresAt)).toBeGreaterThan(systemClock.now() + 50_000)
    await expect.poll(() => systemClock.now() > firstEndsAt, { timeout: 5_000 }).toBe(true)
    toy.source.push(7)
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { ticks: 7 } } })
    expect(await askViewer(socket)).toBe('ana')
    expect(toy.source).toMatchObject({ opened: 1, returned: 0 })
  })

  test('is not repeated in the pong; one without a token is echoed as the protocol has it', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await connect(url, { token: await createToken('ana') })
    for (const payload of [undefined, { at: 1 }, { token: '' }, { token: null }]) {
      socket.send({ type: 'ping', payload })
      expect(await socket.next()).toEqual({ type: 'pong', ...(payload ? { payload } : {}) })
    }
    const token = await createToken('ana')
    socket.send({ type: 'ping', payload: { token } })
    expect(JSON.stringify(await socket.next())).not.toContain(token)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['nonsense', () => Promise.resolve('nonsense'), 'the token is not valid'],
    ['no text at all', () => Promise.resolve({ a: 1 }), 'expected { "token": "<token>" }'],
    ['expired', () => createToken('ana', -60), 'the token has expired'],
    ['of another subject', () => createToken('bob'), 'the token is of another subject; reconnect with it'],
    ['of fewer roles', () => createToken('ana', 60, { roles: ['USER'] }), 'roles or tenant have changed; reconnect'],
  ])('that is %s closes the socket with 4403 and ends its streams', async (_name, createNext, reason) => {
    const { url, toy } = await startToyServer({ withTokens: true })
    const socket = await connect(url, { token: await createToken('ana', 60, { roles: ['ADMIN'] }) })
    subscribe(socket, '1')
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    socket.send({ type: 'ping', payload: { token: await createNext() } })
    expect(await socket.closed).toEqual({ code: 4403, reason })
    await eventually(() => toy.source.returned === 1, 'the source is returned')
  })

  test('after a connection without a token closes it: it belongs to somebody now', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await connect(url)
    socket.send({ type: 'ping', payload: { token: await createToken('ana') } })
    expect((await socket.closed).code).toBe(4403)
  })

  test('before connection_init changes nothing', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const socket = await openSocket(url)
    socket.send({ type: 'ping', payload: { token: await createToken('ana') } })
    expect(await socket.next()).toEqual({ type: 'pong', payload: { authenticated: false } })
    socket.send({ type: 'connection_init', payload: { token: await createToken('bob') } })
    expect(await socket.next()).toEqual({ type: 'connection_ack' })
    expect(await askViewer(socket)).toBe('bob')
  })

  test('more often than allowed closes with 1013, because checking tokens costs', async () => {
    const { url } = await startToyServer({ withTokens: true, limits: { maxTokenRefreshesPerMinute: 3 } })
    const token = await createToken('ana')
    const socket = await connect(url, { token })
    for (let count = 0; count < 3; count += 1) {
      socket.send({ type: 'ping', payload: { token } })
      expect((await socket.next()).payload).toMatchObject({ refreshed: true })
    }
    socket.send({ type: 'ping', payload: { token } })
    expect(await socket.closed).toEqual({ code: 1013, reason: 'too many token refreshes; try again later' })
  })

  test('that cannot be checked at the moment leaves the one before in force', async () => {
    const real = tokenAuthenticator()
    let isAway = false
    const authenticator: Authenticator = {
      ...real,
      authenticate: (token) => (isAway ? Promise.reject(new UnavailableError('no keys')) : real.authenticate(token)),
    }
    const { url } = await startToyServer({ authenticator })
    const socket = await connect(url, { token: await createToken('ana', 60) })
    isAway = true
    socket.send({ type: 'ping', payload: { token: await createToken('ana', 6_000) } })
    const { payload } = (await socket.next()) as { payload: { expiresAt: string } }
    expect(payload).toMatchObject({ authenticated: true, refreshed: false })
    expect(Date.parse(payload.expiresAt)).toBeLessThan(systemClock.now() + 61_000)
    expect(await askViewer(socket)).toBe('ana')
  })

  test('means nothing where everybody is the local administrator', async () => {
    const { url } = await startToyServer()
    const socket = await connect(url)
    socket.send({ type: 'ping', payload: { token: 'whatever' } })
    expect(await socket.next()).toEqual({ type: 'pong', payload: { authenticated: true, refreshed: true, expiresAt: null } })
  })

  test('counts by the order of sending, though checks overtake each other', async () => {
    const real = tokenAuthenticator()
    const held = Promise.withResolvers<void>()
    const slow = await createToken('ana', 100)
    const authenticator: Authenticator = {
      ...real,
      authenticate: async (token) => {
        if (token === slow) await held.promise
        return real.authenticate(token)
      },
    }
    const { url } = await startToyServer({ authenticator })
    const socket = await connect(url, { token: await createToken('ana', 50) })
    socket.send({ type: 'ping', payload: { token: slow } })
    socket.send({ type: 'ping', payload: { token: await createToken('ana', 200) } })
    const first = await socket.next()
    held.resolve()
    expect(await socket.next()).toEqual(first)
  })
})

describe('revocation', () => {
  const withRevocations = async () => {
    const revocations = new ToyRevocations()
    const authenticator = createAuthenticator({
      source: { kind: 'secret', secret: SECRET },
      rolesClaim: 'roles',
      tenantClaim: 'tenant',
      clock: systemClock,
      revocations,
    })
    return { revocations, ...(await startToyServer({ authenticator })) }
  }

  test('closes the sockets of that user with 4403, releases their sources, and leaves others alone', async () => {
    const { url, toy, revocations, server } = await withRevocations()
    const [hers, his] = [await connect(url, { token: await createToken('ana') }), await connect(url, { token: await createToken('bob') })]
    for (const socket of [hers, his]) subscribe(socket, '1')
    await eventually(() => toy.source.opened === 2, 'both sources are opened')
    revocations.revoke('ana')
    expect(await hers.closed).toEqual({ code: 4403, reason: 'access was revoked' })
    await eventually(() => toy.source.returned === 1, 'one source is returned')
    expect(await askViewer(his)).toBe('bob')
    await expect.poll(() => server.open.sockets).toBe(1)
    expect(revocations.listeners.size).toBe(1)
  })

  test('refuses new sockets and requests', async () => {
    const { url, revocations } = await withRevocations()
    revocations.revoke('ana')
    const token = await createToken('ana')
    const socket = await openSocket(url)
    socket.send({ type: 'connection_init', payload: { token } })
    expect(await socket.closed).toEqual({ code: 4403, reason: 'access was revoked' })
    const answer = await post(url, '{ viewerId }', { headers: { authorization: `Bearer ${token}` } })
    expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']])
  })

  test('ends an event stream with UNAUTHENTICATED, though nothing happens in it', async () => {
    const { url, toy, revocations, server } = await withRevocations()
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${await createToken('ana')}` },
      body: JSON.stringify({ query: 'subscription { ticks }' }),
    })
    await eventually(() => toy.source.opened === 1, 'the source is opened')
    await expect.poll(() => server.open.streams).toBe(1)
    revocations.revoke('ana')
    const text = await response.text()
    expect(text).toContain('UNAUTHENTICATED')
    expect(text).toContain('access was revoked')
    expect([toy.source.returned, server.open.streams, revocations.listeners.size]).toEqual([1, 0, 0])
  })

  test('lets nothing more be done over a socket whose client does not answer the close', async () => {
    const { url, toy, revocations } = await withRevocations()
    const socket = await connect(url, { token: await createToken('ana') })
    // The close frame waits unread, and what is sent after it arrives.
    socket.socket.pause()
    revocations.revoke('ana')
    for (let count = 0; count < 5; count += 1) socket.send({ id: `w${count}`, type: 'subscribe', payload: { query: 'mutation { write }' } })
    const answer = await post(url, '{ hello }', { headers: { authorization: `Bearer ${await createToken('bob')}` } })
    expect(answer.status).toBe(200)
    socket.socket.resume()
    expect((await socket.closed).code).toBe(4403)
    expect(toy.writes).toBe(0)
  })
})
