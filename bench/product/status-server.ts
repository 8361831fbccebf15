import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/config.ts'
import type { Database } from '../../src/database/database.ts'
import { migrate } from '../../src/database/migrate.ts'
import { createPostgresDatabase } from '../../src/database/postgres.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { serveCalls, tellParent } from './fan-out-calls.ts'
import { sharedClockUs } from './fan-out-messages.ts'

/** Asked of the server of the status benchmark. */
export interface StatusServerCalls {
  /** Begins or ends what affects everybody; answers when the call was made (shared clock, microseconds). */
  change(params: { readonly by: 'gate' | 'operation'; readonly begins: boolean }): Promise<number>
  /** Statements for statuses, and for the operations behind them, so far. */
  statements(): number
}

/** Batuta as an application has it: PostgreSQL, Redis, tokens, all services, in one process; its statements are counted. */
const telemetry = new Telemetry()
telemetry.listen((name, fact) => {
  if (name === 'failure.contained') console.error(fact)
})
const config = parseConfig(process.env)
const database = createPostgresDatabase({ url: config.databaseUrl as string, poolSize: config.databasePoolSize, telemetry })
await migrate(database)
let statements = 0
const counted: Database = {
  kind: database.kind,
  kysely: database.kysely,
  run: (asked, values) => {
    if (asked.name.startsWith('status_read') || asked.name === 'read_operations') statements += 1
    return database.run(asked, values)
  },
  runOrdered: (asked, values) => database.runOrdered(asked, values),
  runGrouped: (asked, values) => database.runGrouped(asked, values),
  transaction: (work) => database.transaction(work),
  close: () => database.close(),
}
const app = await createApp({ config, telemetry, database: counted })
await app.start()

const actor = { kind: 'admin', id: 'bench' } as const
const impact = { level: 'critical', blocks: ['chat'], warns: [], scope: 'everybody' } as const
let operation: string | undefined

async function open(): Promise<void> {
  const outcome = await app.engine.openExternal({ title: 'Benchmark', ownerId: 'bench', tenantId: null, actor, deadlineSeconds: 3_600, impact })
  if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
  operation = outcome.operation.id
}

async function end(): Promise<void> {
  await app.engine.completeExternal({ id: operation as string, actor })
}

serveCalls<StatusServerCalls>({
  change: async ({ by, begins }) => {
    const atUs = sharedClockUs()
    const { windows } = app.status
    if (by === 'operation') await (begins ? open() : end())
    else if (begins) await windows.closeGate({ feature: 'chat', mode: 'blocked', reason: 'Benchmark', until: null, tenantId: null, actor })
    else await windows.openGate('chat', null)
    return atUs
  },
  statements: () => statements,
})
tellParent('listening', { url: `${app.url.replace('http', 'ws')}/graphql` })
