import { newUuid } from '../../base/ids.ts'
import type { Transaction } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { NotificationDraft, StoredNotification } from '../stored-notification.ts'
import { NOTIFICATION_COLUMNS, type NotificationRow, toNotification } from './notification-columns.ts'

/** Whoever edits has locked the inbox and read what is there, so versions are numbers here; a new version is unseen and not dismissed. */
const UPSERT = statement(
  'notifications.upsert',
  `insert into notification as n (id, user_id, tenant_id, key, category, kind, urgency, title, body, operation_id, operation_type, count, version, data, seq,
     source_version, outcome_at, resolved_at)
   select d.id, d.user_id, d.tenant_id, d.key, d.category, d.kind, d.urgency, d.title, d.body, d.operation_id, d.operation_type, d.count, d.version, d.data, d.seq,
     d.source_version, case when d.ended then now() else d.outcome_at end, case when d.cleared then now() else d.resolved_at end
   from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::uuid[], $11::text[], $12::int[],
     $13::int[], $14::jsonb[], $15::int[], $16::int[], $17::bool[], $18::timestamptz[], $19::bool[], $20::timestamptz[])
     as d(id, user_id, tenant_id, key, category, kind, urgency, title, body, operation_id, operation_type, count, version, data, seq, source_version, ended,
       outcome_at, cleared, resolved_at)
   on conflict (user_id, key) do update set
     tenant_id = excluded.tenant_id, category = excluded.category, kind = excluded.kind, urgency = excluded.urgency, title = excluded.title, body = excluded.body,
     operation_id = excluded.operation_id, operation_type = excluded.operation_type, count = excluded.count, version = excluded.version, data = excluded.data,
     seq = excluded.seq, source_version = excluded.source_version, outcome_at = excluded.outcome_at, resolved_at = excluded.resolved_at, updated_at = now(),
     seen_at = case when excluded.version = n.version then n.seen_at end,
     dismissed_at = case when excluded.version = n.version then n.dismissed_at end
   returning ${NOTIFICATION_COLUMNS}`,
)

/** A draft with its place in the inbox. */
export interface PlacedDraft {
  readonly draft: NotificationDraft
  readonly seq: number
}

const versionOf = ({ existing, isLoud }: NotificationDraft): number => (existing ? existing.version + (isLoud ? 1 : 0) : 1)

/** Adds and edits with one statement; answers the rows, in the order given. At most one draft for each user and key. */
export async function upsertNotifications(transaction: Transaction, placed: readonly PlacedDraft[]): Promise<StoredNotification[]> {
  const drafts = placed.map(({ draft }) => draft)
  const rows = await transaction.run<NotificationRow>(UPSERT, [
    drafts.map((draft) => draft.existing?.id ?? draft.id ?? newUuid()),
    drafts.map((draft) => draft.userId),
    drafts.map((draft) => draft.tenantId),
    drafts.map((draft) => draft.key),
    drafts.map((draft) => draft.category),
    drafts.map((draft) => draft.kind),
    drafts.map((draft) => draft.urgency),
    drafts.map((draft) => draft.title),
    drafts.map((draft) => draft.body),
    drafts.map((draft) => draft.operationId),
    drafts.map((draft) => draft.operationType),
    drafts.map((draft) => draft.count),
    drafts.map(versionOf),
    drafts.map((draft) => JSON.stringify(draft.data)),
    placed.map(({ seq }) => seq),
    drafts.map((draft) => draft.sourceVersion),
    drafts.map((draft) => draft.outcome === 'now'),
    drafts.map((draft) => (draft.outcome === 'kept' ? (draft.existing?.outcomeAt ?? null) : null)),
    drafts.map((draft) => draft.resolved && !draft.existing?.resolvedAt),
    drafts.map((draft) => (draft.resolved ? (draft.existing?.resolvedAt ?? null) : null)),
  ])
  const byKey = new Map(rows.map((row) => [JSON.stringify([row.user_id, row.key]), toNotification(row)]))
  return drafts.map(({ userId, key }) => byKey.get(JSON.stringify([userId, key])) as StoredNotification)
}
