import { afterEach, describe, expect, test } from 'vitest'
import { expectedOf } from '../../samples/sample-statement.ts'
import { WatchOperationDocument } from '../../src/client/generated/graphql.ts'
import { type ApiClient, createApiClient } from '../../src/testing/api-client.ts'
import { EventFollower } from '../../src/testing/event-follower.ts'
import { type SpawnedApp, spawnApp } from '../../src/testing/spawned-app.ts'
import { databaseKinds } from '../setup/databases.ts'
import { type Backing, backing } from './backing.ts'
import { expectContiguousEvents, expectExactRows, historyOf, sampleFile, startImport } from './import-story.ts'
import { seededRandom } from './random.ts'

const ROWS = 18_000
/** A start of the embedded database takes seconds. */
const KILLS = { pglite: 4, postgres: 10 } as const

describe.each(databaseKinds)('an import of 18,000 rows on %s', (kind) => {
  let store: Backing
  let app: SpawnedApp
  let api: ApiClient
  const start = async (): Promise<void> => {
    app = await spawnApp({ env: { ...store.env, LEASE_SECONDS: '2' } })
    api = createApiClient({ url: app.url })
  }
  afterEach(async () => {
    await app.kill()
    await store.drop()
  })

  test('survives kill -9 at random moments with every row there exactly once', { timeout: 240_000 }, async () => {
    const random = seededRandom()
    const moments = Array.from({ length: KILLS[kind] }, () => random.between(0, 95)).sort((left, right) => left - right)
    console.log(`kills on ${kind} at ${moments.join(', ')} % (CHAOS_SEED=${random.seed})`)
    store = await backing(kind)
    await start()
    const { id, cursor } = await startImport(api, await sampleFile(ROWS), { batchSize: 15 })
    const follower = new EventFollower(id, { after: cursor })
    let kills = 0
    for (const percentage of moments) {
      const following = follower.follow(api)
      const bar = api.watch(WatchOperationDocument, { id, minIntervalMs: 50 })
      const { operation } = await bar.until(
        (frame) => frame.operation.done || (frame.operation.state === 'RUNNING' && (frame.operation.progress.percentage ?? 0) >= percentage),
      )
      if (!operation.done) kills += 1
      await app.kill()
      // The end may have been told already, or not; anything earlier is a broken connection.
      const ended = await following
      expect(ended && !operation.done).toBe(false)
      await bar.end().catch(() => undefined)
      await start()
    }
    expect(await follower.follow(api)).toBe(true)
    expect(kills).toBeGreaterThanOrEqual(KILLS[kind] - 2)

    const history = await historyOf(api, id)
    expect(history.state).toBe('COMPLETED')
    expect(history.types.filter((type) => type === 'COMPLETED')).toHaveLength(1)
    expect(history.types.filter((type) => type === 'RESCUED').length).toBeLessThanOrEqual(kills)
    expect(follower.gaps).toBe(0)
    // The payload's cursor stands somewhere in the beginning; from there on nothing is missing and nothing comes twice.
    expect(follower.events).toEqual(history.events.slice(-follower.events.length))
    expect(
      (
        await api.ask<{ operation: { progress: object } }, object>(
          'query ($id: ID!) { operation(id: $id) { progress { done total succeeded failed percentage } } }',
          { id },
        )
      ).operation.progress,
    ).toEqual({
      done: ROWS,
      total: ROWS,
      succeeded: expectedOf({ rows: ROWS }).accepted,
      failed: expectedOf({ rows: ROWS }).rejected,
      percentage: 100,
    })
    expect(await app.terminate()).toEqual({ code: 0, signal: null })
    await store.look(async (database) => {
      await expectExactRows(database, ROWS)
      await expectContiguousEvents(database)
    })
  })
})
