import { FlushQueue } from '../base/flush-queue.ts'
import type { Database } from '../database/database.ts'
import { EventLog } from '../events/log.ts'
import type { EventRecord } from '../events/records.ts'
import type { Visibility } from './engine.ts'
import { OPERATION_HEADS } from './live/live-operations.ts'
import type { OperationRecord } from './records.ts'
import type { Registry } from './registry.ts'
import { countAhead } from './store/count-ahead.ts'
import { readActiveOperations, readOperations } from './store/read-operations.ts'

/** Active operations that the first frames of a live list show at most. */
const MOST_ACTIVE_SHOWN = 500

/** Grouped reads: what is asked for in the same moment shares one statement. */
export class OperationReads {
  readonly log: EventLog
  readonly #database: Database
  readonly #registry: Registry
  readonly #records: FlushQueue<string, OperationRecord | undefined>
  readonly #positions: FlushQueue<string, number | undefined>

  constructor(database: Database, registry: Registry) {
    this.#database = database
    this.#registry = registry
    this.log = new EventLog(database, OPERATION_HEADS)
    this.#records = new FlushQueue({ name: 'read operations', maxBatch: 500, flights: 4, flush: (ids) => readOperations(database, registry, ids) })
    this.#positions = new FlushQueue({ name: 'queue positions', maxBatch: 100, flush: (ids) => countAhead(database, ids) })
  }

  readonly byId = (id: string): Promise<OperationRecord | undefined> => this.#records.submit(id)

  readonly byIds = (ids: readonly string[]): Promise<(OperationRecord | undefined)[]> => Promise.all(ids.map(this.byId))

  active(visibility: Visibility): Promise<OperationRecord[]> {
    return readActiveOperations(this.#database, this.#registry, { visibility, limit: MOST_ACTIVE_SHOWN })
  }

  async events(id: string, after: number, first: number): Promise<{ readonly events: readonly EventRecord[]; readonly hasMore: boolean }> {
    const page = await this.log.read({ stream: id, after, limit: first + 1 })
    return { events: page.events.slice(0, first), hasMore: page.events.length > first }
  }

  async queuePosition(record: OperationRecord): Promise<number | undefined> {
    if (record.state !== 'queued') return undefined
    const ahead = await this.#positions.submit(record.id)
    return ahead === undefined ? undefined : ahead + 1
  }
}
