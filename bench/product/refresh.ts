import { systemClock } from '../../src/base/clock.ts'
import { newUuid } from '../../src/base/ids.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPgliteDatabase } from '../../src/database/pglite.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { createCatalogue } from '../../src/domains/stores/catalogue/create-catalogue.ts'
import { storeDefinitions } from '../../src/domains/stores/operations/definitions.ts'
import type { PageRequest, ShopApi, ShopPage, ShopProduct } from '../../src/domains/stores/shop/shop-api.ts'
import { createEngine } from '../../src/engine/create-engine.ts'
import type { OperationServices } from '../../src/engine/run.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { heldBytes } from '../../tests/setup/held-bytes.ts'
import { answer, readParams } from './driver.ts'

/** DATA_UPDATE of a store with many products, of which some differ; the shop makes its pages as they are asked for, and answers at once. */
interface RefreshParams {
  /** Absent: PGlite in `dataDir`. */
  readonly url?: string
  readonly dataDir?: string
  readonly products: number
  readonly changed: number
  /** What the shop says was changed: those, or everything. */
  readonly reported: 'changed' | 'all'
}

const OWNER = 'bench'
const PAGE_SIZE = 200
const DESCRIPTION = 'Remera de algodón peinado, corte recto, con costuras reforzadas. '.repeat(10)

const params = readParams<RefreshParams>()
const telemetry = new Telemetry()
telemetry.listen((name, fact) => {
  if (name === 'failure.contained') console.error(fact)
})

async function openDatabase(): Promise<Database> {
  const opened =
    params.url === undefined
      ? await createPgliteDatabase({ dataDir: params.dataDir, telemetry })
      : createPostgresDatabase({ url: params.url, poolSize: 10, telemetry })
  await migrate(opened)
  return opened
}

/** Raised once the first sync is done: the shop then has other names for some products. */
let revision = 0
let pages = 0
let onPage: () => void = () => undefined

const STEP = Math.floor(params.products / params.changed)
const isChanged = (id: number): boolean => revision > 0 && id % STEP === 0 && id / STEP <= params.changed

const productOf = (id: number): ShopProduct => ({
  externalId: String(id),
  name: { es: isChanged(id) ? `Remera nueva ${id}` : `Remera ${id}`, en: `T-shirt ${id}` },
  description: { es: DESCRIPTION },
  handle: `remera-${id}`,
  brand: 'Sur',
  tags: ['algodón', 'verano'],
  categories: [{ es: 'Ropa' }, { es: 'Remeras' }],
  isPublished: true,
  imageUrl: `https://shop.example/${id}.jpg`,
  url: `https://shop.example/remera-${id}`,
  variants: ['S', 'M', 'L'].map((size) => ({
    externalId: `${id}-${size}`,
    sku: `R-${id}-${size}`,
    options: [{ es: size }],
    price: '1000.00',
    promotionalPrice: null,
    stock: 5,
  })),
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: null,
})

function pageOf<Item>({ page, changedSince }: PageRequest, itemOf: (id: number) => Item): ShopPage<Item> {
  const { from, since } = page ? (JSON.parse(page) as { from: number; since: boolean }) : { from: 0, since: changedSince !== undefined }
  const isFew = since && params.reported === 'changed'
  const total = isFew ? params.changed : params.products
  const until = Math.min(from + PAGE_SIZE, total)
  const items = Array.from({ length: until - from }, (_, index) => itemOf((from + index + 1) * (isFew ? STEP : 1)))
  return { items, total, next: until < total ? JSON.stringify({ from: until, since }) : undefined, at: new Date(systemClock.now()) }
}

const nothing = () => Promise.resolve({ items: [], total: 0, next: undefined, at: new Date(systemClock.now()) })

const shop: ShopApi = {
  info: () => Promise.resolve({ externalId: '1', name: 'Bench', language: 'es', currency: 'ARS', publicUrl: null }),
  products: (request) => {
    pages += 1
    onPage()
    return Promise.resolve(pageOf(request, productOf))
  },
  orders: nothing,
  customers: nothing,
  // Nothing changes while pages are read: what it says of that is that nothing was changed since.
  ids: (kind, request) => (kind === 'products' && !request.changedSince ? Promise.resolve(pageOf(request, String)) : nothing()),
}

const database = await openDatabase()
const storeId = newUuid()
await database.run(
  {
    name: 'bench_store',
    text: `insert into store (id, owner_id, name, platform, base_url, status) values ($1::uuid, '${OWNER}', 'Bench', 'sandbox', 'sandbox:bench', 'connected')`,
  },
  [storeId],
)
const engine = createEngine({
  database,
  bus: createMemoryBus({ telemetry }),
  clock: systemClock,
  telemetry,
  definitions: storeDefinitions,
  services: {
    stores: {
      database,
      clock: systemClock,
      shops: { open: () => Promise.resolve(shop) },
      catalogue: createCatalogue({ database }),
      agents: { configure: () => Promise.resolve({ topics: [] }) },
      rebuildDelayMs: 3_600_000,
    },
  } as unknown as OperationServices,
  config: { works: true, slots: 10, leaseMs: 10_000, maxActivePerOwner: 10, instanceName: 'bench', onlyInstance: database.kind === 'pglite' },
})
await engine.start()

async function refresh(): Promise<number> {
  const startedAt = performance.now()
  const outcome = await engine.startOperation({ type: 'DATA_UPDATE', input: { storeId }, ownerId: OWNER, tenantId: null, actor: { kind: 'system', id: OWNER } })
  if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
  for await (const record of engine.watch({ id: outcome.operation.id, minIntervalMs: 50 })) {
    if (record.state === 'completed') break
    if (record.state === 'failed') throw new Error(`expected it to complete, got ${JSON.stringify(record.failure)}`)
  }
  return (performance.now() - startedAt) / 1_000
}

const POSITION = { name: 'bench_position', text: 'select pg_current_xact_id()::text::bigint as xid' }
const WRITTEN = {
  name: 'bench_written',
  text: `select (select count(*) from product where xmin::text::bigint > $1) as products, (select count(*) from product_variant where xmin::text::bigint > $1) as variants`,
}

const firstSeconds = await refresh()
const [before] = await database.run<{ xid: number }>(POSITION, [])
revision = 1
const half = Math.ceil((params.reported === 'all' ? params.products : params.changed) / PAGE_SIZE / 2)
const startHeld = heldBytes()
let middleHeld = 0
pages = 0
onPage = () => {
  if (pages === half) middleHeld = heldBytes()
}
const seconds = await refresh()
const [written] = await database.run<{ products: number; variants: number }>(WRITTEN, [before?.xid])
const MiB = 1_048_576
answer({
  firstSeconds,
  seconds,
  rowsWritten: (written?.products ?? 0) + (written?.variants ?? 0),
  startMiB: startHeld / MiB,
  middleMiB: middleHeld / MiB,
  endMiB: heldBytes() / MiB,
  mostRssMiB: process.resourceUsage().maxRSS / 1_024,
})
