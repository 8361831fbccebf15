import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import { NOTIFICATIONS_CONSUMER } from '../../src/notifications/operation-consumer.ts'

const INSERT = statement(
  'test.ended_operations',
  `with given as (
     select gen_random_uuid() as id, n, case when $5::int > 0 and n % $5 = 0 then 'failed' else 'completed' end as state from generate_series(1, $4::int) n
   ), made as (
     insert into operation (id, type, title, state, priority, owner_id, created_by, input, max_attempts, version, started_at, finished_at, failure)
     select id, $1, 'Job ' || n, state, 1, $2, '{"kind": "user", "id": "ana"}', '{}', 1, 3, now(), now(),
       case when state = 'failed' then jsonb_build_object('code', 'BROKEN', 'message', 'It broke.', 'retryable', false, 'at', now()) end from given
   ), told as (
     insert into event (stream, seq, type, data) select id, 3, state, '{}' from given
   )
   insert into outbox (consumer, stream, seq, type) select $3, id, 3, state from given returning stream`,
)

export interface EndedOperationsParams {
  readonly type: string
  readonly ownerId: string
  readonly count: number
  /** Every so manieth failed; 0: none. */
  readonly failsEvery: number
}

/** Operations that all ended in this moment, as the engine leaves them for its consumers. */
export async function endOperations(database: Database, { type, ownerId, count, failsEvery }: EndedOperationsParams): Promise<void> {
  await database.run(INSERT, [type, ownerId, NOTIFICATIONS_CONSUMER, count, failsEvery])
}
