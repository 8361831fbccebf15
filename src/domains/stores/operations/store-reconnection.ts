import { z } from 'zod'
import { PermanentError } from '../../../base/errors.ts'
import { defineOperation } from '../../../engine/definition.ts'
import { STORE_PREFIX } from '../records.ts'
import { ShopUnauthorizedError } from '../shop/shop-errors.ts'
import { leaveStatus, markStatus } from '../store/mark-status.ts'
import { connectionRestored, tokenRefused } from './connection-news.ts'
import { oneAtATime } from './exclusive.ts'
import { rebuildIfStale } from './follow-ups.ts'
import { stepWithStatus } from './step-with-status.ts'

export const STORE_RECONNECTION = 'STORE_RECONNECTION'

const input = z.object({
  storeId: z.uuid().meta({ idPrefix: STORE_PREFIX }).describe('The store.'),
  credentialId: z.uuid().optional().describe('A new access token; absent: the one that the store has.'),
})

const result = z.object({
  removed: z.int().min(0).describe('Old rows that were removed.'),
  added: z.int().min(0).describe('Rows that are new since the connection was lost.'),
  changed: z.int().min(0).describe('Rows that changed since.'),
})

/** Brings a store back whose shop refused its token. Starts by itself; ends with a notification if the token must be renewed. */
export const storeReconnection = defineOperation({
  type: STORE_RECONNECTION,
  title: 'Store reconnection',
  description: 'Finds out whether a shop accepts its access token, and brings the store up to date again.',
  priority: 'high',
  estimate: '60s',
  timeout: '2h',
  input,
  result,
  steps: {
    validateCredentials: 'Validate credentials',
    cleanOldData: 'Clean old data',
    restoreConnection: 'Restore the connection',
    syncData: 'Sync data',
  },
  unit: 'rows',
  impact: { level: 'maintenance', blocks: ['chat'], scope: 'owner' },
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: oneAtATime,
  whenBusy: 'queue',
  retry: { attempts: 5 },
  retention: '90d',
  run: async (run) => {
    const { shops, catalogue, agents } = run.services.stores
    const { storeId, credentialId } = run.input
    const step = stepWithStatus(run, 'reconnecting')
    const info = await step('validateCredentials', async ({ signal }) => {
      try {
        return { ...(await (await shops.open(storeId, credentialId)).info(signal)) }
      } catch (error) {
        if (!(error instanceof ShopUnauthorizedError)) throw error
        await run.transaction(async (transaction) => tokenRefused(run, transaction, await markStatus(transaction, storeId, 'unauthorized')))
        throw new PermanentError('TOKEN_REFUSED', 'The shop refuses the access token: renew it, by installing the app again or with a new token.', {
          cause: error,
        })
      }
    })
    const { removed } = await step('cleanOldData', (clean) => catalogue.cleanOldData(run, clean, storeId))
    await step('restoreConnection', async (restore) => {
      if (credentialId) await restore.commit({}, (transaction) => shops.accept(transaction, { storeId, credentialId, info }))
      await agents.configure(run, restore, storeId)
    })
    const changes = await step('syncData', async (sync) => {
      const synced = await catalogue.syncAll(run, sync, { storeId, shop: await shops.open(storeId) })
      await run.transaction(async (transaction) => connectionRestored(run, transaction, await markStatus(transaction, storeId, 'connected')))
      await rebuildIfStale(run, storeId)
      return synced
    })
    return { removed, added: changes.added, changed: changes.changed }
  },
  cleanup: (run) => run.transaction((transaction) => leaveStatus(transaction, run.input.storeId, 'reconnecting')),
})
