import type { ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { createAuthenticator } from './auth/authenticate.ts'
import { type Clock, systemClock } from './base/clock.ts'
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
import { SANDBOX_TYPE, sandboxExercise } from './domains/sandbox/operations.ts'
import { createEngine, type RunningEngine } from './engine/create-engine.ts'
import type { OperationDefinition } from './engine/definition.ts'
import type { EngineConfig } from './engine/engine-config.ts'
import type { Consumer } from './engine/services/consumers.ts'
import { createContextFactory } from './graphql/context.ts'
import { GRAPHIQL_TABS } from './graphql/graphiql-tabs.ts'
import { createSchema } from './graphql/schema.ts'
import { type BatutaServer, createServer } from './server/server.ts'
import type { Telemetry } from './telemetry/facts.ts'

/** The composition root: the only place that chooses adapters. */
export interface AppParams {
  readonly config: Config
  readonly telemetry: Telemetry
  /** Operation types of your own, beside the built-in ones. */
  readonly definitions?: readonly OperationDefinition[]
  readonly consumers?: readonly Consumer[]
  readonly clock?: Clock
  /** Instead of what the configuration names; the caller closes it. Migrated already. */
  readonly database?: Database
  /** Likewise; several apps of one test may share it. */
  readonly bus?: Bus
}

export interface App {
  readonly engine: RunningEngine
  readonly database: Database
  readonly bus: Bus
  readonly server: BatutaServer
  /** Such as `http://127.0.0.1:4000`; known once started. */
  readonly url: string
  start(): Promise<void>
  /** Drains: finishes answers, gives runs back at once, closes sockets with 1012. */
  stop(): Promise<void>
}

const SANDBOX_REFUSED = 'Sandbox operations are off on this server; set SANDBOX_OPERATIONS=true to try them.'

/** Builds everything, opens the database and brings its schema up to date. `start` begins to work and to listen. */
export async function createApp(params: AppParams): Promise<App> {
  const { config, telemetry } = params
  const clock = params.clock ?? systemClock
  const database = params.database ?? (await openDatabase(config, telemetry))
  const bus = params.bus ?? openBus(config, telemetry, clock)
  const imports = createImports({
    database,
    clock,
    telemetry,
    maxFileSize: config.maxFileSize,
    uploadDir: config.uploadDir,
    panFingerprintKey: config.panFingerprintKey,
  })
  const works = config.instanceRole !== 'api'
  const engine = createEngine({
    database,
    bus,
    clock,
    telemetry,
    definitions: [...imports.definitions, sandboxExercise(clock), ...(params.definitions ?? [])],
    consumers: params.consumers ?? [],
    services: { imports: imports.services },
    config: engineConfig(config, works, database),
  })
  const createContext = createContextFactory({
    engine,
    imports,
    clock,
    refusedTypes: new Map(config.sandboxOperations ? [] : [[SANDBOX_TYPE, SANDBOX_REFUSED]]),
  })
  const { source, ...claims } = config.auth
  const server = createServer({
    config,
    schema: createSchema(engine.registry),
    createContext,
    authenticator: createAuthenticator({ source, ...claims, clock }),
    telemetry,
    clock,
    readiness: { database: () => answers(database) },
    graphiqlTabs: GRAPHIQL_TABS,
    routes: [
      {
        method: 'GET',
        prefix: REJECTED_CSV_ROUTE,
        handle: async (_request, response, { url }) => sendRejects(response, await imports.downloadRejects(url.searchParams.get('token') ?? '')),
      },
    ],
  })
  return {
    engine,
    database,
    bus,
    server,
    get url() {
      return server.url
    },
    async start() {
      await imports.checkUploadFolder()
      await bus.start()
      await engine.start()
      if (works) await imports.sweeper.start()
      await server.start()
    },
    async stop() {
      await server.stop()
      await imports.sweeper.stop()
      await engine.stop()
      if (!params.bus) await bus.stop()
      if (!params.database) await database.close()
    },
  }
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
  return createRedisBus({ url: config.redisUrl, keyPrefix: config.redisKeyPrefix, telemetry, clock })
}

const engineConfig = (config: Config, works: boolean, database: Database): EngineConfig => ({
  works,
  slots: config.workerSlots,
  leaseMs: config.leaseSeconds * 1_000,
  maxActivePerOwner: config.maxActivePerOwner,
  instanceName: `${hostname()}:${process.pid}`,
  onlyInstance: database.kind === 'pglite',
})

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
