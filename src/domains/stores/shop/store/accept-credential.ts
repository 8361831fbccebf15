import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'
import type { ShopInfo } from '../shop-api.ts'

const ACCEPT_CREDENTIAL = statement(
  'stores_accept_credential',
  `with good as (select id from store_credential where id = $2 and store_id = $1),
   forgotten as (delete from store_credential where store_id = $1 and id <> $2 and exists (select 1 from good))
   update store set credential_id = $2, language = $3, currency = $4, public_url = $5, name = case when name = $7 then $6 else name end, updated_at = now()
   where id = $1 and exists (select 1 from good) returning id`,
)

export interface AcceptedCredential {
  readonly storeId: string
  readonly credentialId: string
  readonly info: ShopInfo
  /** A store that is called so has no name yet, and gets that of the shop. */
  readonly fallbackName: string
  /** Of the shop, fit for a store. */
  readonly shopName: string
}

/** False: the store or the credential is gone. */
export async function acceptCredential(executor: Executor, accepted: AcceptedCredential): Promise<boolean> {
  const { storeId, credentialId, info, fallbackName, shopName } = accepted
  const values = [storeId, credentialId, info.language, info.currency, info.publicUrl, shopName, fallbackName]
  return (await executor.run(ACCEPT_CREDENTIAL, values)).length > 0
}
