import type { Executor } from '../../../../database/database.ts'
import { statement } from '../../../../database/statement.ts'

const LIST_CREDENTIALS = statement(
  'stores_list_credentials',
  'select id, sealed_token as "sealedToken" from store_credential where id > $1 order by id limit $2',
)

/** Only what is still as it was read: another instance may have sealed it since. */
const RESEAL_CREDENTIALS = statement(
  'stores_reseal_credentials',
  `update store_credential c set sealed_token = r.sealed from unnest($1::uuid[], $2::text[], $3::text[]) as r(id, was, sealed)
   where c.id = r.id and c.sealed_token = r.was returning c.id`,
)

export interface SealedCredential {
  readonly id: string
  readonly sealedToken: string
}

/** By id, after one. */
export const listCredentials = (executor: Executor, after: string, most: number): Promise<readonly SealedCredential[]> =>
  executor.run<SealedCredential>(LIST_CREDENTIALS, [after, most])

export interface Resealed {
  readonly id: string
  readonly was: string
  readonly sealed: string
}

/** Answers how many were written. */
export async function resealCredentials(executor: Executor, resealed: readonly Resealed[]): Promise<number> {
  const column = (name: keyof Resealed) => resealed.map((each) => each[name])
  return (await executor.run(RESEAL_CREDENTIALS, [column('id'), column('was'), column('sealed')])).length
}
