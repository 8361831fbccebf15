import { systemClock } from '../../src/base/clock.ts'
import { newUuid } from '../../src/base/ids.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { ragSync } from '../../src/domains/stores/operations/rag-sync.ts'
import { createSearchIndex } from '../../src/domains/stores/search/create-search-index.ts'
import type { StoreServices } from '../../src/domains/stores/services.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { OperationServices } from '../../src/engine/run.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { QUALITY_CATALOGUE } from '../../tests/domains/stores/search/quality-catalogue.ts'
import { QUESTIONS } from '../../tests/domains/stores/search/questions.ts'
import { answer, quantile, readParams } from './driver.ts'

/** The fifty questions, in a store of so many products in two languages each: variations of the catalogue that the questions are about. */
interface SearchParams {
  /** Absent: PGlite in `dataDir`. */
  readonly url?: string
  readonly dataDir?: string
  readonly products: number
  /** Other stores with as many documents each, in the same tables; PostgreSQL only. */
  readonly neighbours: number
}

const OWNER = 'bench'
const ROUNDS = 4
const INSERTED_TOGETHER = 5_000
const MAKERS = ['Aurora', 'Brisa', 'Ceibo', 'Duna', 'Estero', 'Faro', 'Glaciar', 'Horizonte', 'Iguazú', 'Jacarandá', 'Kolla', 'Litoral']
const LINES = ['Clásica', 'Urbana', 'Pro', 'Mini', 'Max', 'Eco', 'Premium', 'Junior', 'Travel', 'Studio']

const params = readParams<SearchParams>()
const telemetry = new Telemetry()
const database = await openDatabase()
const search = createSearchIndex({ database })

async function openDatabase(): Promise<Database> {
  const opened =
    params.url === undefined
      ? await createPgliteDatabase({ dataDir: params.dataDir, telemetry })
      : createPostgresDatabase({ url: params.url, poolSize: 10, telemetry })
  await migrate(opened)
  return opened
}

const ADD_STORE = {
  name: 'bench_add_store',
  text: `insert into store (id, owner_id, name, platform, base_url, language) values ($1, '${OWNER}', 'Bench', 'sandbox', 'sandbox:' || $1::uuid::text, 'es')`,
}
const ADD_PRODUCTS = {
  name: 'bench_add_products',
  text: `with given as (
      select * from jsonb_to_recordset($2::jsonb) as p (id uuid, name jsonb, description jsonb, brand text, tags jsonb, categories jsonb, options jsonb, price numeric)
    ), added as (
      insert into product (id, store_id, external_id, name, description, handle, brand, tags, categories, is_published, price, content_hash, document_hash)
      select id, $1::uuid, id::text, name, description, '', brand, array(select jsonb_array_elements_text(tags)), categories, true, price, '', '' from given
    )
    insert into product_variant (id, product_id, store_id, external_id, position, options)
    select gen_random_uuid(), id, $1::uuid, id::text || ordinality, ordinality, jsonb_build_array(option)
    from given cross join lateral jsonb_array_elements(options) with ordinality as o (option, ordinality)`,
}

async function addStore(count: number): Promise<string> {
  const storeId = newUuid()
  await database.run(ADD_STORE, [storeId])
  for (let from = 0; from < count; from += INSERTED_TOGETHER) {
    const rows = Array.from({ length: Math.min(INSERTED_TOGETHER, count - from) }, (_, index) => variation(from + index))
    await database.run(ADD_PRODUCTS, [storeId, JSON.stringify(rows)])
  }
  return storeId
}

function variation(index: number) {
  const { name, ...product } = QUALITY_CATALOGUE[index % QUALITY_CATALOGUE.length] as (typeof QUALITY_CATALOGUE)[number]
  const round = Math.floor(index / QUALITY_CATALOGUE.length)
  const suffix = round === 0 ? '' : ` ${MAKERS[round % MAKERS.length]} ${LINES[Math.floor(round / MAKERS.length) % LINES.length]} ${1_000 + round}`
  return { ...product, id: newUuid(), name: { es: `${name.es}${suffix}`, en: `${name.en}${suffix}` } }
}

/** Seconds of the whole RAG_SYNC. */
async function rebuild(storeId: string): Promise<number> {
  const bus = createMemoryBus({ telemetry })
  const engine = createEngine({
    database,
    bus,
    clock: systemClock,
    telemetry,
    definitions: [ragSync],
    services: { stores: { search, database, clock: systemClock } as StoreServices } as OperationServices,
    config: { works: true, slots: 10, leaseMs: 10_000, maxActivePerOwner: 10, instanceName: 'bench', onlyInstance: database.kind === 'pglite' },
  })
  await engine.start()
  const startedAt = performance.now()
  const outcome = await engine.startOperation({ type: 'RAG_SYNC', input: { storeId }, ownerId: OWNER, tenantId: null, actor: { kind: 'system', id: OWNER } })
  if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
  for await (const record of engine.watch({ id: outcome.operation.id, minIntervalMs: 50 })) {
    if (record.state === 'completed') break
    if (record.state === 'failed') throw new Error(JSON.stringify(record.failure))
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await engine.stop()
  return seconds
}

/** The same words for other stores; they own no products, and nobody asks them. */
async function addNeighbours(storeId: string): Promise<void> {
  for (let index = 0; index < params.neighbours; index += 1) {
    const neighbour = newUuid()
    await database.run(ADD_STORE, [neighbour])
    await database.run(
      {
        name: 'bench_add_neighbour',
        text: `with build as (insert into search_build (store_id, operation_id, catalogue_revision) values ($2::uuid, gen_random_uuid(), 0) returning generation)
          insert into search_document select b.generation, d.kind, d.subject_id, d.language, ts_delete(d.words, '#p' || s.search_generation) || array_to_tsvector(array['#p' || b.generation])
          from build b, store s join search_document d on d.generation = s.search_generation where s.id = $1::uuid`,
      },
      [storeId, neighbour],
    )
  }
}

async function latencies(storeId: string): Promise<readonly number[]> {
  const samples: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { text } of QUESTIONS) {
      const startedAt = performance.now()
      await search.find({ storeId, text, limit: 10 })
      // The first round fills caches and plans.
      if (round > 0) samples.push(performance.now() - startedAt)
    }
  }
  return samples
}

const large = await addStore(params.products)
const small = await addStore(100)
await rebuild(small)
const seconds = await rebuild(large)
const rssMb = process.memoryUsage().rss / 1_048_576
await addNeighbours(large)
await database.run({ name: 'bench_analyze', text: 'analyze search_document' }, [])
const [inLarge, inSmall] = [await latencies(large), await latencies(small)]
answer({
  rebuildSeconds: seconds,
  rssMb,
  medianMs: quantile(inLarge, 0.5),
  p95Ms: quantile(inLarge, 0.95),
  smallMedianMs: quantile(inSmall, 0.5),
  smallP95Ms: quantile(inSmall, 0.95),
})
