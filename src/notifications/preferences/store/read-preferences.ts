import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { ChannelName } from '../../channels/channel.ts'
import type { NotificationCategory } from '../../records.ts'
import type { PreferenceDefault } from '../resolve-preference.ts'

const READ_PREFERENCES = statement(
  'notification_read_preferences',
  `select category, channel, 'user' as scope, enabled, false as locked, null::text as reason from notification_preference where user_id = $1
   union all
   select category, channel, case tenant_id when '' then 'everybody' else 'tenant' end, enabled, locked, reason
     from notification_default where tenant_id = any (array['', $2::text])`,
)

export interface PreferenceRow extends PreferenceDefault {
  readonly category: NotificationCategory
  readonly channel: ChannelName
  readonly scope: 'user' | 'tenant' | 'everybody'
}

/** All that was set for a user: by the user, for the tenant, and for everybody. */
export function readPreferences(executor: Executor, userId: string, tenantId: string | null): Promise<PreferenceRow[]> {
  return executor.run<PreferenceRow>(READ_PREFERENCES, [userId, tenantId ?? ''])
}
