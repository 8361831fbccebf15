import { z } from 'zod'
import { defineOperation } from '../../../engine/definition.ts'
import { STORE_PREFIX } from '../records.ts'
import { oneAtATime } from './exclusive.ts'
import { rebuildIfStale, reconnectIfUnauthorized } from './follow-ups.ts'

export const DATA_UPDATE = 'DATA_UPDATE'

const input = z.object({
  storeId: z.uuid().meta({ idPrefix: STORE_PREFIX }).describe('The store.'),
  reason: z.string().min(1).max(200).default('manual_refresh').describe('Why, for the history: `manual_refresh`, say; 1 to 200 characters.'),
})

const result = z.object({
  received: z.int().min(0).describe('Rows that the shop sent.'),
  added: z.int().min(0).describe('Rows that are new.'),
  changed: z.int().min(0).describe('Rows that differed from what was known.'),
  removed: z.int().min(0).describe('Rows that are gone from the shop.'),
  important: z.int().min(0).describe('Rows that search shows otherwise now; the index is built anew by itself if there are any.'),
})

/** Brings a store's catalogue up to date; writes only what differs. */
export const dataUpdate = defineOperation({
  type: DATA_UPDATE,
  title: 'Data update',
  description: 'Asks a shop for what changed in its products, orders and customers, and writes it.',
  priority: 'medium',
  estimate: '45s',
  timeout: '2h',
  input,
  result,
  steps: {
    fetchUpdates: 'Fetch updated data',
    processChanges: 'Process changes',
    updateDatabase: 'Update the database',
    syncAgents: 'Sync with agents',
  },
  unit: 'rows',
  impact: { level: 'degraded', warns: ['chat'], scope: 'owner' },
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: oneAtATime,
  whenBusy: 'queue',
  retry: { attempts: 5 },
  retention: '30d',
  run: (run) =>
    reconnectIfUnauthorized(run, async () => {
      const { shops, catalogue, agents } = run.services.stores
      const { storeId } = run.input
      const { received } = await run.step('fetchUpdates', async (step) => catalogue.fetchUpdates(run, step, { storeId, shop: await shops.open(storeId) }))
      const found = await run.step('processChanges', async (step) => catalogue.processChanges(run, step, { storeId, shop: await shops.open(storeId) }))
      const changes = await run.step('updateDatabase', (step) => catalogue.updateDatabase(run, step, storeId))
      await run.step('syncAgents', async (step) => {
        await agents.configure(run, step, storeId)
        await rebuildIfStale(run, storeId)
      })
      return { ...changes, received: received + found.received }
    }),
})
