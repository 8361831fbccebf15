import type { ServerResponse } from 'node:http'
import { systemClock } from '../../../../src/base/clock.ts'
import { newUuid } from '../../../../src/base/ids.ts'
import type { Database } from '../../../../src/database/database.ts'
import { type Chat, createChat } from '../../../../src/domains/stores/chat/chat.ts'
import type { ChatCompletion } from '../../../../src/domains/stores/chat/completion.ts'
import { type FactName, type Facts, Telemetry } from '../../../../src/telemetry/facts.ts'
import { fakeSearch } from './shop-kit.ts'

export interface ChatWorld {
  readonly chat: Chat
  readonly facts: { readonly name: FactName; readonly fact: Facts[FactName] }[]
}

export function chatWorld(database: Database, completion?: ChatCompletion, nowMs?: () => number): ChatWorld {
  const telemetry = new Telemetry()
  const facts: ChatWorld['facts'] = []
  telemetry.listen((name, fact) => facts.push({ name, fact }))
  const clock = nowMs ? { ...systemClock, now: nowMs } : systemClock
  return { chat: createChat({ database, clock, telemetry, search: fakeSearch(database), completion }), facts }
}

export interface OperationSeed {
  readonly type: string
  readonly storeId: string
  readonly ownerId?: string
  readonly state?: string
  /** From now, milliseconds. */
  readonly runInMs?: number
  readonly holdsKey?: boolean
}

/** An unfinished operation on a store, as the engine has it. Answers what ends it. */
export async function seedOperation(database: Database, { type, storeId, ownerId = 'ana', state = 'running', runInMs = 0, holdsKey = false }: OperationSeed) {
  const id = newUuid()
  const key = `store:${storeId}`
  await database.run(
    {
      name: 'test_seed_operation',
      text: `insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, exclusive_key, run_at)
        values ($1, $2, 'x', $3, 1, $4, '{}', '{}', 1, $5, now() + $6::int * interval '1 millisecond')`,
    },
    [id, type, state, ownerId, key, runInMs],
  )
  if (holdsKey) await database.run({ name: 'test_seed_key', text: 'insert into exclusive_key (key, operation_id) values ($1, $2)' }, [key, id])
  return async () => {
    await database.run({ name: 'test_end_operation', text: `update operation set finished_at = now(), state = 'completed' where id = $1` }, [id])
    await database.run({ name: 'test_end_key', text: 'delete from exclusive_key where operation_id = $1' }, [id])
  }
}

/** An answer that never ends. */
export const hang = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"choices": [')
}
