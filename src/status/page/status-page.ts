import type { Clock } from '../../base/clock.ts'
import { fingerprint } from '../../base/json.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { computeStatus, type SystemStatus } from '../compute-status.ts'
import type { StatusReader } from '../status-reader.ts'
import { type PageSummary, pageOf } from './page-shape.ts'

export interface StatusPageParams {
  readonly reader: StatusReader
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** However many ask, the database is asked once in so long. */
export const PAGE_FRESH_MS = 1_000

interface Reading {
  readonly status: SystemStatus
  readonly changedAt: Date
  readonly readAt: number
}

export interface PageAnswer {
  readonly summary: PageSummary
  /** Changes with what the page says. */
  readonly etag: string
}

/** What everybody may know, for the world outside: only what reaches everybody, nothing that names a user or an operation. */
export class StatusPage {
  readonly #params: StatusPageParams
  #last: Reading | undefined
  #reading: Promise<Reading> | undefined

  constructor(params: StatusPageParams) {
    this.#params = params
  }

  /** The page as it is asked for at an address (scheme and host). Never rejects: a database that is away is what a status page is for. */
  async at(url: string): Promise<PageAnswer> {
    const { status, changedAt } = await this.#read()
    const summary = pageOf({ status, url, changedAt })
    return { summary, etag: `"${fingerprint(summary)}"` }
  }

  #read(): Promise<Reading> {
    const { clock } = this.#params
    if (this.#last && clock.monotonic() - this.#last.readAt < PAGE_FRESH_MS) return Promise.resolve(this.#last)
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readNow(): Promise<Reading> {
    const { reader, clock, telemetry } = this.#params
    let status: SystemStatus
    try {
      status = await reader.systemStatus({ userId: null, tenantId: null, isVisible: () => false })
    } catch (error) {
      telemetry.emit('failure.contained', { where: 'status.page', error })
      status = outage(new Date(clock.now()))
    }
    const isSame = this.#last !== undefined && pictureOf(this.#last.status) === pictureOf(status)
    this.#last = { status, changedAt: isSame && this.#last ? this.#last.changedAt : status.observedAt, readAt: clock.monotonic() }
    return this.#last
  }
}

/** What of a status the page shows. */
const pictureOf = (status: SystemStatus): string => fingerprint(pageOf({ status, url: '', changedAt: new Date(0) }))

const outage = (now: Date): SystemStatus =>
  computeStatus({
    causes: [
      {
        type: null,
        title: 'The service can not reach its data',
        until: null,
        unknownBecause: null,
        operation: null,
        window: null,
        impact: { level: 'critical', blocks: ['chat', 'api'], warns: [] },
      },
    ],
    isBusDegraded: false,
    now,
  })
