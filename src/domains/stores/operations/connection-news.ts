import type { Transaction } from '../../../database/database.ts'
import type { StoreRecord } from '../records.ts'
import type { AnyRun } from '../search/search-index.ts'

/** What the owner of a store is told of its connection, beside what its operations tell. */
const keyOf = (store: StoreRecord): string => `connection:store:${store.id}`

export async function tokenRefused(run: AnyRun, transaction: Transaction, store: StoreRecord): Promise<void> {
  await run.services.notifications.tell(transaction, {
    userId: store.ownerId,
    tenantId: store.tenantId,
    key: keyOf(store),
    category: 'connection',
    kind: 'error',
    urgency: 'high',
    title: `${store.name} refuses the access: its token must be renewed`,
    body: 'Install the app in the shop again, or give a new access token. Until then the assistant answers from what was read before.',
    operationId: run.id,
  })
}

export async function connectionRestored(run: AnyRun, transaction: Transaction, store: StoreRecord): Promise<void> {
  await run.services.notifications.resolve(transaction, { userId: store.ownerId, key: keyOf(store), title: `${store.name} is connected again` })
}
