import { afterEach, describe, expect, test } from 'vitest'
import { createApiClient } from '../../src/testing/api-client.ts'
import { EventFollower } from '../../src/testing/event-follower.ts'
import { control, start } from '../chaos/control-story.ts'
import { historyOf } from '../chaos/import-story.ts'
import { seededRandom } from '../chaos/random.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { type Listening, listening } from './listening.ts'

const CLIENTS = 6
const TURNS = 12

describe.each(databaseKinds)('clients that are cut off at random moments on %s', (kind) => {
  let fresh: FreshDatabase
  let server: Listening
  afterEach(async () => {
    await server.stop()
    await fresh.drop()
  })

  test('see every event once, in order, when they go on after their cursor on any instance', { timeout: 60_000 }, async () => {
    const random = seededRandom()
    console.log(`CHAOS_SEED=${random.seed}`)
    fresh = await freshDatabase(kind)
    server = await listening(fresh, { instances: 2 })
    const clients = [0, 1].map((index) => createApiClient({ url: server.url(index) }))
    const anyClient = () => clients[random.between(0, 1)] as (typeof clients)[number]
    const { id } = await start(anyClient(), 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 1 })
    const followers = Array.from({ length: CLIENTS }, () => new EventFollower(id))
    const following = followers.map(async (follower) => {
      // Frames are counted per connection: a snapshot or a replay, the mark that it caught up, then what is live. It ends with the operation.
      while (!(await follower.follow(anyClient(), random.between(1, 7))));
    })
    for (let turn = 0; turn < TURNS; turn += 1) {
      await control(anyClient(), turn % 2 === 0 ? 'pause' : 'resume', id)
      const wanted = turn % 2 === 0 ? 'PAUSED' : 'RUNNING'
      await expect.poll(async () => (await historyOf(clients[0] as (typeof clients)[number], id)).state, { timeout: 10_000 }).toBe(wanted)
    }
    await control(anyClient(), 'cancel', id)
    await expect.poll(async () => (await historyOf(clients[0] as (typeof clients)[number], id)).state, { timeout: 10_000 }).toBe('CANCELED')
    await Promise.all(following)
    const history = await historyOf(anyClient(), id)
    for (const follower of followers) {
      expect(follower.gaps).toBe(0)
      expect(follower.events).toEqual(history.events.slice(follower.startedAt))
    }
    expect(server.hidden).toEqual([])
  })
})
