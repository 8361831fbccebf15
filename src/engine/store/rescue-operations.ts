import type { Database, Statement } from '../../database/database.ts'
import { MOVED_COLUMNS, type MovedRow, type OutboxRoutes, TRANSITION_SQL, transitionValues, VARIANT_SQL } from './transition.ts'

/** Rescues without a checkpoint moving forward, after which an operation is taken to kill its process and fails. */
export const MAX_RESCUES = 5

const silentInstances: Statement = {
  name: 'silent_instances',
  text: `select id from instance where renewed_at < now() - $1::float8 * interval '1 millisecond' and id <> $2::uuid`,
}

const removeInstance: Statement = {
  name: 'remove_instance',
  text: `delete from instance where id = $1::uuid and renewed_at < now() - $2::float8 * interval '1 millisecond' returning id`,
}

const reason = `jsonb_build_object('code', 'RESCUED', 'message', 'Its worker stopped answering; it goes on from the last finished step.')`
const lastFailure = `jsonb_build_object('code', 'WORKER_LOST', 'message', 'Its worker was lost ${MAX_RESCUES + 1} times without getting any further.', 'retryable', true, 'at', now())`

/**
 * Takes back what a lost instance held. The instance's row is deleted first, in the same transaction: claims hold a key-share lock on it,
 * so that none can slip in behind. One that was rescued too often fails, after its clean-up if it has one.
 */
const rescue: Statement = {
  name: 'rescue_operations',
  text: `with held as (
  select o.* from operation o where o.lease_instance = $8::uuid order by o.id for no key update
),
l as (
  select o.id, o.state as from_state, ${VARIANT_SQL} as variant,
    case when o.state = 'running' and o.rescues >= ${MAX_RESCUES} and not o.has_cleanup then 'fail' else 'rescue' end as trigger,
    null::bigint as token, null::jsonb as result, case when o.state = 'running' and o.rescues >= ${MAX_RESCUES} then ${lastFailure} end as failure,
    case when o.state = 'running' and o.rescues >= ${MAX_RESCUES} and not o.has_cleanup then null else ${reason} end as reason,
    0::float8 as delay_ms, 0::float8 as deadline_ms, 0::bigint as elapsed_ms, null::bigint as units, jsonb_build_object('reason', 'worker_lost') as data, null::jsonb as actor, null::uuid as request
  from held o
),${TRANSITION_SQL}
select ${MOVED_COLUMNS} from u`,
}

const RESCUE = new Set(['rescue', 'fail'] as const)

export interface RescueParams {
  readonly leaseMs: number
  readonly instanceId: string
}

/** Rescues what silent instances held; answers what moved. */
export async function rescueOperations(database: Database, routes: OutboxRoutes, params: RescueParams): Promise<MovedRow[]> {
  const silent = await database.run<{ id: string }>(silentInstances, [params.leaseMs, params.instanceId])
  const moved: MovedRow[] = []
  for (const { id } of silent) {
    const rows = await database.transaction(async (transaction) => {
      const removed = await transaction.run(removeInstance, [id, params.leaseMs])
      return removed.length === 0 ? [] : transaction.run<MovedRow>(rescue, [...transitionValues(routes, RESCUE), id])
    })
    moved.push(...rows)
  }
  return moved
}

const allInstances: Statement = { name: 'all_instances', text: `select id from instance` }

/** Frees every lease: for a database that only one process can have open, at its start. */
export async function freeAllLeases(database: Database, routes: OutboxRoutes): Promise<MovedRow[]> {
  const instances = await database.run<{ id: string }>(allInstances, [])
  const moved: MovedRow[] = []
  for (const { id } of instances) {
    moved.push(
      ...(await database.transaction(async (transaction) => {
        await transaction.run(removeInstance, [id, 0])
        return transaction.run<MovedRow>(rescue, [...transitionValues(routes, RESCUE), id])
      })),
    )
  }
  return moved
}
