import { BatutaError } from '../../base/errors.ts'
import { newUuid } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import type { StepRun } from '../../engine/run.ts'
import type { MaintenanceRun } from './operations.ts'
import { type MaintenancePlan, progressOf, slicesOf } from './plan.ts'
import type { MaintenanceServices } from './services.ts'
import { checkEvents } from './store/check-events.ts'
import { readProbe, removeProbe, writeProbe } from './store/probe.ts'
import { readIndexes } from './store/read-relations.ts'

export interface VerifyParams {
  readonly plan: MaintenancePlan
  readonly instances: number
  /** That all workers are to be of. */
  readonly generation: number
}

interface CheckParams extends VerifyParams {
  readonly run: MaintenanceRun
  readonly services: MaintenanceServices
  readonly signal: AbortSignal
}

type PassedCheck = { readonly name: string; readonly detail: string }

interface Check {
  readonly name: string
  /** What was found; throws a sentence when that is not as it must be. */
  readonly look: (params: CheckParams) => Promise<string>
}

const SHARE_OF_PATIENCE = 6
const LOOK_EVERY_MS = 200
/** Heartbeats come once a second. */
const FRESH_MS = 3_000

const notAsExpected = (name: string, sentence: string): BatutaError => new BatutaError('CHECK_FAILED', `${name}: ${sentence}`)

/** Checks after the work, each on the real thing. */
export const CHECKS: readonly Check[] = [
  { name: 'database', look: checkDatabase },
  { name: 'indexes', look: checkIndexes },
  { name: 'workers', look: checkWorkers },
  { name: 'bus', look: checkBus },
  { name: 'events', look: checkLog },
]

/** Runs the checks one after the other; the first that does not pass fails the step with its sentence. */
export async function verify(run: MaintenanceRun, step: StepRun, params: VerifyParams): Promise<{ readonly checks: PassedCheck[] }> {
  const { plan, instances } = params
  const checks: PassedCheck[] = []
  for (const { name, look } of CHECKS) {
    const done = { slices: slicesOf(plan).length, instances, workers: instances, checks: checks.length }
    run.report(progressOf(plan, { ...done, message: `Checks: ${name}` }))
    checks.push({ name, detail: await look({ ...params, run, services: run.services.maintenance, signal: step.signal }) })
    await step.checkpoint(checks.map((check) => check.name))
  }
  run.report(progressOf(plan, { slices: slicesOf(plan).length, instances, workers: instances, checks: checks.length, message: 'All checks passed' }))
  return { checks }
}

async function checkDatabase({ run, services: { database } }: CheckParams): Promise<string> {
  const written = await run.transaction((transaction) => writeProbe(transaction, run.id))
  const read = await readProbe(database, run.id)
  if (read !== written) throw notAsExpected('database', 'expected to read back what was written, but something else came')
  await removeProbe(database, run.id)
  if ((await readProbe(database, run.id)) !== undefined) throw notAsExpected('database', 'expected a removed row to be gone, but it is still there')
  return 'A row was written, read back and removed.'
}

async function checkIndexes({ services: { database } }: CheckParams): Promise<string> {
  const indexes = await readIndexes(database)
  const invalid = indexes.filter(({ valid }) => !valid)
  if (invalid.length > 0)
    throw notAsExpected(
      'indexes',
      `expected all indexes to be valid, but ${invalid.map(({ name }) => name).join(', ')} can't be used; run the maintenance with reindex`,
    )
  return `All ${indexes.length} indexes are valid.`
}

async function checkWorkers(params: CheckParams): Promise<string> {
  const { services, generation } = params
  const late = await untilNone(params, async () => {
    const workers = await services.restarts.workers()
    if (workers.length === 0) return ['every instance']
    return workers.filter((worker) => worker.silent_ms > FRESH_MS || (worker.generation ?? generation) < generation).map(({ name }) => name)
  })
  if (late.length > 0) throw notAsExpected('workers', `expected all instances to work again, but these don't: ${late.join(', ')}`)
  return `All instances that work (${(await services.restarts.workers()).length}) gave a sign of life after their restart.`
}

/** To itself and back; with Redis that is there and back. */
async function checkBus(params: CheckParams): Promise<string> {
  const { bus, clock } = params.services
  const channel = `maintenance:${params.run.id}`
  const token = newUuid()
  const startedAt = clock.monotonic()
  let cameAt: number | undefined
  const leave = await bus.subscribe(channel, (message: Json) => {
    if (message === token) cameAt ??= clock.monotonic()
  })
  try {
    const missing = await untilNone(params, async () => {
      // Hints may be lost: it is sent again until one comes.
      if (cameAt === undefined) bus.publish(channel, token)
      return cameAt === undefined ? ['the message'] : []
    })
    if (missing.length > 0) throw notAsExpected('bus', 'expected a message to come back, but none did (is Redis away?)')
  } finally {
    leave()
  }
  return `A message came back after ${Math.round((cameAt ?? startedAt) - startedAt)} ms.`
}

async function checkLog({ services: { database } }: CheckParams): Promise<string> {
  const { streams, broken } = await checkEvents(database)
  if (broken.length > 0)
    throw notAsExpected('events', `expected every event of a stream once, up to its head, but these streams differ: ${broken.slice(0, 5).join(', ')}`)
  return `The last events of ${streams} streams are there without a hole, up to their heads.`
}

/** Looks again and again for a share of the patience; answers what is left of what should not be. */
async function untilNone({ services, signal }: CheckParams, look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const { clock, patienceMs } = services
  const end = clock.monotonic() + patienceMs / SHARE_OF_PATIENCE
  for (;;) {
    const left = await look()
    if (left.length === 0 || clock.monotonic() > end || signal.aborted) return left
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
}
