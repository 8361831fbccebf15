import { expect, test } from 'vitest'
import { seededRandom } from './random.ts'
import { FAULT_KINDS, type StormOptions } from './storm/options.ts'
import { renderReport } from './storm/report.ts'
import { runStorm } from './storm/storm.ts'

const short = (rolling: boolean): StormOptions => ({
  seed: seededRandom().seed,
  operations: 60,
  subscribers: 20,
  instances: 3,
  faults: FAULT_KINDS.length,
  freezeSeconds: 10,
  withinSeconds: 240,
  rolling,
})

/** Longer and fiercer: `npm run chaos`. */
test('a storm of every kind of fault loses nothing, repeats nothing and leaves nothing behind', { timeout: 300_000 }, async () => {
  const report = await runStorm(short(false))
  console.log(renderReport(report))
  expect(report.violations).toEqual([])
  expect(report.recoveries.map(({ name }) => name).toSorted()).toEqual([...FAULT_KINDS].toSorted())
})

test('a rolling restart under load costs clients nothing but a reconnect', { timeout: 300_000 }, async () => {
  const report = await runStorm(short(true))
  console.log(renderReport(report))
  expect(report.violations).toEqual([])
  expect(report.recoveries).toHaveLength(3)
  expect([...report.codes]).toEqual([])
  // Every client had a socket to an instance that went.
  expect(report.closes.get(1012)).toBeGreaterThan(0)
})
