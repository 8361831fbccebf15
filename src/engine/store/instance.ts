import type { Executor, Statement } from '../../database/database.ts'

const register: Statement = {
  name: 'register_instance',
  text: `insert into instance (id, name, role) values ($1::uuid, $2, $3)`,
}

/** One row per incarnation; a process that was taken for dead registers again under a new id. */
export async function registerInstance(executor: Executor, params: { readonly id: string; readonly name: string; readonly role: string }): Promise<void> {
  await executor.run(register, [params.id, params.name, params.role])
}

const renew: Statement = {
  name: 'renew_instance',
  text: `with r as (update instance set renewed_at = now() where id = $1::uuid returning id)
select true as alive, null::uuid as id, null::text as state from r
-- By the few deadlines, not by the leases: those have an entry for each run of late. "offset 0" keeps the planner from choosing otherwise.
union all select true, o.id, o.state from r
join (select id, state, lease_instance from operation where deadline_at is not null and state in ('pausing', 'canceling') offset 0) o on o.lease_instance = r.id`,
}

export interface Renewal {
  readonly alive: boolean
  /** Runs that somebody asked to pause or cancel; the bus brings these orders faster. */
  readonly orders: readonly { readonly id: string; readonly state: 'pausing' | 'canceling' }[]
}

/** The heartbeat. `alive: false`: others took this instance for dead, and its runs are theirs. */
export async function renewInstance(executor: Executor, id: string): Promise<Renewal> {
  const rows = await executor.run<{ alive: boolean; id: string | null; state: 'pausing' | 'canceling' | null }>(renew, [id])
  const orders = rows.flatMap((row) => (row.id !== null && row.state !== null ? [{ id: row.id, state: row.state }] : []))
  return { alive: rows.length > 0, orders }
}

const unregister: Statement = {
  name: 'unregister_instance',
  text: `delete from instance where id = $1::uuid and not exists (select 1 from operation where lease_instance = $1::uuid)`,
}

/** After a drain. With runs left (they did not end in time) the row stays, falls silent, and is rescued from. */
export async function unregisterInstance(executor: Executor, id: string): Promise<void> {
  await executor.run(unregister, [id])
}
