import { z } from 'zod'
import { defineOperation } from '../../../engine/definition.ts'
import { STORE_PLATFORMS, STORE_PREFIX } from '../records.ts'
import { leaveStatus, markStatus } from '../store/mark-status.ts'
import { oneAtATime } from './exclusive.ts'
import { reconnectIfUnauthorized, refreshAfterConnection } from './follow-ups.ts'
import { stepWithStatus } from './step-with-status.ts'

export const STORE_CONNECTION = 'STORE_CONNECTION'

const input = z.object({
  storeId: z.uuid().meta({ idPrefix: STORE_PREFIX }).describe('The store.'),
  credentialId: z.uuid().describe('The access token to validate.'),
  name: z.string().min(1).max(100).describe('What the store is called, 1 to 100 characters.'),
  platform: z.enum(STORE_PLATFORMS).meta({ typeName: 'StorePlatform', description: 'What a shop runs on.' }).describe('What the shop runs on.'),
})

const result = z.object({
  products: z.int().min(0).describe('Products that the store has.'),
  orders: z.int().min(0).describe('Orders that it has.'),
  customers: z.int().min(0).describe('Customers that it has.'),
  documents: z.int().min(0).describe('Documents of its search index.'),
})

/** The first connection of a store: from a token to a chat that answers. */
export const storeConnection = defineOperation({
  type: STORE_CONNECTION,
  title: 'Store connection',
  description: 'Validates the access to a shop, reads its products, orders and customers, builds its search and sets up its assistant.',
  priority: 'critical',
  estimate: '90s',
  timeout: '2h',
  input,
  result,
  steps: {
    validateConnection: 'Validate the connection',
    syncCatalogue: 'Sync the catalogue',
    buildIndexes: 'Build search indexes',
    configureAgents: 'Configure agents',
    finalise: 'Finalise',
  },
  unit: 'rows',
  impact: { level: 'maintenance', blocks: ['chat'], scope: 'owner' },
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: oneAtATime,
  retry: { attempts: 5 },
  retention: '90d',
  titleOf: ({ name }) => `Connection of ${name}`,
  run: async (run) => {
    const { shops, catalogue, search, agents } = run.services.stores
    const { storeId, credentialId } = run.input
    const step = stepWithStatus(run, 'connecting')
    await step('validateConnection', async ({ signal, commit }) => {
      const shop = await shops.open(storeId, credentialId)
      const info = await shop.info(signal)
      await commit({}, (transaction) => shops.accept(transaction, { storeId, credentialId, info }))
    })
    // From here on the token was good once: when it is refused later, a reconnection finds out.
    return reconnectIfUnauthorized(run, async () => {
      await step('syncCatalogue', async (sync) => catalogue.syncAll(run, sync, { storeId, shop: await shops.open(storeId), countsTwice: true }))
      const { documents } = await step('buildIndexes', async (build) => {
        const built = await search.build(run, build, { storeId, parts: ['products', 'orders', 'customers'] })
        await search.swap(run, storeId)
        return built
      })
      await step('configureAgents', (configure) => agents.configure(run, configure, storeId))
      return run.step('finalise', async ({ commit }) => {
        const store = await commit({}, (transaction) => markStatus(transaction, storeId, 'connected'))
        await refreshAfterConnection(run, store)
        return { products: store.productCount, orders: store.orderCount, customers: store.customerCount, documents }
      })
    })
  },
  cleanup: async (run) => {
    const { storeId } = run.input
    await run.services.stores.search.discard(run, storeId)
    await run.transaction((transaction) => leaveStatus(transaction, storeId, 'connecting'))
  },
})
