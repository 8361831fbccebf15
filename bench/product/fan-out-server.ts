import { createApp } from '../../src/app.ts'
import { toTypeId } from '../../src/base/ids.ts'
import { parseConfig } from '../../src/config/config.ts'
import { statement } from '../../src/database/statement.ts'
import { Hints } from '../../src/engine/services/hints.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'
import { markOf, type Source } from './fan-out-messages.ts'
import { servePublisher } from './fan-out-publisher.ts'
import { FAN_OUT_TYPES, fanOutDefinitions, ownerOf, Ticks } from './fan-out-types.ts'

/**
 * Batuta as an application has it: PostgreSQL, Redis, tokens, all services, in one process. Only the events of a saturated run are
 * made by a statement of this file, many in one transaction, because a worker waits for the commit of each of its own.
 */
const telemetry = new Telemetry()
telemetry.listen((name, fact) => {
  if (name === 'failure.contained') console.error(fact)
})
const ticks = new Ticks()
const app = await createApp({ config: parseConfig(process.env), telemetry, definitions: fanOutDefinitions(ticks) })
await app.start()

const APPEND = statement(
  'bench.append',
  `with changed as (
     update operation set version = version + cardinality($2::jsonb[]), updated_at = now() where id = any($1::uuid[]) returning id, version, owner_id
   ), appended as (
     insert into event (stream, seq, type, data)
     select c.id, c.version - cardinality($2::jsonb[]) + e.n, 'milestone', e.data from changed c, unnest($2::jsonb[]) with ordinality as e(data, n)
   )
   select id, version, owner_id from changed`,
)
const hints = new Hints(app.bus, () => 'bench')
let ids: readonly string[] = []

async function publish(from: number, to: number): Promise<void> {
  const data = Array.from({ length: to - from + 1 }, (_, index) => JSON.stringify({ percentage: 25, done: 1, total: 4, note: markOf(from + index) }))
  const rows = await app.database.run<{ id: string; version: number; owner_id: string }>(APPEND, [ids, data])
  hints.changed(rows.map((row) => ({ id: row.id, version: row.version, ownerId: row.owner_id })))
}

async function openTopic(source: Source, number: number): Promise<string> {
  const request = { ownerId: ownerOf(number), tenantId: null, actor: { kind: 'system', id: 'bench' }, exemptFromQuota: true } as const
  const outcome =
    source === 'bulk'
      ? await app.engine.openExternal({ ...request, title: 'Benchmark', deadlineSeconds: 3_600 })
      : await app.engine.startOperation({ ...request, type: FAN_OUT_TYPES[source], input: {} })
  if (outcome.kind !== 'started') throw new Error(`expected it to start, got ${outcome.kind}`)
  return outcome.operation.id
}

servePublisher({
  url: `${app.url.replace('http', 'ws')}/graphql`,
  open: async (source, topics) => {
    ids = await Promise.all(Array.from({ length: topics }, (_, number) => openTopic(source, number)))
    if (source !== 'bulk') await ticks.waiting(ids)
    return ids.map((id) => toTypeId('operation', id))
  },
  publish,
  work: (topic, number) => ticks.give(ids[topic] as string, number),
})
