import type { Executor, Transaction } from '../database/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { OperationEventType } from '../engine/lifecycle.ts'
import type { OperationRecord } from '../engine/records.ts'
import type { BatchConsumer } from '../engine/services/consumers.ts'
import type { OutboxRow } from '../engine/store/outbox.ts'
import { readOperations } from '../engine/store/read-operations.ts'
import { hasEffect } from '../status/impact.ts'
import type { StatusReader } from '../status/status-reader.ts'
import { featureNews, isOwn, TOLD_FEATURES } from './feature-news.ts'
import type { InboxWriter, LockedInboxes } from './inbox-writer.ts'
import { newsOf } from './operation-news.ts'
import { readMembers, removeMembers, writeMembers } from './store/members.ts'
import { readByIds } from './store/read-by-ids.ts'
import { readByKeys } from './store/read-by-keys.ts'
import { readOwners } from './store/read-owners.ts'
import { type Recent, readRecent, type UserType } from './store/read-recent.ts'
import { isGroup, KEYS, type NotificationDraft } from './stored-notification.ts'
import { type Happening, tellOperations } from './tell-operations.ts'

/** What is known of operations and their effects; it exists only after the consumers that the engine is made with. */
export interface OperationKnowledge {
  readonly engine: Pick<Engine, 'registry' | 'progressOf'>
  /** Reads statuses through a transaction. */
  readonly statusIn: (executor: Executor) => StatusReader
}

export interface OperationConsumerParams {
  readonly writer: InboxWriter
  readonly knowledge: () => OperationKnowledge
  /** After the commit: operations that affect more people than their owner began or ended. */
  readonly onWideEffect: () => void
}

const EVENT_TYPES: readonly OperationEventType[] = [
  // Of what waits nothing is told, but its effects begin.
  'queued',
  'started',
  'milestone',
  'paused',
  'resumed',
  'cancel_requested',
  'retry_scheduled',
  'retried',
  'completed',
  'failed',
  'canceled',
]
const BATCH = 500
/** Outcomes that come while a group is open change it once a second. */
const GROUP_REST_MS = 1_000

/** Lasting: rows of the outbox carry it. */
export const NOTIFICATIONS_CONSUMER = 'notifications'

/** Turns what happens to operations into notifications of their owners, in the transaction that settles the events: each is told once, whatever crashes. */
export const operationConsumer = (params: OperationConsumerParams): BatchConsumer => ({
  name: NOTIFICATIONS_CONSUMER,
  eventTypes: EVENT_TYPES,
  batchSize: BATCH,
  consumeMany: (events, transaction) => consume(params, events, transaction),
})

async function consume(params: OperationConsumerParams, events: readonly OutboxRow[], transaction: Transaction) {
  const { writer, knowledge, onWideEffect } = params
  const { engine } = knowledge()
  const ids = [...new Set(events.map(({ stream }) => stream))]
  const inboxes = await writer.lock(transaction, await readOwners(transaction, ids))
  // Read behind the locks: whoever told of an operation before us knew no newer state of it.
  const operations = (await readOperations(transaction, engine.registry, ids)).filter((one) => one !== undefined)
  const work = { params, transaction, inboxes }
  const { joinsGroup } = await tell(work, operations, milestonesOf(events))
  await tellFeatures(work, operations)
  if (operations.some((one) => hasEffect(one.impact) && !isOwn(one.impact, one.tenantId))) transaction.afterCommit(onWideEffect)
  return { restMs: joinsGroup ? GROUP_REST_MS : 0 }
}

interface Work {
  readonly params: OperationConsumerParams
  readonly transaction: Transaction
  readonly inboxes: LockedInboxes
}

/** Percentage of the last milestone of each operation. */
function milestonesOf(events: readonly OutboxRow[]): Map<string, number> {
  const milestones = events.filter(({ type }) => type === 'milestone')
  return new Map(milestones.map(({ stream, data }) => [stream, Number(data['percentage'] ?? 0)]))
}

async function tell({ params, transaction, inboxes }: Work, operations: readonly OperationRecord[], milestones: ReadonlyMap<string, number>) {
  const { engine } = params.knowledge()
  const ids = operations.map(({ id }) => id)
  const keys = operations.map(({ id, ownerId }) => ({ userId: ownerId, key: KEYS.operation(id) }))
  const existing = new Map((await readByKeys(transaction, keys)).map((one) => [one.operationId, one]))
  const members = await readMembers(transaction, ids)
  const groups = await readByIds(transaction, [...new Set([...members.values()].map(({ notificationId }) => notificationId))])
  const happenings: Happening[] = operations.map((operation) => ({
    operation,
    news: newsOf(operation, engine.progressOf(operation), milestones.get(operation.id)),
    existing: existing.get(operation.id),
    member: members.get(operation.id),
  }))
  const nameOf = (type: string) => engine.registry.get(type)?.title ?? type
  const recentOf = await recentByPair(transaction, operations)
  const telling = tellOperations({ happenings, recentOf, groups: new Map(groups.map((group) => [group.id, group])), nameOf })
  await params.writer.change(transaction, inboxes, telling)
  await removeMembers(transaction, telling.leaving)
  await writeMembers(transaction, telling.joining)
  return { joinsGroup: telling.drafts.some(isGroup) }
}

async function recentByPair(transaction: Transaction, operations: readonly OperationRecord[]): Promise<(pair: UserType) => Recent> {
  const keyOf = ({ userId, type }: UserType) => JSON.stringify([userId, type])
  const pairs = new Map(operations.map(({ ownerId: userId, type }) => [keyOf({ userId, type }), { userId, type }]))
  const found = await readRecent(transaction, [...pairs.values()])
  const byPair = new Map([...pairs.keys()].map((key, index) => [key, found[index] as Recent]))
  return (pair) => byPair.get(keyOf(pair)) ?? { outcomes: [], progressCount: 0 }
}

/** For owners of operations that affect their owner alone. */
async function tellFeatures({ params, transaction, inboxes }: Work, operations: readonly OperationRecord[]): Promise<void> {
  const affecting = operations.filter(({ impact, tenantId }) => hasEffect(impact) && isOwn(impact, tenantId))
  if (affecting.length === 0) return
  const tenants = new Map(affecting.map(({ ownerId, tenantId }) => [ownerId, tenantId]))
  const keys = [...tenants.keys()].flatMap((userId) => TOLD_FEATURES.map((feature) => ({ userId, key: KEYS.feature(feature) })))
  const known = await readByKeys(transaction, keys)
  const status = params.knowledge().statusIn(transaction)
  const drafts: NotificationDraft[] = []
  for (const [userId, tenantId] of tenants) {
    const isVisible = (operation: OperationRecord) => operation.ownerId === userId
    const existing = (feature: (typeof TOLD_FEATURES)[number]) => known.find((one) => one.userId === userId && one.key === KEYS.feature(feature))
    drafts.push(...featureNews({ userId, tenantId, status: await status.systemStatus({ userId, tenantId, isVisible }), existing }))
  }
  await params.writer.change(transaction, inboxes, { drafts, removed: [] })
}
