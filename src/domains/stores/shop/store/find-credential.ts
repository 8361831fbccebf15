import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { StorePlatform } from '../../records.ts'

const FIND_CREDENTIAL = statement(
  'stores_find_credential',
  `select s.name, s.platform, s.base_url as "baseUrl", s.language, s.currency, c.id as "credentialId", c.sealed_token as "sealedToken"
   from store s left join store_credential c on c.store_id = s.id and c.id = coalesce($2::uuid, s.credential_id) where s.id = $1`,
)

export interface StoreAccess {
  readonly name: string
  readonly platform: StorePlatform
  readonly baseUrl: string
  readonly language: string | null
  readonly currency: string | null
  /** Both null: there is no such credential. */
  readonly credentialId: string | null
  readonly sealedToken: string | null
}

/** A store with one of its credentials, by default its own; `undefined`: there is no such store. */
export async function findCredential(executor: Executor, storeId: string, credentialId: string | undefined): Promise<StoreAccess | undefined> {
  const [found] = await executor.run<StoreAccess>(FIND_CREDENTIAL, [storeId, credentialId ?? null])
  return found
}
