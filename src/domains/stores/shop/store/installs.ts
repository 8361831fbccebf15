import type { Actor } from '../../../../base/actor.ts'
import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { StorePlatform } from '../../records.ts'

/** Install links. Their states are kept as hashes alone: who reads the database can't use one. */
const INSERT_INSTALL = statement(
  'stores_insert_install',
  `with expired as (delete from store_install where expires_at < now() - interval '1 day')
   insert into store_install (state_hash, platform, owner_id, tenant_id, actor, name, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second') returning expires_at as "expiresAt"`,
)

export interface NewInstall {
  readonly stateHash: Buffer
  readonly platform: StorePlatform
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Actor
  readonly name: string | null
  readonly lifeSeconds: number
}

export async function insertInstall(executor: Executor, install: NewInstall): Promise<Date> {
  const { stateHash, platform, ownerId, tenantId, actor, name, lifeSeconds } = install
  const values = [stateHash, platform, ownerId, tenantId, JSON.stringify(actor), name, lifeSeconds]
  const [row] = await executor.run<{ readonly expiresAt: Date }>(INSERT_INSTALL, values)
  return (row as { readonly expiresAt: Date }).expiresAt
}

const COLUMNS = `i.owner_id as "ownerId", i.tenant_id as "tenantId", i.actor, i.name, i.operation_id as "operationId"`

/** One of several at once gets it. Whoever had it for a minute and kept nothing of it has died: its exchange takes less. */
const CLAIM_INSTALL = statement(
  'stores_claim_install',
  `update store_install i set used_at = now() where state_hash = $1 and platform = $2 and expires_at > now() and operation_id is null
     and (used_at is null or used_at < now() - interval '60 seconds')
     and not exists (select 1 from store s join store_credential c on c.store_id = s.id where s.owner_id = i.owner_id and c.idempotency_key = $3)
   returning ${COLUMNS}`,
)

export interface InstallRecord {
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Actor
  readonly name: string | null
  readonly operationId: string | null
}

/** `undefined`: unknown, expired, or used. */
export async function claimInstall(executor: Executor, state: InstallKey): Promise<InstallRecord | undefined> {
  const [claimed] = await executor.run<InstallRecord>(CLAIM_INSTALL, [state.stateHash, state.platform, state.credentialKey])
  return claimed
}

export interface InstallKey {
  readonly stateHash: Buffer
  readonly platform: StorePlatform
  /** Idempotency key of the credential that it leads to. */
  readonly credentialKey: string
}

/** What became of one that was used (or released, after its credential was kept). Also after it has expired, because pages are loaded again late. */
const FIND_USED_INSTALL = statement(
  'stores_find_used_install',
  `select ${COLUMNS}, c.id as "credentialId", s.id as "storeId", s.name as "storeName", coalesce(s.credential_id = c.id, false) as "isAccepted",
     coalesce(s.credential_id is not null and s.last_synced_at is not null, false) as "wasConnected"
   from store_install i left join (store s join store_credential c on c.store_id = s.id and c.idempotency_key = $3) on s.owner_id = i.owner_id
   where i.state_hash = $1 and i.platform = $2 and (i.used_at is not null or c.id is not null)`,
)

export interface UsedInstall extends InstallRecord {
  /** All of these are null: its exchange goes on, or was broken off. */
  readonly credentialId: string | null
  readonly storeId: string | null
  readonly storeName: string | null
  /** The store uses this credential already. */
  readonly isAccepted: boolean
  readonly wasConnected: boolean
}

export async function findUsedInstall(executor: Executor, state: InstallKey): Promise<UsedInstall | undefined> {
  const [found] = await executor.run<UsedInstall>(FIND_USED_INSTALL, [state.stateHash, state.platform, state.credentialKey])
  return found
}

const RELEASE_INSTALL = statement('stores_release_install', 'update store_install set used_at = null where state_hash = $1 and operation_id is null')
const FORGET_INSTALL = statement(
  'stores_forget_install',
  'delete from store_install where state_hash = $1 and expires_at > now() and operation_id is null returning 1 as one',
)
const FINISH_INSTALL = statement('stores_finish_install', 'update store_install set operation_id = $2 where state_hash = $1')

/** It can be used again. */
export async function releaseInstall(executor: Executor, stateHash: Buffer): Promise<void> {
  await executor.run(RELEASE_INSTALL, [stateHash])
}

/** It can't be used any more. False: it could not before. */
export async function forgetInstall(executor: Executor, stateHash: Buffer): Promise<boolean> {
  return (await executor.run(FORGET_INSTALL, [stateHash])).length > 0
}

export async function finishInstall(executor: Executor, stateHash: Buffer, operationId: string): Promise<void> {
  await executor.run(FINISH_INSTALL, [stateHash, operationId])
}
