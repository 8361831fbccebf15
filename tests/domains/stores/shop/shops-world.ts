import { randomBytes } from 'node:crypto'
import type { Actor } from '../../../../src/base/actor.ts'
import { systemClock } from '../../../../src/base/clock.ts'
import { newUuid } from '../../../../src/base/ids.ts'
import { type SealingKey, TextSealer } from '../../../../src/base/sealed-text.ts'
import type { Database } from '../../../../src/database/database.ts'
import { statement } from '../../../../src/database/statement.ts'
import { createShops, type ShopParts, type ShopsParams } from '../../../../src/domains/stores/shop/create-shops.ts'
import type { ShopSettings } from '../../../../src/domains/stores/shop/shop-settings.ts'
import type { StartOutcome, StartRequest } from '../../../../src/engine/engine.ts'
import type { ShopServer } from '../shop-server.ts'

export const ANA: Actor = { kind: 'user', id: 'ana' }

export const keyOf = (id: string): SealingKey => ({ id, key: randomBytes(32) })

export const settingsOf = (server: ShopServer): ShopSettings => ({
  app: server.app,
  authUrl: server.authUrl,
  apiUrl: server.apiUrl,
  userAgent: 'Batuta (tests@example.com)',
  allowedPrivateHosts: [],
})

export interface ShopsWorldParams extends Partial<ShopsParams> {
  readonly database: Database
  readonly server: ShopServer
  readonly keys: readonly SealingKey[]
}

/** Shops with the keys of one process, and an engine that remembers what it was asked to start. */
export function shopsWith({ database, server, keys, ...more }: ShopsWorldParams): ShopParts & { readonly started: readonly StartRequest[] } {
  const started: StartRequest[] = []
  const shops = createShops({
    database,
    clock: systemClock,
    sealer: () => Promise.resolve(new TextSealer(keys)),
    settings: settingsOf(server),
    random: () => 0,
    start: (request) => {
      started.push(request)
      return Promise.resolve(startedOutcome(newUuid()))
    },
    ...more,
  })
  return { ...shops, started }
}

/** Of an operation nothing but its id is looked at. */
export const startedOutcome = (id: string, replayed = false): StartOutcome => ({ kind: 'started', operation: { id }, replayed }) as unknown as StartOutcome

const CREDENTIALS = statement(
  'test_credentials',
  'select id, store_id as "storeId", sealed_token as "sealedToken", idempotency_key as "idempotencyKey" from store_credential order by created_at, id',
)
export interface CredentialRow {
  readonly id: string
  readonly storeId: string
  readonly sealedToken: string
  readonly idempotencyKey: string | null
}
export const credentialsOf = (database: Database): Promise<CredentialRow[]> => database.run<CredentialRow>(CREDENTIALS, [])

const EMPTY = ['store_install', 'store'].map((table) => statement(`test_empty_${table}`, `delete from ${table}`))
export async function emptyStores(database: Database): Promise<void> {
  for (const each of EMPTY) await database.run(each, [])
}

const EXPIRE = statement('test_expire_installs', `update store_install set expires_at = now() - interval '1 second'`)
const ABANDON = statement('test_abandon_installs', `update store_install set used_at = now() - interval '2 minutes' where operation_id is null`)
const FORGET_OPERATIONS = statement('test_forget_operations', 'update store_install set operation_id = null')
const SYNCED = statement('test_synced', 'update store set last_synced_at = now()')
const INSTALLS = statement('test_installs', 'select * from store_install')

export const expireInstalls = (database: Database) => database.run(EXPIRE, [])
/** As if whoever used them had died a while ago. */
export const abandonInstalls = (database: Database) => database.run(ABANDON, [])
/** As if whoever used them had died after the start. */
export const forgetOperations = (database: Database) => database.run(FORGET_OPERATIONS, [])
export const markSynced = (database: Database) => database.run(SYNCED, [])
export const installsOf = (database: Database) => database.run<Readonly<Record<string, unknown>>>(INSTALLS, [])
