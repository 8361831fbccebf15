import type { Database } from '../database/database.ts'
import type { OpenExternalRequest, StartOutcome, StartRequest } from './engine.ts'
import { externalOperation } from './external.ts'
import type { OperationRecord } from './records.ts'
import type { Registry } from './registry.ts'
import type { Executor } from './services/executor.ts'
import { parseInput, toExternalOperation, toNewOperation } from './start-operation.ts'
import type { ClaimedRow } from './store/claim-operations.ts'
import { type EnqueuedRow, findByIdempotencyKey, findKeyHolder, type NewOperation } from './store/enqueue-operations.ts'
import { type OperationRow, toRecord } from './store/read-operations.ts'
import { reportExternal } from './store/report-external.ts'
import type { OutboxRoutes } from './store/transition.ts'
import type { Writer } from './store/writer.ts'

/** When to ask again after a quota was used up; nobody can know when an operation of the owner ends. */
const QUOTA_RETRY_SECONDS = 30

export interface StarterParams {
  readonly registry: Registry
  readonly writer: Writer
  readonly database: Database
  readonly executor: Executor
  readonly routes: OutboxRoutes
  readonly byId: (id: string) => Promise<OperationRecord | undefined>
  readonly maxActivePerOwner: number
  /** This instance works and believes that nothing waits. */
  readonly startsDirectly: () => boolean
  /** An enqueue failed and nobody knows whether it was committed. */
  readonly onDoubt: () => void
}

/** Starts operations: validates, enqueues through the flush queue, and begins at once where this instance is idle. */
export class OperationStarter {
  readonly #params: StarterParams

  constructor(params: StarterParams) {
    this.#params = params
  }

  async start(request: StartRequest): Promise<StartOutcome> {
    const definition = this.#params.registry.getOrThrow(request.type)
    const input = parseInput(definition, request.input)
    const mayDirect = definition.run !== undefined && request.runAt === undefined && (definition.exclusive === undefined || definition.whenBusy === 'refuse')
    const operation = toNewOperation(request, input, {
      definition,
      maxActivePerOwner: this.#params.maxActivePerOwner,
      direct: mayDirect && this.#params.startsDirectly(),
    })
    if (!operation.direct || !this.#params.executor.reserve(operation.id)) return this.#enqueue({ ...operation, direct: false })
    try {
      return await this.#enqueue(operation)
    } finally {
      this.#params.executor.unreserve(operation.id)
    }
  }

  async openExternal(request: OpenExternalRequest): Promise<StartOutcome> {
    const operation = toExternalOperation(request, externalOperation, this.#params.maxActivePerOwner)
    const outcome = await this.#enqueue(operation)
    if (outcome.kind !== 'started' || (request.total === undefined && request.unit === undefined)) return outcome
    const { id, progress } = outcome.operation
    // Of a repetition too, if the first one came no further than its commit.
    if (outcome.replayed && progress.revision > 0) return outcome
    const { total = null, unit = null } = request
    await reportExternal(this.#params.database, this.#params.routes, { id, done: null, failed: null, total, message: null, step: null, unit })
    return { ...outcome, operation: (await this.#params.byId(id)) ?? outcome.operation }
  }

  async #enqueue(operation: NewOperation): Promise<StartOutcome> {
    const row = await this.#submit(operation)
    if (row.outcome === 'overQuota') {
      const limit = Math.min(operation.quota ?? Number.POSITIVE_INFINITY, operation.typeQuota ?? Number.POSITIVE_INFINITY)
      return { kind: 'quotaExceeded', limit, retryAfterSeconds: QUOTA_RETRY_SECONDS }
    }
    if (row.outcome === 'busy') return this.#busy(operation)
    if (row.outcome === 'known') return this.#known(operation)
    if (operation.direct && row.state === 'running') this.#params.executor.run(toClaimed(operation, row))
    return { kind: 'started', operation: toStartedRecord(operation, row, this.#params.registry), replayed: false }
  }

  async #submit(operation: NewOperation): Promise<EnqueuedRow> {
    try {
      return await this.#params.writer.enqueue(operation)
    } catch (error) {
      this.#params.onDoubt()
      throw error
    }
  }

  async #busy(operation: NewOperation): Promise<StartOutcome> {
    // The first may carry the same idempotency key: then this is its repetition.
    const same = await this.#byIdempotencyKey(operation)
    if (same) return same
    const holder = operation.exclusiveKey === null ? undefined : await findKeyHolder(this.#params.database, operation.exclusiveKey)
    return { kind: 'alreadyRunning', operation: holder === undefined ? undefined : await this.#params.byId(holder) }
  }

  async #known(operation: NewOperation): Promise<StartOutcome> {
    // The id is known: the answer to this very request was lost after its commit.
    const own = await this.#params.byId(operation.id)
    if (own) return { kind: 'started', operation: own, replayed: false }
    return (await this.#byIdempotencyKey(operation)) ?? { kind: 'idempotencyConflict', operation: undefined }
  }

  async #byIdempotencyKey(operation: NewOperation): Promise<StartOutcome | undefined> {
    const { ownerId, type, idempotencyKey } = operation
    if (idempotencyKey === null) return undefined
    const known = await findByIdempotencyKey(this.#params.database, { ownerId, type, idempotencyKey })
    if (!known) return undefined
    const record = await this.#params.byId(known.id)
    if (known.input_hash !== operation.inputHash || !record) return { kind: 'idempotencyConflict', operation: record }
    return { kind: 'started', operation: record, replayed: true }
  }
}

/** The operation as it was committed; reading it back would cost as much as inserting it. */
function toStartedRecord(operation: NewOperation, row: EnqueuedRow, registry: Registry): OperationRecord {
  const createdAt = row.created_at as Date
  const running = row.state === 'running'
  return toRecord(
    {
      ...NEW_ROW,
      id: row.id,
      type: operation.type,
      title: operation.title,
      state: running ? 'running' : 'queued',
      priority: operation.priority,
      owner_id: operation.ownerId,
      tenant_id: operation.tenantId,
      created_by: operation.createdBy,
      input: JSON.parse(operation.input) as OperationRow['input'],
      impact: operation.impact,
      version: row.version as number,
      attempt: running ? 1 : 0,
      max_attempts: operation.maxAttempts,
      deadline_at: row.deadline_at,
      created_at: createdAt,
      run_at: row.run_at as Date,
      started_at: running ? createdAt : null,
      updated_at: createdAt,
      lease_token: row.lease_token,
    },
    registry,
  )
}

/** What no operation has when it is inserted. */
const NEW_ROW = {
  state_reason: null,
  result: null,
  failure: null,
  next_attempt_at: null,
  finished_at: null,
  worked_ms: 0,
  blocked: false,
  hidden: false,
  itemized: false,
  revision: null,
  total: null,
  succeeded: null,
  failed: null,
  skipped: null,
  unit: null,
  message: null,
  rate_per_second: null,
  moved_at: null,
  progress_at: null,
  steps: null,
} as const

function toClaimed(operation: NewOperation, row: EnqueuedRow): ClaimedRow {
  return {
    id: operation.id,
    type: operation.type,
    input: JSON.parse(operation.input) as ClaimedRow['input'],
    owner_id: operation.ownerId,
    tenant_id: operation.tenantId,
    created_by: operation.createdBy,
    state: 'running',
    ending: null,
    priority: operation.priority,
    version: row.version ?? 2,
    attempt: 1,
    failures: 0,
    max_attempts: operation.maxAttempts,
    claims: 1,
    lease_token: row.lease_token as number,
    attempt_ms: 0,
    failure: null,
    claim_at_us: 0,
  }
}
