import { expect } from 'vitest'
import type { ApiClient } from '../../src/testing/api-client.ts'
import type { ShopServer } from '../domains/stores/shop-server.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

/** What the stories about a connected shop do over the public API. */
export interface StepView {
  readonly name: string
  readonly state: string
}

export interface ShownOperation {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly done: boolean
  readonly steps: readonly StepView[]
  readonly failure: { readonly code: string } | null
}

export interface ShownStore {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly productCount: number
  readonly orderCount: number
  readonly customerCount: number
  readonly lastSyncedAt: string | null
  readonly activeOperation: ShownOperation | null
}

export interface Moment {
  readonly systemStatus: { readonly level: string; readonly estimatedRestorationAt: string | null; readonly causes: readonly { readonly type: string }[] }
  readonly featureAccess: { readonly mode: string; readonly allowed: boolean; readonly reason: string | null; readonly until: string | null }
}

const OPERATION = 'id type state done steps { name state } failure { code }'
const STORES = `{ stores { edges { node { id name status productCount orderCount customerCount lastSyncedAt activeOperation { ${OPERATION} } } } } }`
const OPERATIONS = `query ($types: [OperationType!]) { operations(filter: { types: $types }, first: 50) { edges { node { ${OPERATION} } } } }`
const WATCH = `subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { ${OPERATION} } }`
const MOMENT = `{ systemStatus { level estimatedRestorationAt causes { type } } featureAccess(feature: CHAT) { mode allowed reason until } }`
const NOTIFICATIONS = '{ notifications(first: 50) { edges { node { kind title category body } } } }'
const CHAT = `mutation ($input: SendChatMessageInput!) { sendChatMessage(input: $input) { __typename
  ... on ChatMessagePayload { staleData reply { text products { id name } } } ... on FeatureBlockedError { feature until retryAfterSeconds message } ... on Error { code } } }`
const LINK = `mutation { createStoreInstallLink(input: { platform: TIENDANUBE, name: "Casa Ana" }) { __typename
  ... on CreateStoreInstallLinkPayload { url expiresAt } ... on Error { message } } }`
const REFRESH = `mutation ($reason: String) { refreshStores(input: { reason: $reason }) { __typename
  ... on RefreshStoresPayload { operations { id type } alreadyRunning { id } } ... on Error { message } } }`
const REBUILD = `mutation ($storeId: ID!) { startRagSync(input: { storeId: $storeId }) { __typename ... on OperationPayload { operation { id } } ... on Error { message } } }`
const SEARCH = 'query ($storeId: ID!, $query: String!) { searchStore(storeId: $storeId, query: $query, first: 5) { score highlight product { id name } } }'

type Edges<Node> = { readonly edges: readonly { readonly node: Node }[] }
const nodesOf = <Node>({ edges }: Edges<Node>): Node[] => edges.map(({ node }) => node)

export const storesOf = async (api: ApiClient): Promise<ShownStore[]> => nodesOf((await api.ask<{ stores: Edges<ShownStore> }, object>(STORES)).stores)

export async function onlyStore(api: ApiClient): Promise<ShownStore> {
  const stores = await storesOf(api)
  expect(stores).toHaveLength(1)
  return stores[0] as ShownStore
}

/** Newest first. */
export const operationsOf = async (api: ApiClient, type: string): Promise<ShownOperation[]> =>
  nodesOf((await api.ask<{ operations: Edges<ShownOperation> }, object>(OPERATIONS, { types: [type] })).operations)

/** Watches until it fits. */
export async function until(api: ApiClient, id: string, fits: (operation: ShownOperation) => boolean): Promise<ShownOperation> {
  const stream = api.watch<{ operation: ShownOperation }, object>(WATCH, { id })
  const { operation } = await stream.until((frame) => fits(frame.operation))
  await stream.end()
  return operation
}

export const ended = (api: ApiClient, id: string): Promise<ShownOperation> => until(api, id, ({ done }) => done)

/** Waits for the operation of a type that begins by itself. */
export async function follows(api: ApiClient, type: string, known: readonly string[] = []): Promise<ShownOperation> {
  const next = async () => (await operationsOf(api, type)).find(({ id }) => !known.includes(id))
  await expect.poll(next).toBeDefined()
  return (await next()) as ShownOperation
}

export const momentOf = (api: ApiClient): Promise<Moment> => api.ask<Moment, object>(MOMENT)

export interface ShownNotification {
  readonly kind: string
  readonly title: string
  readonly category: string
  readonly body: string | null
}

export const notificationsOf = async (api: ApiClient): Promise<ShownNotification[]> =>
  nodesOf((await api.ask<{ notifications: Edges<ShownNotification> }, object>(NOTIFICATIONS)).notifications)

export interface ChatAnswer {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly until?: string | null
  readonly retryAfterSeconds?: number | null
  readonly staleData?: boolean
  readonly reply?: { readonly text: string; readonly products: readonly { readonly id: string; readonly name: string }[] }
}

export const say = async (api: ApiClient, storeId: string, text: string): Promise<ChatAnswer> =>
  (await api.ask<{ sendChatMessage: ChatAnswer }, object>(CHAT, { input: { storeId, text } })).sendChatMessage

export async function search(api: ApiClient, storeId: string, query: string): Promise<readonly string[]> {
  const { searchStore } = await api.ask<{ searchStore: readonly { product: { name: string } }[] }, object>(SEARCH, { storeId, query })
  return searchStore.map(({ product }) => product.name)
}

export async function refresh(api: ApiClient, reason: string): Promise<string> {
  const { refreshStores } = await api.ask<{ refreshStores: { __typename: string; operations: readonly { id: string }[] } }, object>(REFRESH, { reason })
  expect(refreshStores).toMatchObject({ __typename: 'RefreshStoresPayload', operations: [{ type: 'DATA_UPDATE' }], alreadyRunning: [] })
  return refreshStores.operations[0]?.id as string
}

export async function rebuild(api: ApiClient, storeId: string): Promise<string> {
  const { startRagSync: started } = await api.ask<{ startRagSync: { __typename: string; operation: { id: string } } }, object>(REBUILD, { storeId })
  expect(started.__typename).toBe('OperationPayload')
  return started.operation.id
}

/** Follows the install link as a browser does: the consent page leads back to the callback, whose page is answered. */
export async function install(api: ApiClient, shop: ShopServer, appUrl: string): Promise<Response> {
  shop.consent({ redirectTo: `${appUrl}/oauth/tiendanube/callback` })
  const { createStoreInstallLink: link } = await api.ask<{ createStoreInstallLink: { __typename: string; url: string } }, object>(LINK)
  expect(link.__typename).toBe('CreateStoreInstallLinkPayload')
  return fetch(link.url)
}

/** For an app that reaches the shop at its local address. */
export const shopEnvironment = (shop: ShopServer): Record<string, string> => ({
  AUTH_JWT_SECRET: PLANTED.jwtSecret,
  ALLOWED_PRIVATE_HOSTS: shop.host,
  TIENDANUBE_APP_ID: shop.app.id,
  TIENDANUBE_APP_SECRET: shop.app.secret,
  TIENDANUBE_AUTH_URL: shop.authUrl,
  TIENDANUBE_API_URL: shop.apiUrl,
  SEARCH_REBUILD_DELAY_SECONDS: '1',
})
