import { systemClock } from '../../../src/base/clock.ts'
import type { Journal } from './journal.ts'

export interface Recovery {
  readonly name: string
  /** From the beginning of the storm. */
  readonly atMs: number
  /** How long whatever was taken away was away. */
  readonly awayMs: number
  /** Until the next event reached a subscriber of any instance, and of every instance. */
  readonly firstMs: number | undefined
  readonly allMs: number | undefined
}

/** Everything must flow again after so long. */
const RECOVERED_WITHIN_MS = 60_000

export interface MeasureParams {
  readonly journal: Journal
  /** Names of the instances whose subscribers are waited for. */
  readonly instances: () => readonly string[]
  /** Makes something happen that subscribers of every instance hear of. Never rejects. */
  readonly stir: () => Promise<void>
}

/** Waits until events that happened from now on have reached subscribers of every instance. */
export async function measureRecovery({ journal, instances, stir }: MeasureParams): Promise<Pick<Recovery, 'firstMs' | 'allMs'>> {
  const since = systemClock.now()
  const begun = systemClock.monotonic()
  const arrivals = new Map<string, number>()
  const forget = journal.onArrival((member, atMs) => {
    if (atMs >= since && !arrivals.has(member)) arrivals.set(member, systemClock.monotonic() - begun)
  })
  const isBack = () => instances().every((name) => arrivals.has(name))
  while (!isBack() && !journal.isClosed && systemClock.monotonic() - begun < RECOVERED_WITHIN_MS) {
    await Promise.race([stir(), systemClock.sleep(1_000)])
    for (let look = 0; look < 10 && !isBack(); look += 1) await systemClock.sleep(50)
  }
  forget()
  const times = [...arrivals.values()]
  if (!isBack())
    journal.violate(`after ${RECOVERED_WITHIN_MS} ms only ${[...arrivals.keys()].join(', ') || 'no instance'} of ${instances().join(', ')} delivers new events`)
  return { firstMs: times.length > 0 ? Math.min(...times) : undefined, allMs: isBack() && times.length > 0 ? Math.max(...times) : undefined }
}
