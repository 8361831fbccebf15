import type { Clock } from '../../base/clock.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { UsualTime } from '../engine.ts'
import { readHistory, type TypeHistory } from '../store/read-rollups.ts'

const READ_EVERY_MS = 15_000

/** Usual times of the recent past by type, read from the rollups every 15 s; they answer for remaining time while a rate is young. */
export class History implements Service {
  readonly #loop: Loop
  #byType: ReadonlyMap<string, TypeHistory> = new Map()

  constructor(params: { readonly database: Database; readonly clock: Clock; readonly telemetry: Telemetry }) {
    this.#loop = new Loop({
      clock: params.clock,
      poll: async () => {
        this.#byType = await readHistory(params.database)
        return READ_EVERY_MS
      },
      onError: (error) => params.telemetry.emit('failure.contained', { where: 'engine.history', error }),
      retryMs: READ_EVERY_MS,
    })
  }

  start(): Promise<void> {
    return this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  of(type: string): TypeHistory | undefined {
    return this.#byType.get(type)
  }

  usualTime(type: string): UsualTime | undefined {
    const history = this.of(type)
    return history && { usualMs: history.p50Ms, usualHighMs: history.p90Ms }
  }
}
