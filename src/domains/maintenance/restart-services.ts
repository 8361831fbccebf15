import { BatutaError } from '../../base/errors.ts'
import type { StepRun } from '../../engine/run.ts'
import type { MaintenanceRun } from './operations.ts'
import { type MaintenancePlan, progressOf, slicesOf } from './plan.ts'

/** The generation that this maintenance asked for. */
type Position = { readonly generation: number }

const LOOK_EVERY_MS = 200

/**
 * Asks every instance to restart its workers and ends when all live ones have. Instances take turns. The drain of the instance that runs this gives
 * it back like any other run; whoever claims it next goes on here.
 */
export async function restartServices(
  run: MaintenanceRun,
  step: StepRun,
  plan: MaintenancePlan,
): Promise<{ readonly instances: number; readonly generation: number }> {
  const { restarts, clock, patienceMs } = run.services.maintenance
  // Decided before it is asked for: a run that is repeated asks for the same generation.
  const position = (step.position ?? { generation: (await restarts.wanted()) + 1 }) as Position
  const { generation } = position
  await step.checkpoint(position)
  await restarts.request(generation)
  let movedAt = clock.monotonic()
  let restartedBefore = 0
  for (;;) {
    // A release that knows no restarts is not waited for.
    const workers = (await restarts.workers()).filter((worker) => worker.generation !== null)
    const waiting = workers.filter((worker) => (worker.generation as number) < generation)
    const instances = workers.length - waiting.length
    const message = `Workers of ${instances} of ${workers.length} instances were restarted`
    run.report(progressOf(plan, { slices: slicesOf(plan).length, instances, workers: workers.length, message }))
    if (waiting.length === 0 && workers.length > 0) return { instances, generation }
    if (instances > restartedBefore) movedAt = clock.monotonic()
    restartedBefore = Math.max(restartedBefore, instances)
    if (clock.monotonic() - movedAt > patienceMs) {
      const names = waiting.map(({ name }) => name).join(', ') || 'no instance gives a sign of life'
      throw new BatutaError(
        'RESTART_STALLED',
        `expected all instances to restart their workers, but nothing moved for ${Math.round(patienceMs / 1_000)} s; still to come: ${names}`,
      )
    }
    await clock.sleep(LOOK_EVERY_MS, step.signal)
    // The boundary at which a drain, a pause or a cancel takes effect.
    await step.checkpoint(position)
  }
}
