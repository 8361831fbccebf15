import type { Executor, Statement } from '../../database/database.ts'

const statement: Statement = {
  name: 'read_leased',
  text: `select id, lease_token from operation where lease_instance = $1::uuid`,
}

export interface LeasedRow {
  readonly id: string
  readonly lease_token: number
}

/** What the database says that an instance runs. */
export const readLeased = (executor: Executor, instanceId: string): Promise<LeasedRow[]> => executor.run<LeasedRow>(statement, [instanceId])
