import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newUuid } from '../../../src/base/ids.ts'
import { statement } from '../../../src/database/statement.ts'
import { StoreSweeper } from '../../../src/domains/stores/sweeper.ts'
import { Telemetry } from '../../../src/telemetry/facts.ts'
import { databaseKinds, freshDatabase } from '../../setup/databases.ts'

const PLANT_STORE = statement(
  'test_sweeper_store',
  `insert into store (id, owner_id, name, platform, base_url, credential_id) values ($1, 'ana', 'Casa Ana', 'sandbox', 'sandbox:ana', $2)`,
)
const PLANT_CREDENTIALS = statement(
  'test_sweeper_credentials',
  `insert into store_credential (id, store_id, sealed_token, created_at)
   select id, $1, 'x', now() - make_interval(days => days) from unnest($2::uuid[], $3::int[]) c(id, days)`,
)
const PLANT_PRODUCTS = statement(
  'test_sweeper_products',
  `insert into product (id, store_id, external_id, name, description, handle, tags, categories, is_published, content_hash, document_hash, removed_at)
   select id, $1, id::text, '{}', '{}', '', '{}', '[]', false, '', '', now() - make_interval(days => days) from unnest($2::uuid[], $3::int[]) p(id, days)`,
)
const LEFT = statement(
  'test_sweeper_left',
  `select (select array_agg(id order by id) from store_credential) as credentials, (select array_agg(id order by id) from product) as products`,
)

describe.each(databaseKinds)('the sweeper of stores on %s', (kind) => {
  test('removes what is gone from shops since a month and tokens that nobody accepted, and nothing else', async () => {
    const { database, drop } = await freshDatabase(kind)
    onTestFinished(drop)
    const [storeId, accepted, candidate, stale, lately, longAgo, here] = Array.from({ length: 7 }, newUuid) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    await database.run(PLANT_STORE, [storeId, accepted])
    await database.run(PLANT_CREDENTIALS, [storeId, [accepted, candidate, stale], [100, 6, 8]])
    await database.run(PLANT_PRODUCTS, [storeId, [lately, longAgo, here], [29, 31, null]])
    let prunings = 0
    const chat = {
      prune: () => {
        prunings += 1
        return Promise.resolve({ removed: 0, more: prunings === 1 })
      },
    }
    const sweeper = new StoreSweeper({ database, clock: systemClock, telemetry: new Telemetry(), chat })
    await sweeper.start()
    onTestFinished(() => sweeper.stop())
    await expect.poll(async () => (await database.run(LEFT, []))[0]).toEqual({ credentials: [accepted, candidate], products: [lately, here] })
    // What is more than a batch is not left for an hour.
    await expect.poll(() => prunings).toBe(2)
  })
})
