import type { Clock } from '../../base/clock.ts'
import { reaches, type StatusWindow, windowState } from '../window.ts'
import type { DatabaseTime } from './database-time.ts'

/** Timers may be a little early; a window that is looked at a moment later has begun. */
const MARGIN_MS = 3

export interface OpenWindowsParams {
  readonly clock: Clock
  readonly time: DatabaseTime
  /** One began, ended, came, changed or went. */
  readonly onChange: () => void
}

/** The windows that are in effect or to come, with one timer at the next of their beginnings and ends. */
export class OpenWindows {
  readonly #params: OpenWindowsParams
  #windows: readonly StatusWindow[] = []
  #readNo = -1
  #picture = ''
  #cancel: (() => void) | undefined

  constructor(params: OpenWindowsParams) {
    this.#params = params
  }

  get all(): readonly StatusWindow[] {
    return this.#windows
  }

  /** Whether one that is not for everybody reaches a tenant. */
  concernTenant(tenantId: string): boolean {
    return this.#windows.some((window) => window.tenantId !== null && reaches(window, tenantId))
  }

  /** Takes a reading, unless a later one was taken before. */
  take(windows: readonly StatusWindow[], readNo: number): void {
    if (readNo < this.#readNo) return
    this.#readNo = readNo
    this.#windows = windows
    this.#look()
  }

  clear(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#windows = []
    this.#readNo = -1
    this.#picture = ''
  }

  #look(): void {
    const { clock, time, onChange } = this.#params
    const nowMs = time.now()
    this.#cancel?.()
    const next = Math.min(...this.#windows.flatMap(({ startsAt, plannedEndAt }) => [startsAt, plannedEndAt ?? startsAt].map(Number)).filter((at) => at > nowMs))
    this.#cancel = next < Number.POSITIVE_INFINITY ? clock.after(next - nowMs + MARGIN_MS, () => this.#look()) : undefined
    const picture = JSON.stringify(this.#windows.map((window) => [window.id, window.version, windowState(window, nowMs)]))
    if (picture === this.#picture) return
    this.#picture = picture
    onChange()
  }
}
