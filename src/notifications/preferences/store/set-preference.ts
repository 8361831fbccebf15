import type { Actor } from '../../../base/actor.ts'
import type { Executor } from '../../../database/database.ts'
import { statement } from '../../../database/statement.ts'
import type { ChannelName } from '../../channels/channel.ts'
import type { NotificationCategory } from '../../records.ts'

const SET_PREFERENCE = statement(
  'notification_set_preference',
  `insert into notification_preference (user_id, category, channel, enabled) values ($1, $2, $3, $4)
   on conflict (user_id, category, channel) do update set enabled = excluded.enabled, updated_at = now()`,
)

const SET_DEFAULT = statement(
  'notification_set_default',
  `insert into notification_default (tenant_id, category, channel, enabled, locked, reason, set_by) values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (tenant_id, category, channel) do update
   set enabled = excluded.enabled, locked = excluded.locked, reason = excluded.reason, set_by = excluded.set_by, updated_at = now()`,
)

export interface Cell {
  readonly category: NotificationCategory
  readonly channel: ChannelName
}

export async function setPreference(
  executor: Executor,
  { userId, category, channel, enabled }: Cell & { readonly userId: string; readonly enabled: boolean },
): Promise<void> {
  await executor.run(SET_PREFERENCE, [userId, category, channel, enabled])
}

export interface SetDefaultParams extends Cell {
  /** null: for everybody. */
  readonly tenantId: string | null
  readonly enabled: boolean
  readonly locked: boolean
  readonly reason: string | null
  readonly actor: Actor
}

export async function setDefault(executor: Executor, { tenantId, category, channel, enabled, locked, reason, actor }: SetDefaultParams): Promise<void> {
  await executor.run(SET_DEFAULT, [tenantId ?? '', category, channel, enabled, locked, reason, JSON.stringify(actor)])
}
