import type { Actor } from '../base/actor.ts'
import type { JsonObject } from '../base/json.ts'
import type { Service } from '../base/service.ts'
import type { FeedFrame } from '../events/feed.ts'
import type { EventRecord } from '../events/records.ts'
import type { Impact, Priority } from './definition.ts'
import type { OperationState } from './lifecycle.ts'
import type { OperationRecord, ProgressFigures } from './records.ts'
import type { Registry } from './registry.ts'

/** What the API and the domains ask of the engine. Who may ask is decided before, in `auth/`. */
export interface Engine extends Service {
  readonly registry: Registry
  /** Throws `InvalidInputError` when the input does not fit the definition. */
  startOperation(request: StartRequest): Promise<StartOutcome>
  control(request: ControlRequest): Promise<ControlOutcome>
  /** Work that runs elsewhere. */
  openExternal(request: OpenExternalRequest): Promise<StartOutcome>
  reportExternal(request: ReportExternalRequest): Promise<ControlOutcome>
  completeExternal(request: { readonly id: string; readonly actor: Actor; readonly result?: JsonObject; readonly message?: string }): Promise<ControlOutcome>
  failExternal(request: {
    readonly id: string
    readonly actor: Actor
    readonly code: string
    readonly message: string
    readonly retryable: boolean
  }): Promise<ControlOutcome>
  /** Whether an operation was started with this key before: then the same start only answers it again. */
  hasStarted(key: { readonly ownerId: string; readonly startedById: string; readonly type: string; readonly idempotencyKey: string }): Promise<boolean>
  /** Grouped reads: calls of one turn of the event loop share one query. Answers in the order asked. */
  byId(id: string): Promise<OperationRecord | undefined>
  byIds(ids: readonly string[]): Promise<readonly (OperationRecord | undefined)[]>
  list(params: ListParams): Promise<OperationPage>
  /** Committed history of one operation, oldest first, after a sequence number. */
  events(id: string, after: number, first: number): Promise<{ readonly events: readonly EventRecord[]; readonly hasMore: boolean }>
  /** Of operations that ended in a window; complete up to a second or so ago. */
  metrics(query: MetricsQuery): Promise<OperationMetrics>
  /** The same as a series, without a hole. */
  metricsWindows(query: MetricsQuery, every: 'hour' | 'day'): Promise<readonly MetricsWindow[]>
  /** How long operations of a type took lately; `undefined` until one has completed. */
  usualTime(type: string): UsualTime | undefined
  /** Position among what waits, 1 for the next; `undefined` when it does not wait or is too far back to count. */
  queuePosition(record: OperationRecord): Promise<number | undefined>
  /** Lossless: snapshot or replay, then live, ends after a terminal state unless `follow`. `return()` releases at once. */
  eventFeed(params: { readonly id: string; readonly after: string | undefined; readonly follow: boolean }): AsyncIterableIterator<FeedFrame<OperationRecord>>
  /** Latest only: the current state at once, then conflated; the last state is never dropped. */
  watch(params: { readonly id: string; readonly minIntervalMs: number }): AsyncIterableIterator<OperationRecord>
  /** Latest only per operation: starts with the active ones that match, then whatever changes and matches. */
  watchMany(params: {
    readonly visibility: Visibility
    readonly matches: (record: OperationRecord) => boolean
    readonly minIntervalMs: number
  }): AsyncIterableIterator<OperationRecord>
  /** Actions a person with control of the operation may take now. */
  actions(record: OperationRecord): readonly AvailableAction[]
  /** Derived figures of the progress at this moment. */
  progressOf(record: OperationRecord): ProgressView
}

/** Whose operations a read may show: everybody's, or an owner's; `opened`: also those that the owner opened for others. */
export type Visibility = { readonly kind: 'all' } | { readonly kind: 'owner'; readonly ownerId: string; readonly opened?: true }

export interface StartRequest {
  readonly type: string
  /** Raw input, validated against the definition. */
  readonly input: unknown
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Actor
  readonly title?: string
  readonly priority?: Priority
  readonly runAt?: Date
  readonly idempotencyKey?: string
  /** Set for services and administrators: the owner's quotas don't count. */
  readonly exemptFromQuota?: boolean
}

export type StartOutcome =
  | { readonly kind: 'started'; readonly operation: OperationRecord; readonly replayed: boolean }
  | { readonly kind: 'alreadyRunning'; readonly operation: OperationRecord | undefined }
  | { readonly kind: 'idempotencyConflict'; readonly operation: OperationRecord | undefined }
  | { readonly kind: 'quotaExceeded'; readonly limit: number; readonly retryAfterSeconds: number }

export const ACTIONS = ['pause', 'resume', 'cancel', 'retry', 'retry_failed_items'] as const
export type Action = (typeof ACTIONS)[number]

export const RETRY_FROM = ['last_step', 'failed_items', 'start'] as const
export type RetryFrom = (typeof RETRY_FROM)[number]

export interface ControlRequest {
  readonly id: string
  readonly action: 'pause' | 'resume' | 'cancel' | 'retry'
  readonly actor: Actor
  readonly reason?: string
  readonly expectedState?: OperationState
  /** For `retry`. */
  readonly from?: RetryFrom
}

export type ControlOutcome =
  | { readonly kind: 'done'; readonly operation: OperationRecord }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalidState'; readonly operation: OperationRecord; readonly message: string; readonly allowed: readonly Action[] }
  | { readonly kind: 'versionConflict'; readonly operation: OperationRecord; readonly message: string }

export interface OpenExternalRequest {
  readonly title: string
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Actor
  readonly total?: number
  readonly unit?: string
  readonly priority?: Priority
  readonly idempotencyKey?: string
  readonly deadlineSeconds: number
  /** How long it is expected to take, if its service knows. */
  readonly estimateSeconds?: number
  readonly impact?: Partial<Impact>
  readonly exemptFromQuota?: boolean
}

export interface ReportExternalRequest {
  readonly id: string
  readonly actor: Actor
  /** Absolute: units finished whatever their outcome, of which `failed` failed. */
  readonly done?: number
  readonly failed?: number
  readonly total?: number
  readonly message?: string
  readonly step?: string
}

export interface ListParams {
  readonly visibility: Visibility
  readonly filter: {
    readonly types?: readonly string[]
    readonly states?: readonly OperationState[]
    readonly done?: boolean
    readonly ownerId?: string
    readonly createdAfter?: Date
    readonly createdBefore?: Date
    /** Part of the title, any case. */
    readonly text?: string
    /** False by default: operations whose outcome was deleted since (an import's batch) are left out. */
    readonly includeHidden?: boolean
  }
  readonly orderBy: { readonly field: 'created_at' | 'updated_at'; readonly direction: 'asc' | 'desc' }
  readonly limit: number
  /** Keyset cursors, as given in `OperationPage.items`. */
  readonly after?: string
  readonly before?: string
  /** The page is counted from the end when `last` is asked for. */
  readonly fromEnd: boolean
}

export interface OperationPage {
  readonly items: readonly { readonly operation: OperationRecord; readonly cursor: string }[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

export interface MetricsQuery {
  readonly types: readonly string[]
  /** `undefined`: everybody's. */
  readonly ownerId: string | undefined
  readonly since: Date
  readonly until: Date
}

/**
 * Figures of ends: an operation that is retried after its end, and ends again, counts twice, each time as it ended. Quantiles are off by
 * 2.5 % at most. Null where there is nothing to compute from.
 */
export interface OperationFigures {
  readonly total: number
  readonly completed: number
  readonly failed: number
  readonly canceled: number
  /** Of those that ended in completed or failed. */
  readonly successRate: number | null
  /** Running time of the completed ones. */
  readonly meanDurationMs: number | null
  readonly p50DurationMs: number | null
  readonly p90DurationMs: number | null
  readonly p95DurationMs: number | null
  /** From when they might start (a delay that was asked for is none) to when they first did. */
  readonly meanWaitMs: number | null
  readonly p50WaitMs: number | null
  readonly p95WaitMs: number | null
  /** Attempts beyond the first. */
  readonly retries: number
}

export interface TypeMetrics extends OperationFigures {
  readonly type: string
}

export interface OperationMetrics extends OperationFigures {
  /** The window that was counted: the one asked for, on to the edges of hours, or of days where it is over a week ago. */
  readonly since: Date
  readonly until: Date
  /** Types of which something ended. */
  readonly byType: readonly TypeMetrics[]
}

export interface MetricsWindow extends OperationFigures {
  readonly startsAt: Date
  readonly endsAt: Date
}

/** Milliseconds: half of the operations took `usualMs` at most, nine of ten `usualHighMs`; `null`: too few to say. */
export interface UsualTime {
  readonly usualMs: number
  readonly usualHighMs: number | null
}

export interface AvailableAction {
  readonly action: Action
  readonly enabled: boolean
  readonly disabledReason: string | null
}

export interface ProgressView extends ProgressFigures {
  /** 0 to 100, one decimal; null: unknown. */
  readonly percentage: number | null
  readonly done: number
  readonly remainingSeconds: number | null
  /** In nine of ten cases no more than this; never less than `remainingSeconds`. */
  readonly remainingSecondsHigh: number | null
  readonly estimatedCompletionAt: Date | null
  readonly stalledSince: Date | null
  readonly updatedAt: Date
}
