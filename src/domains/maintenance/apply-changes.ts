import type { StepRun } from '../../engine/run.ts'
import type { MaintenanceRun } from './operations.ts'
import { type MaintenancePlan, progressOf, type Slice, slicesOf } from './plan.ts'
import type { MaintenanceServices } from './services.ts'
import { dropLeftovers, reindexIndex, vacuumTable } from './store/change-relations.ts'

/** Where it got to: slices that are finished, and rows that were removed so far. */
type Position = { readonly done: number; readonly removed: number }

const WORDS: Readonly<Record<Slice['kind'], string>> = { vacuum: 'Vacuums and analyses', reindex: 'Builds anew', prune: 'Removes old' }

/** Works through the slices; each is safe to repeat, and the position after it is durable. */
export async function applyChanges(run: MaintenanceRun, step: StepRun, plan: MaintenancePlan): Promise<{ readonly removed: number }> {
  const { maintenance } = run.services
  const slices = slicesOf(plan)
  // What a run that was killed left behind.
  await dropLeftovers(maintenance.database, step.signal)
  let at = (step.position ?? { done: 0, removed: 0 }) as Position
  for (let slice = slices[at.done]; slice; slice = slices[at.done]) {
    run.report(progressOf(plan, { slices: at.done, message: `${WORDS[slice.kind]} ${slice.name} (${at.done + 1} of ${slices.length})` }))
    const { removed, more } = await workOn(maintenance, slice, step.signal)
    at = { done: at.done + (more ? 0 : 1), removed: at.removed + removed }
    await step.checkpoint(at)
  }
  await dropLeftovers(maintenance.database, step.signal)
  run.report(progressOf(plan, { slices: at.done, message: 'All changes are applied' }))
  return { removed: at.removed }
}

const ALL_DONE = { removed: 0, more: false }

async function workOn({ database, pruners }: MaintenanceServices, { kind, name }: Slice, signal: AbortSignal) {
  if (kind === 'vacuum') await vacuumTable(database, name, signal)
  if (kind === 'reindex') await reindexIndex(database, name, signal)
  // A pruner of a release that is gone by now has nothing to do.
  return kind === 'prune' ? ((await pruners.find((pruner) => pruner.name === name)?.prune()) ?? ALL_DONE) : ALL_DONE
}
