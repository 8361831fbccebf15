/** The columns of `notification n` as a `NotificationRecord`. */
export const NOTIFICATION_COLUMNS = `n.id, n.user_id as "userId", n.tenant_id as "tenantId", n.key, n.category, n.kind, n.urgency, n.title, n.body,
  n.operation_id as "operationId", n.operation_type as "operationType", n.count, n.version, n.data, n.created_at as "createdAt",
  n.updated_at as "updatedAt", n.seen_at as "seenAt", n.dismissed_at as "dismissedAt", n.resolved_at as "resolvedAt"`
