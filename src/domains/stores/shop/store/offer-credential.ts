import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { StorePlatform } from '../../records.ts'

/** A store that was connected keeps its name: this may lead to a start that is refused, and there is `renameStore`. */
const ENSURE_STORE = statement(
  'stores_ensure_store',
  `insert into store (id, owner_id, tenant_id, name, platform, base_url) values ($1, $2, $3, coalesce($4, $5), $6, $7)
   on conflict (owner_id, platform, base_url) do update set name = case when store.credential_id is null then coalesce($4, store.name) else store.name end
   returning id, name, credential_id is not null and last_synced_at is not null as "wasConnected"`,
)

export interface NewStore {
  readonly id: string
  readonly ownerId: string
  readonly tenantId: string | null
  /** null: as before, or `fallbackName` for a new one. */
  readonly name: string | null
  readonly fallbackName: string
  readonly platform: StorePlatform
  readonly baseUrl: string
}

export interface EnsuredStore {
  readonly id: string
  readonly name: string
  readonly wasConnected: boolean
}

/** Finds or makes the owner's store of a shop. */
export async function ensureStore(executor: Executor, store: NewStore): Promise<EnsuredStore> {
  const { id, ownerId, tenantId, name, fallbackName, platform, baseUrl } = store
  const [found] = await executor.run<EnsuredStore>(ENSURE_STORE, [id, ownerId, tenantId, name, fallbackName, platform, baseUrl])
  return found as EnsuredStore
}

const INSERT_CREDENTIAL = statement(
  'stores_insert_credential',
  'insert into store_credential (id, store_id, sealed_token, idempotency_key) values ($1, $2, $3, $4) on conflict do nothing',
)

export interface NewCredential {
  readonly id: string
  readonly storeId: string
  readonly sealedToken: string
  readonly idempotencyKey: string | null
}

/** Nothing happens where it is there already. */
export async function insertCredential(executor: Executor, { id, storeId, sealedToken, idempotencyKey }: NewCredential): Promise<void> {
  await executor.run(INSERT_CREDENTIAL, [id, storeId, sealedToken, idempotencyKey])
}
