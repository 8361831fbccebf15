import { z } from 'zod'
import { defineOperation } from '../../../engine/definition.ts'
import { STORE_PREFIX } from '../records.ts'
import { oneAtATime } from './exclusive.ts'

export const RAG_SYNC = 'RAG_SYNC'

const input = z.object({
  storeId: z.uuid().meta({ idPrefix: STORE_PREFIX }).describe('The store.'),
  initial: z.boolean().default(false).describe('Whether it is the first index of the store.'),
})

const result = z.object({
  products: z.int().min(0).describe('Documents of products.'),
  orders: z.int().min(0).describe('Documents of orders.'),
  customers: z.int().min(0).describe('Documents of customers.'),
})

/** Builds the intelligent search of a store anew, beside the one in use. Starts by itself a while after what search shows has changed. */
export const ragSync = defineOperation({
  type: RAG_SYNC,
  title: 'Search rebuild',
  description: 'Builds the intelligent search of a store anew; the old index answers until the new one is ready.',
  priority: 'high',
  estimate: '120s',
  timeout: '2h',
  input,
  result,
  steps: {
    processProducts: 'Process products',
    indexOrders: 'Index orders',
    updateCustomers: 'Update customers',
    optimiseSearches: 'Optimise searches',
  },
  unit: 'documents',
  impact: { level: 'degraded', warns: ['chat'], scope: 'owner' },
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: oneAtATime,
  whenBusy: 'queue',
  retry: { attempts: 5 },
  retention: '30d',
  run: async (run) => {
    const { search } = run.services.stores
    const { storeId } = run.input
    const products = await run.step('processProducts', (step) => search.build(run, step, { storeId, parts: ['products'] }))
    const orders = await run.step('indexOrders', (step) => search.build(run, step, { storeId, parts: ['orders'] }))
    const customers = await run.step('updateCustomers', (step) => search.build(run, step, { storeId, parts: ['customers'] }))
    await run.step('optimiseSearches', () => search.swap(run, storeId))
    return { products: products.documents, orders: orders.documents, customers: customers.documents }
  },
  cleanup: (run) => run.services.stores.search.discard(run, run.input.storeId),
})
