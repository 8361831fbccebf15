import type { Actor } from '../base/actor.ts'
import { type InputIssue, InvalidInputError } from '../base/errors.ts'
import { newUuid } from '../base/ids.ts'
import { fingerprint } from '../base/json.ts'
import type { Database, Transaction } from '../database/database.ts'
import type { Feature, SystemLevel } from '../engine/definition.ts'
import { FEATURES } from '../engine/definition.ts'
import type { AccessMode } from './impact.ts'
import { findWindow, type ListWindowsParams, listWindows, type ReadWindow } from './store/list-windows.ts'
import { changeWindow, countOpen, endWindows, findGate, findPlanned, insertWindow, lockWindows } from './store/write-windows.ts'
import { type StatusWindow, windowState } from './window.ts'

/** Windows that may be in effect or still to come: every status looks at all of them. */
export const MOST_OPEN_WINDOWS = 200
/** How far ahead a window may begin or end. */
export const WINDOW_DAYS = 366
const DAY_MS = 86_400_000

/** What became of a wish. */
export type WindowOutcome =
  | { readonly kind: 'done'; readonly window: StatusWindow; readonly replayed: boolean }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'invalidState'; readonly window: StatusWindow; readonly message: string }
  | { readonly kind: 'versionConflict'; readonly window: StatusWindow }
  | { readonly kind: 'idempotencyConflict'; readonly window: StatusWindow }

export type GateMode = Exclude<AccessMode, 'available'>

export interface CloseGateParams {
  readonly feature: Feature
  readonly mode: GateMode
  readonly reason: string
  /** Null: until it is opened. */
  readonly until: Date | null
  readonly tenantId: string | null
  readonly actor: Actor
}

export interface PlanMaintenanceParams {
  readonly reason: string
  /** Absent: now. */
  readonly from: Date | undefined
  /** Null: until it is ended by hand. */
  readonly until: Date | null
  readonly level: SystemLevel
  /** Neither these nor `warns`: all features stay usable with a warning. */
  readonly blocks: readonly Feature[]
  readonly warns: readonly Feature[]
  readonly tenantId: string | null
  readonly actor: Actor
  readonly idempotencyKey: string | undefined
}

export interface UpdateMaintenanceParams {
  readonly id: string
  readonly reason: string | undefined
  readonly from: Date | undefined
  /** Null: until it is ended by hand; absent: as it is. */
  readonly until: Date | null | undefined
  readonly expectedVersion: number | undefined
}

/** What a gate does to its feature. */
const GATES: Readonly<Record<GateMode, (feature: Feature) => Pick<StatusWindow, 'level' | 'blocks' | 'readOnly' | 'warns'>>> = {
  blocked: (feature) => ({ level: 'maintenance', blocks: [feature], readOnly: [], warns: [] }),
  read_only: (feature) => ({ level: 'maintenance', blocks: [], readOnly: [feature], warns: [] }),
  warning: (feature) => ({ level: 'degraded', blocks: [], readOnly: [], warns: [feature] }),
}

/** Gates and maintenances, as administrators steer them. Who may is decided before. Every change is committed, then told to all instances. */
export class StatusWindows {
  readonly #database: Database
  readonly #onChange: () => void

  constructor(params: { readonly database: Database; readonly onChange: () => void }) {
    this.#database = params.database
    this.#onChange = params.onChange
  }

  /** Of a gate that is closed already, mode, reason and end change. Throws `InvalidInputError`. */
  closeGate({ feature, mode, reason, until, tenantId, actor }: CloseGateParams): Promise<StatusWindow> {
    return this.#change(async (transaction) => {
      const { open, now } = await countOpen(transaction)
      checkSpan({ from: undefined, until }, now)
      const closed = await findGate(transaction, feature, tenantId)
      const wish = { reason, plannedEndAt: until, ...GATES[mode](feature) }
      if (closed) return changeWindow(transaction, { ...closed, ...wish })
      checkCount(open)
      return insertWindow(transaction, { id: newUuid(), kind: 'gate', feature, tenantId, startsAt: undefined, createdBy: actor, ...wish })
    })
  }

  /** Ends the gate that was closed by hand; answers it, or nothing when there was none. */
  openGate(feature: Feature, tenantId: string | null): Promise<readonly StatusWindow[]> {
    return this.#change(async (transaction) => {
      const gate = await findGate(transaction, feature, tenantId)
      return gate ? endWindows(transaction, [gate.id]) : []
    })
  }

  /** Throws `InvalidInputError`. */
  planMaintenance(params: PlanMaintenanceParams): Promise<WindowOutcome> {
    const { reason, from, until, level, tenantId, actor, idempotencyKey } = params
    const blocks = [...new Set(params.blocks)]
    const warns = blocks.length === 0 && params.warns.length === 0 ? FEATURES : [...new Set(params.warns)]
    const inputHash = fingerprint({ reason, from: from?.toISOString() ?? null, until: until?.toISOString() ?? null, level, blocks, warns, tenantId })
    return this.#change(async (transaction) => {
      const known = idempotencyKey === undefined ? undefined : await findPlanned(transaction, actor.id, idempotencyKey)
      if (known) {
        return known.inputHash === inputHash ? { kind: 'done', window: known.window, replayed: true } : { kind: 'idempotencyConflict', window: known.window }
      }
      const { open, now } = await countOpen(transaction)
      checkSpan({ from, until }, now)
      checkCount(open)
      const effect = { level, blocks, readOnly: [], warns }
      const times = { startsAt: from && from > now ? from : undefined, plannedEndAt: until }
      const origin = { createdBy: actor, idempotencyKey, inputHash }
      const window = await insertWindow(transaction, { id: newUuid(), kind: 'maintenance', feature: null, reason, tenantId, ...effect, ...times, ...origin })
      return { kind: 'done', window, replayed: false }
    })
  }

  /** Throws `InvalidInputError`. */
  updateMaintenance({ id, reason, from, until, expectedVersion }: UpdateMaintenanceParams): Promise<WindowOutcome> {
    return this.#changeMaintenance(id, async (window, now, transaction) => {
      if (expectedVersion !== undefined && expectedVersion !== window.version) return { kind: 'versionConflict', window }
      const state = windowState(window, now.getTime())
      if (state === 'ended') return { kind: 'invalidState', window, message: 'The maintenance has ended. Plan another one.' }
      if (from && state === 'active' && from.getTime() !== window.startsAt.getTime()) {
        return { kind: 'invalidState', window, message: 'The maintenance has begun already, so its begin stays.' }
      }
      const plannedEndAt = until === undefined ? window.plannedEndAt : until
      checkSpan({ from: state === 'active' ? undefined : (from ?? window.startsAt), until: plannedEndAt }, now)
      const startsAt = from && state === 'scheduled' ? new Date(Math.max(from.getTime(), now.getTime())) : window.startsAt
      return { kind: 'done', window: await changeWindow(transaction, { ...window, reason: reason ?? window.reason, startsAt, plannedEndAt }), replayed: false }
    })
  }

  /** Now, whatever was planned; one that has not begun is called off. One that has ended stays so. */
  endMaintenance(id: string): Promise<WindowOutcome> {
    return this.#changeMaintenance(id, async (window, now, transaction) => {
      if (windowState(window, now.getTime()) === 'ended') return { kind: 'done', window, replayed: true }
      const [ended] = await endWindows(transaction, [id])
      return { kind: 'done', window: ended ?? window, replayed: ended === undefined }
    })
  }

  list(params: ListWindowsParams): Promise<readonly ReadWindow[]> {
    return listWindows(this.#database, params)
  }

  find(id: string): Promise<ReadWindow | undefined> {
    return findWindow(this.#database, id)
  }

  #changeMaintenance(id: string, decide: (window: StatusWindow, now: Date, transaction: Transaction) => Promise<WindowOutcome>): Promise<WindowOutcome> {
    return this.#change(async (transaction) => {
      const read = await findWindow(transaction, id)
      if (!read) return { kind: 'notFound' }
      if (read.window.kind === 'gate') {
        return { kind: 'invalidState', window: read.window, message: 'This is a gate: closeGate changes it, openGate ends it.' }
      }
      return decide(read.window, new Date(read.nowMs), transaction)
    })
  }

  async #change<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.#database.transaction(async (transaction) => {
      await lockWindows(transaction)
      return work(transaction)
    })
    this.#onChange()
    return result
  }
}

/** A window ends after it begins, in the future, and within a year. */
function checkSpan({ from, until }: { readonly from: Date | undefined; readonly until: Date | null }, now: Date): void {
  const issues: InputIssue[] = []
  const latest = new Date(now.getTime() + WINDOW_DAYS * DAY_MS)
  const begin = from && from > now ? from : now
  for (const [path, at] of [
    ['input.from', from],
    ['input.until', until],
  ] as const) {
    if (at && at > latest) issues.push({ path, message: `expected an instant within the next ${WINDOW_DAYS} days, got ${at.toISOString()}` })
  }
  if (until && until <= begin) issues.push({ path: 'input.until', message: `expected an instant after ${begin.toISOString()}, got ${until.toISOString()}` })
  if (issues.length > 0) throw new InvalidInputError(issues)
}

function checkCount(open: number): void {
  if (open < MOST_OPEN_WINDOWS) return
  const message = `expected at most ${MOST_OPEN_WINDOWS} gates and maintenances that are in effect or to come, and there are as many; end some of them first`
  throw new InvalidInputError([{ path: 'input', message }])
}
