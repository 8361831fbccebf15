import type { Database } from '../../../database/database.ts'
import { CATALOGUE_KINDS } from '../records.ts'
import { stageBatch, writeBatch } from './apply-rows.ts'
import { applyTask } from './apply-task.ts'
import type { Catalogue, CatalogueChanges } from './catalogue.ts'
import { cleanOldRows } from './clean-old-rows.ts'
import { readTask } from './read-task.ts'
import { reconcileTask } from './reconcile-task.ts'
import { clearStaging } from './store/clean-up.ts'
import { countStaged } from './store/staged-changes.ts'
import { findUntils, openWalks, sumWalks } from './store/walks.ts'
import { commitTo, type Position, resumedAt, runTasks, type ShopRun, START, type SyncRun, type Totals } from './sync-run.ts'

export interface CatalogueParams {
  readonly database: Database
}

/**
 * How much there is, where a kind will be read whole: so that the progress has a total from the beginning. Of changes their first page tells.
 */
async function askTotals({ database, storeId, shop, step }: ShopRun): Promise<Totals> {
  const untils = await findUntils(database, storeId)
  const totals: Record<string, number | null> = {}
  for (const kind of CATALOGUE_KINDS) totals[kind] = untils[kind] === null ? (await shop.ids(kind, { signal: step.signal })).total : null
  return totals as Totals
}

/** Where to go on; at the beginning, what earlier syncs of the store left is cleared away. */
async function begin(sync: ShopRun): Promise<Position> {
  const resumed = await resumedAt(sync)
  if (resumed) return resumed
  return commitTo(sync, { ...START, totals: await askTotals(sync) }, async (transaction) => {
    await clearStaging(transaction, sync.storeId)
    await openWalks(transaction, { operationId: sync.run.id, storeId: sync.storeId })
  })
}

/** Like `begin`, of a step that goes on with what an earlier step staged. */
async function goOn(sync: SyncRun): Promise<Position> {
  const resumed = await resumedAt(sync)
  if (resumed) return resumed
  return commitTo(sync, { ...START, staged: await countStaged(sync.database, sync.run.id) }, (transaction) =>
    openWalks(transaction, { operationId: sync.run.id, storeId: sync.storeId }),
  )
}

async function changesOf({ database, run }: SyncRun): Promise<CatalogueChanges> {
  const { added, changed, removed, important } = await sumWalks(database, run.id)
  return { added, changed, removed, important }
}

async function applyStaged(sync: SyncRun): Promise<CatalogueChanges> {
  const { received } = await sumWalks(sync.database, sync.run.id)
  const start = await goOn(sync)
  const report = ({ staged, applied }: Position) =>
    sync.run.report({ total: received + staged, succeeded: received + applied, message: `Writing what changed: ${applied} of ${staged} rows` })
  report(start)
  await runTasks(
    CATALOGUE_KINDS.map((kind) => applyTask(sync, kind, report)),
    start,
  )
  return changesOf(sync)
}

/** See `Catalogue`. One operation at a time may work on a store. */
export function createCatalogue({ database }: CatalogueParams): Catalogue {
  return {
    async syncAll(run, step, from) {
      const sync: ShopRun = { run, step, database, ...from }
      const tasks = CATALOGUE_KINDS.flatMap((kind) => [readTask(sync, kind, writeBatch), reconcileTask(sync, kind), applyTask(sync, kind)])
      await runTasks(tasks, await begin(sync))
      return changesOf(sync)
    },

    async fetchUpdates(run, step, from) {
      const sync: ShopRun = { run, step, database, ...from }
      const { received } = await runTasks(
        CATALOGUE_KINDS.map((kind) => readTask(sync, kind, stageBatch)),
        await begin(sync),
      )
      return { received, different: await countStaged(database, run.id) }
    },

    async processChanges(run, step, from) {
      const sync: ShopRun = { run, step, database, ...from }
      const { reread, staged } = await runTasks(
        CATALOGUE_KINDS.map((kind) => reconcileTask(sync, kind)),
        await goOn(sync),
      )
      return { received: reread, different: (await countStaged(database, run.id)) - staged }
    },

    updateDatabase: (run, step, storeId) => applyStaged({ run, step, database, storeId }),

    cleanOldData: (run, step, storeId) => cleanOldRows({ run, step, database, storeId }),
  }
}
