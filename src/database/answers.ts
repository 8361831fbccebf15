import type { Database } from './database.ts'
import { statement } from './statement.ts'

const ping = statement('ping', 'select 1 as alive')

/** Whether the database answers; rejects when it can't be asked. */
export async function answers(database: Database): Promise<boolean> {
  return (await database.run(ping, [])).length === 1
}
