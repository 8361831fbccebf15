import { expect, test } from 'vitest'
import { connect } from '../server/raw-socket.ts'
import { freshPglite } from '../setup/databases.ts'
import { listening } from './listening.ts'

const PINGS = 200
const PING_BYTES = 200_000

test('a client that asks and does not read is read no further, and gets everything once it reads', async () => {
  const fresh = await freshPglite()
  const server = await listening(fresh)
  try {
    const endpoint = `${server.url()}/graphql`
    const mute = await connect(endpoint)
    mute.socket.pause()
    const payload = { filler: 'x'.repeat(PING_BYTES) }
    for (let count = 0; count < PINGS; count += 1) mute.send({ type: 'ping', payload })
    // 40 MB of pongs would be waiting in the server. Others are served meanwhile, and what it does not take stays with the client.
    const other = await connect(endpoint)
    for (let count = 0; count < 100; count += 1) {
      other.send({ type: 'ping' })
      expect(await other.next()).toEqual({ type: 'pong' })
    }
    expect(mute.socket.bufferedAmount).toBeGreaterThan((PINGS * PING_BYTES) / 4)
    mute.socket.resume()
    for (let count = 0; count < PINGS; count += 1) expect((await mute.next()).type).toBe('pong')
    expect(mute.socket.bufferedAmount).toBe(0)
    expect(server.hidden).toEqual([])
  } finally {
    await server.stop()
    await fresh.drop()
  }
})
