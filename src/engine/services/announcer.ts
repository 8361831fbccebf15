import type { Telemetry } from '../../telemetry/facts.ts'
import type { Claimable } from '../channels.ts'
import type { EnqueuedRow, NewOperation } from '../store/enqueue-operations.ts'
import type { SettledRow } from '../store/settle-operations.ts'
import type { MovedRow } from '../store/transition.ts'
import type { WrittenRow } from '../store/write-runs.ts'
import type { Change, Hints } from './hints.ts'

/** Who is to look at what a commit changed, on this instance. */
export interface Listeners {
  readonly onClaimable: (claimable: Claimable) => void
  readonly onEvents: () => void
  readonly onKeysFreed: () => void
}

/** The change of one operation, as statements answer it. */
export interface ChangedRow {
  readonly id: string
  readonly version: number
  readonly owner_id: string
  /** Absent: nothing changed that may affect other people. */
  readonly type?: string
  readonly affects?: boolean
}

/** What follows a commit: hints to all instances, and a nudge to the services of this one. */
export class Announcer {
  readonly #hints: Hints
  readonly #telemetry: Telemetry
  #listeners: Listeners | undefined

  constructor(hints: Hints, telemetry: Telemetry) {
    this.#hints = hints
    this.#telemetry = telemetry
  }

  /** The services exist only after the writer that announces through here. */
  attach(listeners: Listeners): void {
    this.#listeners = listeners
  }

  changed(rows: readonly ChangedRow[]): void {
    if (rows.length === 0) return
    this.#hints.changed(rows.map(toChange))
    this.#listeners?.onEvents()
  }

  claimable(claimables: readonly Claimable[]): void {
    if (claimables.length === 0) return
    for (const claimable of claimables) this.#listeners?.onClaimable(claimable)
    this.#hints.work(claimables)
  }

  moved(rows: readonly MovedRow[]): void {
    this.changed(rows)
    this.claimable(rows.flatMap((row) => (row.claim_at_us !== null ? [{ priority: row.priority, claimAtUs: row.claim_at_us }] : [])))
    if (rows.some((row) => row.exclusive_key !== null && row.finished)) this.#listeners?.onKeysFreed()
  }

  enqueued(operations: readonly NewOperation[], rows: readonly EnqueuedRow[]): void {
    const started = rows.flatMap((row, index) => (row.outcome === 'started' ? [{ row, operation: operations[index] as NewOperation }] : []))
    this.changed(
      started.map(({ row, operation: { ownerId, type, impact } }) => ({
        id: row.id,
        version: row.version ?? 1,
        owner_id: ownerId,
        type,
        affects: impact !== null,
      })),
    )
    this.claimable(started.flatMap(({ row, operation }) => (row.claim_at_us !== null ? [{ priority: operation.priority, claimAtUs: row.claim_at_us }] : [])))
    this.#telemetry.emit('operations.enqueued', { count: started.length, direct: started.filter(({ row }) => row.state === 'running').length })
  }

  settled(rows: readonly SettledRow[]): void {
    const settled = rows.filter((row) => row.version !== null && row.version !== undefined)
    this.moved(settled)
    const count = (state: string) => settled.filter((row) => row.state === state).length
    const [completed, failed] = [count('completed'), count('failed')]
    this.#telemetry.emit('operations.settled', { completed, failed, other: settled.length - completed - failed })
  }

  written(ids: readonly string[], rows: readonly WrittenRow[]): void {
    this.changed(
      rows.flatMap((row, index) =>
        row.owned && row.version !== null && row.owner_id !== null ? [{ id: ids[index] as string, version: row.version, owner_id: row.owner_id }] : [],
      ),
    )
  }
}

const toChange = ({ id, version, owner_id: ownerId, type, affects }: ChangedRow): Change => ({
  id,
  version,
  ownerId,
  ...(type === undefined ? {} : { type, affects: affects === true }),
})
