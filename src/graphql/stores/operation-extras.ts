import type { ObjectRef } from '@pothos/core'
import { InvalidInputError } from '../../base/errors.ts'
import { type TitledType, titleFor } from '../../domains/stores/operations/titles.ts'
import type { StoreRecord } from '../../domains/stores/records.ts'
import type { OperationRecord } from '../../engine/records.ts'
import type { Builder } from '../builder.ts'
import type { InputFieldBuilderOf } from '../derive/derived-types.ts'
import type { OperationExtras, PrepareParams } from '../derive/extras.ts'
import { InputCheck } from '../limits.ts'
import { notFound, Refused } from '../refusals.ts'
import { AlreadyActive } from '../start.ts'
import { activeUpdate } from './active-update.ts'
import { belowInput, givenConnection, shopToken } from './check-connection.ts'
import { storeByUuid } from './store-access.ts'

type StoreRef = ObjectRef<Builder['$inferSchemaTypes'], StoreRecord>

/** What the schemas of this domain's operations can't say: the token of a shop, and whose store it may be. */
export const storeExtras = (store: StoreRef): readonly OperationExtras[] => [
  { ...CONNECTION, addFields: storeField(store) },
  { ...RECONNECTION, ...titled('STORE_RECONNECTION'), addFields: storeField(store) },
  { ...titled('DATA_UPDATE'), prepare: prepareUpdate, addFields: storeField(store) },
  { ...titled('RAG_SYNC'), prepare: prepareForConnected, addFields: storeField(store) },
  { ...titled('WHATSAPP_SETUP'), prepare: prepareForConnected, addFields: storeField(store) },
]

const titled = (type: TitledType): Pick<OperationExtras, 'type' | 'titleOf'> => ({
  type,
  titleOf: async ({ context, input }) => {
    const store = await storeByUuid(context, String(input['storeId']))
    return store ? titleFor(type, store) : undefined
  },
})

/** Every one of them is about a store. */
const storeField =
  (store: StoreRef): NonNullable<OperationExtras['addFields']> =>
  (builder, object) =>
    builder.objectField(object, 'store', (t) =>
      t.field({
        type: store,
        nullable: true,
        description: 'The store that it is about; null when it was deleted since, or this viewer may not see it.',
        resolve: ({ input }: OperationRecord, _args, context) => storeByUuid(context, String((input as { readonly storeId?: unknown }).storeId)),
      }),
    )

const tokenField = (t: InputFieldBuilderOf, description: string) =>
  t.string({ description: `${description} It is kept encrypted, and never shown again: by no answer, event or log.` })

/** The client gives a token; the operation keeps the name of the sealed one. */
const CONNECTION: OperationExtras = {
  type: 'STORE_CONNECTION',
  provided: ['storeId', 'credentialId'],
  hidden: ['credentialId'],
  inputFields: (t) => ({
    baseUrl: t.field({ type: 'URL', description: "Address of the shop's API, such as https://api.tiendanube.com/v1/1234; a sandbox shop has none." }),
    accessToken: tokenField(t, "The shop's access token; not needed for a sandbox shop. Without one, ask for an install link."),
  }),
  prepare: async ({ context, input, grant, idempotencyKey }) => {
    const given = givenConnection(input)
    const { ownerId, tenantId } = grant
    const { storeId, credentialId } = await belowInput(() => context.services.stores.shops.offer({ ...given, ownerId, tenantId, idempotencyKey }))
    context.loaders.store.clear(storeId)
    return { storeId, credentialId, name: given.name }
  },
}

const RECONNECTION: OperationExtras = {
  type: 'STORE_RECONNECTION',
  provided: ['credentialId'],
  hidden: ['credentialId'],
  inputFields: (t) => ({ accessToken: tokenField(t, 'A new access token; absent: the one that the store has is tried again.') }),
  prepare: async ({ context, input, grant, idempotencyKey }) => {
    const store = await storeOfStart({ context, input, grant, idempotencyKey })
    const check = new InputCheck()
    const accessToken = shopToken(check, 'input.accessToken', input['accessToken'])
    if (accessToken !== undefined && store.platform === 'sandbox') check.add('input.accessToken', 'expected none: a sandbox shop has no token to renew')
    check.done()
    const wasRead = accessToken !== undefined && store.lastSyncedAt !== null
    if (!wasRead) demandConnected(store)
    if (accessToken === undefined) return {}
    const { name, platform, baseUrl, ownerId, tenantId } = store
    const offered = await belowInput(() => context.services.stores.shops.offer({ name, platform, baseUrl, ownerId, tenantId, accessToken, idempotencyKey }))
    return { credentialId: offered.credentialId }
  },
}

/** The store of a start: one that the viewer may see, and that belongs to whom the operation is to belong to. Who may act for whom was decided before. */
async function storeOfStart({ context, input, grant }: PrepareParams): Promise<StoreRecord> {
  const store = await storeByUuid(context, String(input['storeId']))
  if (!store) throw new Refused(notFound('store'))
  if (store.ownerId !== grant.ownerId) {
    const message = `expected the owner of the store, ${store.ownerId}, got ${grant.ownerId}: whoever acts for somebody says so`
    throw new InvalidInputError([{ path: 'input.ownerId', message }])
  }
  return store
}

function demandConnected(store: StoreRecord): void {
  if (store.credentialId !== null) return
  throw new InvalidInputError([{ path: 'input.storeId', message: `expected a store that was connected, got ${store.name}: connect it first` }])
}

async function prepareForConnected(params: PrepareParams): Promise<Readonly<Record<string, unknown>>> {
  demandConnected(await storeOfStart(params))
  return {}
}

async function prepareUpdate(params: PrepareParams): Promise<Readonly<Record<string, unknown>>> {
  const store = await storeOfStart(params)
  demandConnected(store)
  const active = await activeUpdate(params.context, { ...params, store })
  if (active) throw new AlreadyActive(active)
  return {}
}
