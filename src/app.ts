import type { ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { createAuthenticator } from './auth/authenticate.ts'
import { maxTokenLifeMs } from './auth/verify-token.ts'
import { type Clock, systemClock } from './base/clock.ts'
import type { Service } from './base/service.ts'
import type { Bus } from './bus/bus.ts'
import { createMemoryBus } from './bus/memory/memory-bus.ts'
import { createRedisBus } from './bus/redis/redis-bus.ts'
import type { Config } from './config/config.ts'
import { answers } from './database/answers.ts'
import type { Database } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { createPgliteDatabase } from './database/pglite.ts'
import { createPostgresDatabase } from './database/postgres.ts'
import { createImports, REJECTED_CSV_ROUTE } from './domains/imports/imports.ts'
import { createMaintenance } from './domains/maintenance/maintenance.ts'
import { saleEvents } from './domains/sales/events.ts'
import { createSales, type Sales } from './domains/sales/sales.ts'
import { SANDBOX_TYPE, sandboxExercise } from './domains/sandbox/operations.ts'
import type { ShopSettings } from './domains/stores/shop/shop-settings.ts'
import { createStores, type Stores } from './domains/stores/stores.ts'
import { createEngine, type RunningEngine } from './engine/create-engine.ts'
import type { OperationDefinition } from './engine/definition.ts'
import type { EngineConfig } from './engine/engine-config.ts'
import type { Consumer } from './engine/services/consumers.ts'
import { createWorkerRestarts } from './engine/worker-restarts.ts'
import type { BusinessEvents } from './events/business-events.ts'
import { createBusinessEvents } from './events/create-business-events.ts'
import type { EventsDefinition } from './events/define-events.ts'
import { createMessageGateway } from './gateways/create-message-gateway.ts'
import { createContextFactory, type GraphqlServices } from './graphql/context.ts'
import { GRAPHIQL_TABS } from './graphql/graphiql-tabs.ts'
import { createSchema } from './graphql/schema.ts'
import { createNotifications, type Notifications } from './notifications/create-notifications.ts'
import { createDeliveries, type Deliveries, type DeliverySettings } from './notifications/delivery/create-deliveries.ts'
import { AccessRevocations } from './revocation/access-revocations.ts'
import type { Limits } from './server/limits.ts'
import { type BatutaServer, createServer } from './server/server.ts'
import { statusPageRoutes } from './server/status-page-routes.ts'
import { createStatus, type Status } from './status/create-status.ts'
import { createStatusReader } from './status/status-reader.ts'
import type { Telemetry } from './telemetry/facts.ts'

/** The composition root: the only place that chooses adapters. */
export interface AppParams {
  readonly config: Config
  readonly telemetry: Telemetry
  /** Operation types of your own, beside the built-in ones. */
  readonly definitions?: readonly OperationDefinition[]
  /** Business events of your own. */
  readonly events?: readonly EventsDefinition[]
  readonly consumers?: readonly Consumer[]
  readonly clock?: Clock
  /** Instead of what the configuration names; the caller closes it. Migrated already. */
  readonly database?: Database
  /** Likewise; several apps of one test may share it. */
  readonly bus?: Bus
  /** Bounds of what one client may ask for, where they are not the usual ones. */
  readonly limits?: Partial<Limits>
}

export interface App {
  readonly engine: RunningEngine
  readonly events: BusinessEvents
  readonly sales: Sales
  readonly status: Status
  readonly deliveries: Deliveries
  readonly notifications: Notifications
  readonly database: Database
  readonly bus: Bus
  readonly server: BatutaServer
  /** Such as `http://127.0.0.1:4000`; known once started. */
  readonly url: string
  start(): Promise<void>
  /** Drains: finishes answers, gives runs back at once, closes sockets with 1012. */
  stop(): Promise<void>
}

const DAY_MS = 86_400_000
const SANDBOX_REFUSED = 'Sandbox operations are off on this server; set SANDBOX_OPERATIONS=true to try them.'

/** Builds everything, opens the database and brings its schema up to date. `start` begins to work and to listen. */
export async function createApp(params: AppParams): Promise<App> {
  const { config } = params
  const ground = await createGround(params)
  const { database, bus, clock } = ground
  const imports = createImports({ ...ground, maxFileSize: config.maxFileSize, uploadDir: config.uploadDir, panFingerprintKey: config.panFingerprintKey })
  const events = createBusinessEvents({ ...ground, definitions: [saleEvents, ...(params.events ?? [])] })
  const sales = createSales({ ...ground, events })
  const works = config.instanceRole !== 'api'
  const gateway = createMessageGateway(config.whatsapp)
  const deliveries = createDeliveries({ ...ground, settings: deliverySettings(config), works, gateway })
  const stores = createStores({
    ...ground,
    shops: { sealer: () => deliveries.sealer(), settings: shopSettings(config), start: (request) => engine.startOperation(request) },
    gateway,
    publicUrl: config.publicUrl,
    completions: config.chatCompletions,
    embeddings: config.embeddings,
    rebuildDelayMs: config.searchRebuildDelaySeconds * 1_000,
  })
  const notifications = createNotifications({ ...ground, planner: deliveries.planner, retentionMs: config.notificationRetentionDays * DAY_MS })
  const revocations = new AccessRevocations({ ...ground, maxTokenLifeMs: maxTokenLifeMs(config.auth) })
  const maintenance = createMaintenance({
    ...ground,
    restarts: createWorkerRestarts({ ...ground, leaseMs: config.leaseSeconds * 1_000 }),
    pruners: [
      { name: 'operations', prune: () => engine.prune() },
      { name: 'events', prune: () => events.prune() },
      { name: 'revocations', prune: () => revocations.prune() },
      { name: 'notifications', prune: () => notifications.pruner.prune() },
      { name: 'chats', prune: () => stores.chat.prune() },
    ],
  })
  const engine = createEngine({
    ...ground,
    definitions: [...imports.definitions, ...maintenance.definitions, ...stores.definitions, sandboxExercise(clock), ...(params.definitions ?? [])],
    consumers: [notifications.consumer, ...(params.consumers ?? [])],
    services: { imports: imports.services, events, maintenance: maintenance.services, notifications: notifications.teller, stores: stores.services },
    config: engineConfig(config, works, database),
  })
  // Without REDIS_URL the bus is all that was asked for.
  const isBusDegraded = () => config.redisUrl !== undefined && !ground.bus.connected
  const status = createStatus({ ...ground, engine, isBusDegraded, onWindowsChanged: () => notifications.announcements.changed() })
  // What is told of a feature is about operations: a bus that is away for a moment is no news.
  notifications.connect({ engine, statusIn: (executor) => createStatusReader({ database: executor, engine, isBusDegraded: () => false }) })
  const server = createAppServer(params, { ...ground, engine, events, imports, sales, stores, notifications, deliveries, revocations, status })
  /** In the order of their start; they stop in the opposite one. */
  const services: readonly Service[] = [
    ...(config.auth.source.kind === 'none' ? [] : [revocations]),
    notifications,
    engine,
    events,
    sales.inboxes,
    status.board,
    deliveries,
    ...(works ? [imports.sweeper, notifications.pruner, stores.resealer, stores.sweeper] : []),
    server,
  ]
  return {
    engine,
    events,
    sales,
    status,
    deliveries,
    notifications,
    database,
    bus,
    server,
    get url() {
      return server.url
    },
    async start() {
      await imports.checkUploadFolder()
      await bus.start()
      for (const service of services) await service.start()
    },
    async stop() {
      for (const service of services.toReversed()) await service.stop()
      if (!params.bus) await bus.stop()
      if (!params.database) await database.close()
    },
  }
}

/** What everything stands on. */
interface Ground {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
}

async function createGround({ config, telemetry, ...given }: AppParams): Promise<Ground> {
  const clock = given.clock ?? systemClock
  const database = given.database ?? (await openDatabase(config, telemetry))
  return { database, bus: given.bus ?? openBus(config, telemetry, clock), clock, telemetry }
}

interface Parts extends Ground, Pick<GraphqlServices, 'engine' | 'events' | 'sales' | 'stores' | 'notifications'> {
  readonly imports: ReturnType<typeof createImports>
  readonly stores: Stores
  readonly deliveries: Deliveries
  readonly revocations: AccessRevocations
  readonly status: Status
}

function createAppServer({ config, limits }: AppParams, parts: Parts): BatutaServer {
  const { database, bus, clock, telemetry, engine, events, imports, revocations, status } = parts
  const { source, ...claims } = config.auth
  return createServer({
    config,
    schema: createSchema(engine.registry, events.definitions),
    createContext: createContextFactory({
      ...parts,
      status: status.reader,
      statusBoard: status.board,
      statusWindows: status.windows,
      refusedTypes: new Map(config.sandboxOperations ? [] : [[SANDBOX_TYPE, SANDBOX_REFUSED]]),
    }),
    authenticator: createAuthenticator({ source, ...claims, revocations, clock }),
    telemetry,
    clock,
    readiness: {
      database: () => answers(database),
      ...(config.redisUrl === undefined ? {} : { bus: async () => (bus.connected ? true : 'degraded') }),
    },
    graphiqlTabs: GRAPHIQL_TABS,
    ...(limits && { limits }),
    routes: [
      ...statusPageRoutes(status.page),
      ...parts.deliveries.routes,
      ...parts.stores.routes,
      {
        method: 'GET',
        prefix: REJECTED_CSV_ROUTE,
        handle: async (_request, response, { url }) => sendRejects(response, await imports.downloadRejects(url.searchParams.get('token') ?? '')),
      },
    ],
  })
}

async function openDatabase(config: Config, telemetry: Telemetry): Promise<Database> {
  const database =
    config.databaseUrl === undefined
      ? await createPgliteDatabase({ dataDir: config.dataDir, telemetry })
      : createPostgresDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize, telemetry })
  try {
    await migrate(database)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

function openBus(config: Config, telemetry: Telemetry, clock: Clock): Bus {
  if (config.redisUrl === undefined) return createMemoryBus({ telemetry, reachesAll: config.databaseUrl === undefined })
  return createRedisBus({ url: config.redisUrl, tlsCa: config.redisTlsCa, keyPrefix: config.redisKeyPrefix, telemetry, clock })
}

const engineConfig = (config: Config, works: boolean, database: Database): EngineConfig => ({
  works,
  slots: config.workerSlots,
  leaseMs: config.leaseSeconds * 1_000,
  maxActivePerOwner: config.maxActivePerOwner,
  instanceName: `${hostname()}:${process.pid}`,
  onlyInstance: database.kind === 'pglite',
})

const deliverySettings = ({ publicUrl, notifications: { graceSeconds, ...settings } }: Config): DeliverySettings => ({
  ...settings,
  publicUrl,
  graceMs: graceSeconds * 1_000,
})

const shopSettings = ({ tiendanube, notifications: { allowedPrivateHosts } }: Config): ShopSettings => ({ ...tiendanube, allowedPrivateHosts })

async function sendRejects(
  response: ServerResponse,
  download: { readonly fileName: string; readonly content: NodeJS.ReadableStream } | undefined,
): Promise<void> {
  if (!download) {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: 'The link has expired or its batch is gone: ask for a new one (rejectedCsvUrl).' }))
    return
  }
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${download.fileName}"`,
    'cache-control': 'no-store',
  })
  await pipeline(download.content, response)
}
