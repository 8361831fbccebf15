import { expect } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newUuid } from '../../../src/base/ids.ts'
import type { Database } from '../../../src/database/database.ts'
import { statement } from '../../../src/database/statement.ts'
import { type CatalogueReads, createCatalogueReads } from '../../../src/domains/stores/catalogue/catalogue-reads.ts'
import { createCatalogue } from '../../../src/domains/stores/catalogue/create-catalogue.ts'
import { storeDefinitions } from '../../../src/domains/stores/operations/definitions.ts'
import type { StoreRecord } from '../../../src/domains/stores/records.ts'
import type { StoreServices } from '../../../src/domains/stores/services.ts'
import { findStores } from '../../../src/domains/stores/store/find-stores.ts'
import type { OperationDefinition } from '../../../src/engine/definition.ts'
import type { OperationRecord } from '../../../src/engine/records.ts'
import { type EngineWorld, type EngineWorldParams, engineWorld } from '../../engine/engine-world.ts'
import type { DatabaseKind } from '../../setup/databases.ts'
import type { MemoryShop } from './memory-shop.ts'

/** The engine with the store operations, the real catalogue, and one store whose shop is in memory. Search, assistant and notifications are told and do nothing. */
export interface StoresWorld {
  readonly engine: EngineWorld
  readonly database: Database
  readonly storeId: string
  readonly credentialId: string
  readonly reads: CatalogueReads
  /** What was asked of the parts that are not there: `search.build products`, `tell`. */
  readonly told: string[]
  store(): Promise<StoreRecord>
  connect(): Promise<OperationRecord>
  refresh(): Promise<OperationRecord>
  reconnect(): Promise<OperationRecord>
  /** Counts from here on what is written to the tables of the catalogue; the answer tells: `{ 'product UPDATE': 3 }`. */
  countWrites(): Promise<() => Promise<Record<string, number>>>
  /** All rows of a table of the catalogue, in the order of their external ids. */
  rows<Row extends object>(table: string): Promise<Row[]>
  close(): Promise<void>
}

const INSERT_STORE = statement(
  'test_insert_store',
  `insert into store (id, owner_id, name, platform, base_url) values ($1::uuid, 'ana', 'Tienda', 'sandbox', 'sandbox:' || $1)`,
)

/** A store that nothing was read of yet; answers its id. */
export async function insertStore(database: Database): Promise<string> {
  const id = newUuid()
  await database.run(INSERT_STORE, [id])
  return id
}

/** Rebuilds of the search wait for their time. */
const BUSY = statement('test_busy', `select type, state from operation where state not in ('completed', 'failed', 'canceled') and type <> 'RAG_SYNC'`)

const ALL_ROWS = ['product', 'product_variant', 'shop_order', 'shop_customer', 'catalogue_change', 'catalogue_seen', 'catalogue_walk'].map((table) => ({
  table,
  read: statement(`test_all_${table}`, `select * from ${table} where store_id = $1::uuid ${table === 'catalogue_walk' ? '' : 'order by external_id'}`),
}))

/** A row for each row that is written, by triggers: exact on both databases, and undone with what is undone. */
const COUNTING = [
  'drop table if exists test_write',
  'create table test_write (what text not null)',
  `create or replace function test_count() returns trigger language plpgsql as $$ begin
     insert into test_write values (tg_table_name || ' ' || tg_op); return null; end $$`,
  ...['product', 'product_variant', 'shop_order', 'shop_customer'].map(
    (table) => `create or replace trigger test_count after insert or update or delete on ${table} for each row execute function test_count()`,
  ),
].map((text, index) => statement(`test_counting_${index}`, text))
const WRITES = statement('test_writes', 'select what, count(*) as count from test_write group by what order by what')

/** Retries at once. */
const impatient = (definition: OperationDefinition): OperationDefinition => ({
  ...definition,
  backoff: { ...definition.backoff, baseMs: 1, capMs: 5 },
})

export interface StoresWorldParams {
  readonly kind: DatabaseKind
  readonly shop: MemoryShop
  readonly config?: EngineWorldParams['config']
}

export async function storesWorld({ kind, shop, config }: StoresWorldParams): Promise<StoresWorld> {
  const told: string[] = []
  const engine = await engineWorld({
    kind,
    definitions: storeDefinitions.map((definition) => impatient(definition)),
    services: ({ database }) => ({
      stores: storeServices(database, shop, told),
      notifications: {
        tell: (_transaction, ...notices) => Promise.resolve(void told.push(...notices.map(() => 'tell'))),
        resolve: (_transaction, ...resolutions) => Promise.resolve(void told.push(...resolutions.map(() => 'resolve'))),
      },
    }),
    ...(config && { config }),
  })
  const { database } = engine
  const storeId = await insertStore(database)
  const credentialId = newUuid()
  const ends = async (type: string, input: object) => {
    const record = await engine.reaches((await engine.start(type, { storeId, ...input })).id, 'completed', 'failed')
    // What follows by itself, too: a refresh after a connection, a reconnection after a refusal.
    await expect.poll(async () => database.run(BUSY, []), { timeout: 20_000 }).toEqual([])
    return record
  }
  return {
    engine,
    database,
    storeId,
    credentialId,
    told,
    reads: createCatalogueReads(database),
    store: async () => (await findStores(database, [storeId]))[0] as StoreRecord,
    connect: () => ends('STORE_CONNECTION', { credentialId, name: 'Tienda', platform: 'sandbox' }),
    refresh: () => ends('DATA_UPDATE', {}),
    reconnect: () => ends('STORE_RECONNECTION', {}),
    rows: <Row extends object>(table: string) => {
      const found = ALL_ROWS.find((one) => one.table === table)
      if (!found) throw new Error(`expected a table of the catalogue, got ${table}`)
      return database.run<Row>(found.read, [storeId])
    },
    countWrites: async () => {
      for (const one of COUNTING) await database.run(one, [])
      return async () => Object.fromEntries((await database.run<{ what: string; count: number }>(WRITES, [])).map(({ what, count }) => [what, count]))
    },
    close: () => engine.close(),
  }
}

function storeServices(database: Database, shop: MemoryShop, told: string[]): StoreServices {
  const tell = <Value>(what: string, value: Value): Promise<Value> => {
    told.push(what)
    return Promise.resolve(value)
  }
  return {
    database,
    clock: systemClock,
    shops: { open: () => Promise.resolve(shop.api), accept: () => tell('shops.accept', undefined) },
    catalogue: createCatalogue({ database }),
    search: {
      build: (_run, _step, { parts }) => tell(`search.build ${parts.join(' ')}`, { documents: 0 }),
      swap: () => tell('search.swap', undefined),
      discard: () => tell('search.discard', undefined),
      find: () => Promise.resolve([]),
      findOrders: () => Promise.resolve([]),
    },
    agents: { configure: () => tell('agents.configure', { topics: [] }) },
    whatsapp: {
      validateNumber: () => Promise.reject(new Error('not here')),
      configureWebhook: () => Promise.reject(new Error('not here')),
      testConnection: () => Promise.reject(new Error('not here')),
    },
    // Nothing of a test waits for it.
    rebuildDelayMs: 3_600_000,
  }
}
