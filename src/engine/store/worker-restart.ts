import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'

const READ_GENERATION = statement('worker_generation', 'select generation from worker_restart')

/** The generation that workers are to be of. */
export async function readGeneration(executor: Executor): Promise<number> {
  const [row] = await executor.run<{ generation: number }>(READ_GENERATION, [])
  return row?.generation ?? 0
}

const REQUEST_RESTART = statement('request_restart', 'update worker_restart set generation = $1 where generation < $1')

/** Asks all instances to start their workers again for this generation. Safe to repeat. */
export async function requestRestart(executor: Executor, generation: number): Promise<void> {
  await executor.run(REQUEST_RESTART, [generation])
}

const TAKE_TURN = statement(
  'take_restart_turn',
  `update worker_restart w set turn_instance = $1::uuid
where w.turn_instance is not distinct from $1::uuid
  or not exists (select 1 from instance i where i.id = w.turn_instance and i.generation < w.generation
    and i.renewed_at >= now() - $2::float8 * interval '1 millisecond')
returning w.generation`,
)

/**
 * Whether this instance may drain now, and for which generation. Nobody has to give a turn back: it is over when its holder has reached
 * the generation, or is silent for `leaseMs`, or gone.
 */
export async function takeRestartTurn(
  executor: Executor,
  { instanceId, leaseMs }: { readonly instanceId: string; readonly leaseMs: number },
): Promise<number | undefined> {
  const [row] = await executor.run<{ generation: number }>(TAKE_TURN, [instanceId, leaseMs])
  return row?.generation
}

const REACH_GENERATION = statement('reach_generation', 'update instance set generation = $2 where id = $1::uuid')

/** Says that the workers of an instance were started for a generation. */
export async function reachGeneration(executor: Executor, params: { readonly instanceId: string; readonly generation: number }): Promise<void> {
  await executor.run(REACH_GENERATION, [params.instanceId, params.generation])
}

const LIST_WORKERS = statement(
  'list_workers',
  `select id, name, generation, (extract(epoch from now() - renewed_at) * 1000)::float8 as silent_ms from instance
where role = 'worker' and renewed_at >= now() - $1::float8 * interval '1 millisecond' order by id limit 1000`,
)

/** A live instance that works. */
export interface WorkerRow {
  readonly id: string
  readonly name: string
  /** `null`: its release knows no restarts. */
  readonly generation: number | null
  /** Milliseconds since its last heartbeat. */
  readonly silent_ms: number
}

/** Instances that work and were not silent for `leaseMs`; at most 1,000. */
export function listWorkers(executor: Executor, leaseMs: number): Promise<WorkerRow[]> {
  return executor.run<WorkerRow>(LIST_WORKERS, [leaseMs])
}
