import { newUuid } from '../../base/ids.ts'
import type { Transaction } from '../../database/database.ts'
import { resolvePreference } from '../preferences/resolve-preference.ts'
import type { NotificationRecord } from '../records.ts'
import { type Candidate, listCandidates, type PlannedDelivery, planDeliveries } from './store/plan-deliveries.ts'

/** Enters what is to be sent because of notifications that were added or edited. Two statements, however many there are. */
export async function planChanged(transaction: Transaction, changed: readonly NotificationRecord[], graceMs: number): Promise<void> {
  // The same notification twice would be two rows of one upsert.
  const byId = new Map<string, NotificationRecord>()
  for (const record of changed) if (record.version >= (byId.get(record.id)?.version ?? 0)) byId.set(record.id, record)
  const open = [...byId.values()].filter((record) => record.dismissedAt === null)
  if (open.length === 0) return
  const candidates = await listCandidates(transaction, open)
  const planned = candidates.filter(isWanted).map((candidate) => toPlanned(candidate, byId.get(candidate.notificationId) as NotificationRecord, graceMs))
  if (planned.length > 0) await planDeliveries(transaction, planned)
}

/** It is asked again just before the sending. What operators are told can't be turned off by anybody. */
const isWanted = (candidate: Candidate): boolean => candidate.isOperators || resolvePreference(candidate).enabled

const toPlanned = ({ notificationId, destinationId }: Candidate, { version, updatedAt, urgency }: NotificationRecord, graceMs: number): PlannedDelivery => ({
  id: newUuid(),
  notificationId,
  destinationId,
  version,
  versionAt: updatedAt,
  // Whoever looks at the product within the grace time need not be told elsewhere.
  waitMs: urgency === 'high' || urgency === 'critical' ? 0 : graceMs,
})
