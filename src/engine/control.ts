import type { Clock } from '../base/clock.ts'
import { newUuid } from '../base/ids.ts'
import type { Database } from '../database/database.ts'
import { withConnectionRetry } from '../database/retrying.ts'
import { refusal } from './actions.ts'
import type { AvailableAction, ControlOutcome, ControlRequest, Engine, ReportExternalRequest } from './engine.ts'
import type { OperationRecord } from './records.ts'
import type { Registry } from './registry.ts'
import type { Announcer } from './services/announcer.ts'
import type { Executor } from './services/executor.ts'
import type { Hints } from './services/hints.ts'
import { type ControlParams, controlOperation } from './store/control-operation.ts'
import { reportExternal } from './store/report-external.ts'
import type { MovedRow, OutboxRoutes } from './store/transition.ts'

const RETRY_MS = 10_000

export interface OperationControlParams {
  readonly database: Database
  readonly registry: Registry
  readonly routes: OutboxRoutes
  readonly clock: Clock
  readonly hints: Hints
  readonly executor: Executor
  readonly byId: (id: string) => Promise<OperationRecord | undefined>
  readonly actions: (record: OperationRecord) => readonly AvailableAction[]
  readonly announcer: Announcer
}

const REASON_CODES = { pause: 'PAUSED', resume: 'RESUMED', cancel: 'CANCELED', retry: 'RETRIED' } as const
const REASON_WORDS = { pause: 'Paused', resume: 'Resumed', cancel: 'Canceled', retry: 'Retried' } as const

/** Wishes of people and services about one operation: pause, resume, cancel, retry; and reports about work that runs elsewhere. */
export class OperationControl {
  readonly #params: OperationControlParams

  constructor(params: OperationControlParams) {
    this.#params = params
  }

  async control(request: ControlRequest): Promise<ControlOutcome> {
    const record = await this.#params.byId(request.id)
    if (!record) return { kind: 'notFound' }
    if (request.expectedState !== undefined && record.state !== request.expectedState) return versionConflict(record, request.expectedState)
    const blocked = this.#blockedAction(record, request)
    if (blocked) return this.#invalid(record, request.action)
    const definition = this.#params.registry.get(record.type)
    const by = request.actor.name ?? request.actor.id
    return this.#apply(record, {
      id: request.id,
      request: newUuid(),
      trigger: request.action,
      actor: request.actor,
      reason: { code: REASON_CODES[request.action], message: request.reason ?? `${REASON_WORDS[request.action]} by ${by}.`, actor: request.actor },
      expectedState: request.expectedState ?? null,
      deadlineMs: (request.action === 'cancel' ? definition?.cancelDeadlineMs : definition?.pauseDeadlineMs) ?? 10_000,
      data: { ...(request.reason !== undefined && { reason: request.reason }), ...(request.action === 'retry' && { from: request.from ?? 'last_step' }) },
      retryFrom: request.from ?? 'last_step',
    })
  }

  async report(request: ReportExternalRequest): Promise<ControlOutcome> {
    const { database, routes, clock, byId } = this.#params
    const values = {
      id: request.id,
      done: request.done ?? null,
      failed: request.failed ?? null,
      total: request.total ?? null,
      message: request.message ?? null,
      step: request.step ?? null,
      unit: null,
    }
    const row = await withConnectionRetry(() => reportExternal(database, routes, values), { clock, deadlineMs: RETRY_MS })
    const record = await byId(request.id)
    if (!record) return { kind: 'notFound' }
    if (!row) return this.#invalid(record, 'report')
    if (row.told) this.#params.announcer.changed([row])
    this.#params.hints.progressed([
      {
        ...record.progress,
        id: record.id,
        ownerId: record.ownerId,
        lease: 0,
        movedAtMs: record.progress.movedAt.getTime(),
        updatedAtMs: record.progress.updatedAt.getTime(),
      },
    ])
    return { kind: 'done', operation: record }
  }

  async completeExternal(request: Parameters<Engine['completeExternal']>[0]): Promise<ControlOutcome> {
    const record = await this.#params.byId(request.id)
    if (!record) return { kind: 'notFound' }
    return this.#apply(record, {
      ...END,
      id: request.id,
      request: newUuid(),
      trigger: 'complete',
      actor: request.actor,
      data: request.message === undefined ? {} : { message: request.message },
      result: request.result ?? null,
    })
  }

  async failExternal(request: Parameters<Engine['failExternal']>[0]): Promise<ControlOutcome> {
    const record = await this.#params.byId(request.id)
    if (!record) return { kind: 'notFound' }
    const failure = { code: request.code, message: request.message, retryable: request.retryable, at: new Date(this.#params.clock.now()).toISOString() }
    return this.#apply(record, {
      ...END,
      id: request.id,
      request: newUuid(),
      trigger: 'fail',
      actor: request.actor,
      data: { code: request.code, message: request.message },
      failure,
    })
  }

  /** What the definition forbids; the states are the statement's business, under the row's lock. */
  #blockedAction(record: OperationRecord, request: ControlRequest): boolean {
    if (request.action === 'pause' && this.#params.registry.get(record.type)?.notPausableReason !== undefined) return true
    if (request.action !== 'retry' || request.from !== 'failed_items') return false
    return this.#params.actions(record).some((one) => one.action === 'retry_failed_items' && !one.enabled)
  }

  async #apply(before: OperationRecord, params: ControlParams): Promise<ControlOutcome> {
    const { database, routes, clock, byId } = this.#params
    const row = await withConnectionRetry(() => controlOperation(database, routes, params), { clock, deadlineMs: RETRY_MS })
    if (!row) return { kind: 'notFound' }
    const record = await byId(params.id)
    if (!record) return { kind: 'notFound' }
    if (row.moved) this.#tell(row as MovedRow, params.trigger)
    else if (!row.repeated) {
      if (params.expectedState !== null && row.state_before !== params.expectedState) return versionConflict(record, params.expectedState)
      // Asked for what is under way already: two tabs, two clicks.
      const already =
        (params.trigger === 'pause' && (record.state === 'pausing' || record.state === 'paused')) ||
        (params.trigger === 'cancel' && record.state === 'canceling')
      if (!already) return this.#invalid(record.version >= before.version ? record : before, params.trigger)
    }
    return { kind: 'done', operation: record }
  }

  #tell(row: MovedRow, trigger: ControlParams['trigger']): void {
    this.#params.announcer.moved([row])
    if (row.lease_instance === null || (trigger !== 'pause' && trigger !== 'cancel')) return
    if (trigger === 'pause') this.#params.executor.pause(row.id)
    else this.#params.executor.cancel(row.id)
    if (!this.#params.executor.holds(row.id)) this.#params.hints.ordered(row.lease_instance, trigger, [row.id])
  }

  #invalid(record: OperationRecord, verb: string): ControlOutcome {
    const actions = this.#params.actions(record)
    return {
      kind: 'invalidState',
      operation: record,
      message: refusal(record, verb, actions),
      allowed: actions.filter((one) => one.enabled).map((one) => one.action),
    }
  }
}

/** Parts that ends of work elsewhere share. */
const END = { reason: null, expectedState: null, deadlineMs: 0, retryFrom: 'last_step' } as const

const versionConflict = (record: OperationRecord, expected: string): ControlOutcome => ({
  kind: 'versionConflict',
  operation: record,
  message: `expected the state ${expected.toUpperCase()}, but it is ${record.state.toUpperCase()} by now; look again before you act`,
})
