import { systemClock } from '../../src/base/clock.ts'
import { newUuid } from '../../src/base/ids.ts'
import type { Bus } from '../../src/bus/bus.ts'
import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import { ALL_OPERATIONS_CHANNEL, asJson, type OperationsMessage, ownerChannel, type ProgressFrame } from '../../src/engine/channels.ts'
import { NO_IMPACT } from '../../src/engine/definition.ts'
import type { Visibility } from '../../src/engine/engine.ts'
import { isDone, type OperationState } from '../../src/engine/lifecycle.ts'
import { createLiveOperations, OPERATION_HEADS } from '../../src/engine/live/live-operations.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import { EventLog } from '../../src/events/log.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

const COLUMNS = `o.id, o.type, o.state, o.owner_id, o.version, o.lease_token::int as lease, o.created_at, o.finished_at,
  p.revision, p.succeeded::int as succeeded`
const LOAD = statement('test.load', `select ${COLUMNS} from operation o left join operation_progress p on p.operation_id = o.id where o.id = any($1::uuid[])`)
const ACTIVE = statement(
  'test.active',
  `select ${COLUMNS} from operation o left join operation_progress p on p.operation_id = o.id where o.finished_at is null and ($1::text is null or o.owner_id = $1)`,
)
const INSERT = statement(
  'test.insert',
  `with o as (
     insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, version) values ($1, $2, 'A test', 'queued', 1, $3, '{}', '{}', 5, 1)
   )
   insert into event (stream, seq, type, data) values ($1, 1, 'queued', '{}')`,
)
const CHANGE = statement(
  'test.change',
  `with o as (
     update operation set state = $2, version = version + 1, lease_token = $3, finished_at = case when $4 then now() end where id = $1 returning version
   )
   insert into event (stream, seq, type, data) select $1, version, $5, '{}' from o returning seq`,
)
const STORE_PROGRESS = statement(
  'test.progress',
  `insert into operation_progress (operation_id, revision, succeeded, unit) values ($1, $2, $3, 'rows')
   on conflict (operation_id) do update set revision = excluded.revision, succeeded = excluded.succeeded`,
)
const REMOVE = statement('test.remove', 'delete from operation where id = $1')

interface Row {
  readonly id: string
  readonly type: string
  readonly state: OperationState
  readonly owner_id: string
  readonly version: number
  readonly lease: number | null
  readonly created_at: Date
  readonly finished_at: Date | null
  readonly revision: number | null
  readonly succeeded: number | null
}

const RECORD = {
  title: 'A test',
  stateReason: null,
  priority: 'medium',
  tenantId: null,
  createdBy: { kind: 'system', id: 'system' },
  input: {},
  result: null,
  failure: null,
  impact: NO_IMPACT,
  attempt: 1,
  maxAttempts: 5,
  nextAttemptAt: null,
  deadlineAt: null,
  startedAt: null,
  workedMs: 0,
  steps: [],
  hidden: false,
  itemized: false,
} as const

const PROGRESS = { total: null, failed: 0, skipped: 0, unit: 'rows', message: null, ratePerSecond: null } as const

function toRecord(row: Row): OperationRecord {
  const at = row.created_at
  return {
    ...RECORD,
    id: row.id,
    type: row.type,
    state: row.state,
    ownerId: row.owner_id,
    version: row.version,
    createdAt: at,
    runAt: at,
    finishedAt: row.finished_at,
    updatedAt: at,
    leaseToken: row.lease,
    progress: { ...PROGRESS, revision: row.revision ?? 0, succeeded: row.succeeded ?? 0, movedAt: at, updatedAt: at },
  }
}

/** Rows of operations, and the hints that tell of them; `send` puts a message on the channels of its owner and of everybody. */
export function createRows(database: Database, publish: (channel: string, message: OperationsMessage) => void) {
  const send = (ownerId: string, message: OperationsMessage) => {
    publish(ownerChannel(ownerId), message)
    publish(ALL_OPERATIONS_CHANNEL, message)
  }
  const insert = async (ownerId: string, options: { readonly type?: string; readonly silent?: boolean } = {}): Promise<string> => {
    const id = newUuid()
    await database.run(INSERT, [id, options.type ?? 'TEST', ownerId])
    if (!options.silent) send(ownerId, { changed: [[id, 1, ownerId]] })
    return id
  }
  const change = async (params: {
    readonly id: string
    readonly ownerId: string
    readonly state: OperationState
    readonly lease?: number
    readonly silent?: boolean
    readonly event?: string
  }) => {
    const values = [params.id, params.state, params.lease ?? null, isDone(params.state), params.event ?? params.state]
    const [row] = await database.run<{ seq: number }>(CHANGE, values)
    if (!params.silent) send(params.ownerId, { changed: [[params.id, row?.seq ?? 0, params.ownerId]] })
    return row?.seq ?? 0
  }
  const progress = (frame: Pick<ProgressFrame, 'id' | 'ownerId' | 'lease' | 'revision'>) => {
    const rest = {
      total: 100,
      succeeded: frame.revision,
      failed: 0,
      skipped: 0,
      unit: 'rows',
      message: null,
      ratePerSecond: null,
      movedAtMs: 1,
      updatedAtMs: 2,
    }
    send(frame.ownerId, { progress: [{ ...frame, ...rest }] })
  }
  return {
    insert,
    change,
    progress,
    send,
    store: (id: string, revision: number) => database.run(STORE_PROGRESS, [id, revision, revision]),
    remove: (id: string) => database.run(REMOVE, [id]),
  }
}

/** One instance with live operations; counts its reads. */
export function createLive(params: { readonly database: Database; readonly bus: Bus }) {
  const { database, bus } = params
  const counts = { loads: 0, lists: 0 }
  const log = new EventLog(database, OPERATION_HEADS)
  const live = createLiveOperations({
    bus,
    log,
    clock: systemClock,
    telemetry: new Telemetry(),
    isDone,
    load: async (ids) => {
      counts.loads += 1
      const rows = await database.run<Row>(LOAD, [ids])
      const byId = new Map(rows.map((row) => [row.id, toRecord(row)]))
      return ids.map((id) => byId.get(id))
    },
    listActive: async (visibility: Visibility) => {
      counts.lists += 1
      const rows = await database.run<Row>(ACTIVE, [visibility.kind === 'all' ? null : visibility.ownerId])
      return rows.map(toRecord)
    },
  })
  return { live, log, counts }
}

export const publishOn =
  (bus: Bus) =>
  (channel: string, message: OperationsMessage): void =>
    bus.publish(channel, asJson(message))

/** The next values; fewer when the iterator ends. */
export async function take<Value>(iterator: AsyncIterator<Value>, count: number): Promise<Value[]> {
  const values: Value[] = []
  while (values.length < count) {
    const result = await iterator.next()
    if (result.done) break
    values.push(result.value)
  }
  return values
}

/** Takes values until one satisfies `last`, which is the last of the answer. */
export async function takeUntil<Value>(iterator: AsyncIterator<Value>, last: (value: Value) => boolean): Promise<Value[]> {
  const values: Value[] = []
  for (let result = await iterator.next(); !result.done; result = await iterator.next()) {
    values.push(result.value)
    if (last(result.value)) break
  }
  return values
}
