import { toTypeId } from '../../base/ids.ts'
import { STORE_PREFIX, type StoreRecord } from '../../domains/stores/records.ts'
import { orNull, viewerOf } from '../authorize.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { type AlreadyRunningRefusal, answer, notFound, type Refusal, Refused } from '../refusals.ts'
import { addInstallLink } from './install-link.ts'
import { addRefreshStores } from './refresh-stores.ts'
import type { StoreTypes } from './store.ts'
import { storeToControl } from './store-access.ts'
import type { StoreEnums } from './store-enums.ts'

/** Changes of stores; what takes a while is an operation. */
export function addStoreMutations(builder: Builder, types: StoreTypes, enums: StoreEnums): void {
  addInstallLink(builder, enums)
  addRefreshStores(builder, types)
  addRename(builder, types)
  addDisconnect(builder, types)
}

interface RenamedStore {
  readonly __typename: 'RenameStorePayload'
  readonly store: StoreRecord
}

function addRename(builder: Builder, { store }: StoreTypes): void {
  const input = builder.inputType('RenameStoreInput', {
    description: 'What a store is to be called.',
    fields: (t) => ({
      storeId: t.id({ required: true, description: 'Id of the store.' }),
      name: t.string({ required: true, description: `Its new name, 1 to ${LIMITS.name} characters.` }),
    }),
  })
  const payload = builder.objectRef<RenamedStore>('RenameStorePayload').implement({
    description: 'The store with its new name.',
    fields: (t) => ({ store: t.field({ type: store, description: 'The store.', resolve: (renamed) => renamed.store }) }),
  })
  const result = builder.unionType('RenameStoreResult', {
    description: 'What renaming a store answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError'],
    resolveType: (value: RenamedStore | Refusal) => value.__typename,
  })
  builder.mutationField('renameStore', (t) =>
    t.field({
      type: result,
      description: 'Gives a store another name. For its owner and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one, and the name.' }) },
      resolve: (_root, args, context) => answer(() => rename(context, args.input)),
    }),
  )
}

async function rename(context: Context, { storeId, name }: { readonly storeId: string; readonly name: string }): Promise<RenamedStore> {
  const { id } = await storeToControl(context, storeId)
  checkInput((check) => check.text('input.name', name, { from: 1, to: LIMITS.name }))
  const store = await context.services.stores.rename({ id, name })
  context.loaders.store.clear(id)
  if (!store) throw new Refused(notFound('store'))
  return { __typename: 'RenameStorePayload', store }
}

interface DisconnectedStore {
  readonly __typename: 'DisconnectStorePayload'
  readonly storeId: string
  readonly store: StoreRecord | null
}

function addDisconnect(builder: Builder, { store }: StoreTypes): void {
  const input = builder.inputType('DisconnectStoreInput', {
    description: 'Which store to disconnect.',
    fields: (t) => ({
      storeId: t.id({ required: true, description: 'Id of the store.' }),
      deleteData: t.boolean({
        defaultValue: false,
        description: 'Whether the store goes too, with its products, orders, customers and index; else it stays and can be searched, as it was read last.',
      }),
    }),
  })
  const payload = builder.objectRef<DisconnectedStore>('DisconnectStorePayload').implement({
    description: 'The access to the shop is forgotten.',
    fields: (t) => ({
      storeId: t.id({ description: 'Id of the store, to remove it from lists.', resolve: (gone) => toTypeId(STORE_PREFIX, gone.storeId) }),
      store: t.field({ type: store, nullable: true, description: 'The store as it is now; null: it was deleted.', resolve: (gone) => gone.store }),
    }),
  })
  const result = builder.unionType('DisconnectStoreResult', {
    description: 'What disconnecting a store answers with.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError', 'AlreadyRunningError'],
    resolveType: (value: DisconnectedStore | Refusal) => value.__typename,
  })
  builder.mutationField('disconnectStore', (t) =>
    t.field({
      type: result,
      description:
        'Forgets the access to a shop, and what was planned for the store. While one of its operations runs or waits for its turn, that one must be canceled first. For its owner and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one, and whether its data goes too.' }) },
      resolve: (_root, args, context) => answer(() => disconnect(context, args.input)),
    }),
  )
}

interface DisconnectInput {
  readonly storeId: string
  readonly deleteData?: boolean | null | undefined
}

async function disconnect(context: Context, { storeId, deleteData }: DisconnectInput): Promise<DisconnectedStore | AlreadyRunningRefusal> {
  const { id } = await storeToControl(context, storeId)
  const { engine, stores } = context.services
  const outcome = await stores.disconnect({ id, deleteData: deleteData ?? false })
  context.loaders.store.clear(id)
  if (outcome.kind === 'notFound') throw new Refused(notFound('store'))
  if (outcome.kind === 'active') {
    const operation = orNull(context, await engine.byId(outcome.operationId))
    return { __typename: 'AlreadyRunningError', code: 'ALREADY_RUNNING', message: 'An operation of the store is not done: cancel it first.', operation }
  }
  const { actor } = viewerOf(context)
  for (const planned of outcome.planned) await engine.control({ id: planned, action: 'cancel', actor, reason: 'The store was disconnected.' })
  return { __typename: 'DisconnectStorePayload', storeId: id, store: (await context.loaders.store.load(id)) ?? null }
}
