import type { Clock } from '../../base/clock.ts'
import { Loop } from '../../base/service.ts'
import type { Database } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { pruneOldRows } from './catalogue/clean-old-rows.ts'
import type { Chat } from './chat/chat.ts'
import { forgetCandidates } from './shop/store/forget-candidates.ts'

const EVERY_MS = 3_600_000
const NEXT_BATCH_MS = 500

export interface StoreSweeperParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly chat: Pick<Chat, 'prune'>
}

/** What is done in the background, on every worker: old chats, what is gone from shops since a month, tokens that nobody accepted. All of it is safe to do twice. */
export class StoreSweeper extends Loop {
  constructor(params: StoreSweeperParams) {
    const onError = (error: unknown) => params.telemetry.emit('failure.contained', { where: 'stores.sweeper', error })
    super({ clock: params.clock, retryMs: EVERY_MS, onError, poll: () => this.#poll(params) })
  }

  async #poll({ database, chat }: StoreSweeperParams): Promise<number> {
    const chats = await chat.prune()
    const hasMoreRows = await pruneOldRows(database)
    await forgetCandidates(database)
    return chats.more || hasMoreRows ? NEXT_BATCH_MS : EVERY_MS
  }
}
