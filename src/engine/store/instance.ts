import type { Executor, Statement } from '../../database/database.ts'

const register: Statement = {
  name: 'register_instance',
  text: `insert into instance (id, name, role, generation) values ($1::uuid, $2, $3, $4)`,
}

export interface RegisterInstanceParams {
  readonly id: string
  readonly name: string
  readonly role: string
  /** That its workers were started for. */
  readonly generation: number
}

/** One row per incarnation; a process that was taken for dead registers again under a new id. */
export async function registerInstance(executor: Executor, params: RegisterInstanceParams): Promise<void> {
  await executor.run(register, [params.id, params.name, params.role, params.generation])
}

const renew: Statement = {
  name: 'renew_instance',
  text: `with r as (update instance set renewed_at = now(), generation = $2 where id = $1::uuid returning id)
select null::uuid as id, null::text as state, (select generation from worker_restart) as generation from r
-- By the few deadlines, not by the leases: those have an entry for each run of late. "offset 0" keeps the planner from choosing otherwise.
union all select o.id, o.state, null from r
join (select id, state, lease_instance from operation where deadline_at is not null and state in ('pausing', 'canceling') offset 0) o on o.lease_instance = r.id`,
}

export interface Renewal {
  readonly alive: boolean
  /** Runs that somebody asked to pause or cancel; the bus brings these orders faster. */
  readonly orders: readonly { readonly id: string; readonly state: 'pausing' | 'canceling' }[]
  /** That workers are to be of. */
  readonly generation: number
}

/** The heartbeat, which also says which generation its workers were started for. `alive: false`: others took this instance for dead, and its runs are theirs. */
export async function renewInstance(executor: Executor, { id, generation }: { readonly id: string; readonly generation: number }): Promise<Renewal> {
  const rows = await executor.run<{ id: string | null; state: 'pausing' | 'canceling' | null; generation: number | null }>(renew, [id, generation])
  const orders = rows.flatMap((row) => (row.id !== null && row.state !== null ? [{ id: row.id, state: row.state }] : []))
  return { alive: rows.length > 0, orders, generation: rows[0]?.generation ?? 0 }
}

const unregister: Statement = {
  name: 'unregister_instance',
  text: `delete from instance where id = $1::uuid and not exists (select 1 from operation where lease_instance = $1::uuid)`,
}

/** After a drain. With runs left (they did not end in time) the row stays, falls silent, and is rescued from. */
export async function unregisterInstance(executor: Executor, id: string): Promise<void> {
  await executor.run(unregister, [id])
}
