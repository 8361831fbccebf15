import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { QuietHours } from '../quiet-hours.ts'

const READ_QUIET_HOURS = statement(
  'notification_read_quiet_hours',
  `select time_zone as "timeZone", days, from_minute as "fromMinute", until_minute as "untilMinute", enabled from quiet_hours where user_id = $1`,
)

// What is held because of the old ones is looked at again.
const SET_QUIET_HOURS = statement(
  'notification_set_quiet_hours',
  `with stored as (
     insert into quiet_hours (user_id, time_zone, days, from_minute, until_minute, enabled) values ($1, $2, $3::integer[], $4, $5, $6)
     on conflict (user_id) do update set time_zone = excluded.time_zone, days = excluded.days, from_minute = excluded.from_minute,
       until_minute = excluded.until_minute, enabled = excluded.enabled, updated_at = now()
     returning user_id
   )
   update delivery d set due_at = now() from stored, notification_destination t
   where t.user_id = stored.user_id and d.destination_id = t.id and d.state = 'held'`,
)

export async function readQuietHours(executor: Executor, userId: string): Promise<QuietHours | undefined> {
  const [row] = await executor.run<QuietHours>(READ_QUIET_HOURS, [userId])
  return row
}

export async function setQuietHours(executor: Executor, userId: string, hours: QuietHours): Promise<void> {
  await executor.run(SET_QUIET_HOURS, [userId, hours.timeZone, hours.days, hours.fromMinute, hours.untilMinute, hours.enabled])
}
