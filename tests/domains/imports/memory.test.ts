import { expect, test } from 'vitest'
import { sampleStatement } from '../../../samples/sample-statement.ts'
import { freshPostgres } from '../../setup/databases.ts'
import { heldBytes } from '../../setup/held-bytes.ts'
import { importsOn, prepareImport } from './import-kit.ts'

const ROWS = 100_000
const LOOK_EVERY = 20

test('what an import of 100,000 rows holds in memory does not grow with the rows', { timeout: 240_000 }, async () => {
  const fresh = await freshPostgres()
  const held: number[] = []
  async function* watched() {
    let chunks = 0
    for await (const chunk of sampleStatement({ rows: ROWS })) {
      chunks += 1
      if (chunks % LOOK_EVERY === 0) held.push(heldBytes())
      yield chunk
    }
  }
  const { operation, run } = await prepareImport(fresh, importsOn(fresh), watched(), { batchSize: 1_000 })
  let reports = 0
  Object.assign(operation.reports, {
    push: () => {
      reports += 1
      if (reports % LOOK_EVERY === 0) held.push(heldBytes())
    },
  })
  expect(await run()).toMatchObject({ accepted: 99_100, rejected: 900 })
  await fresh.drop()
  expect(held.length).toBeGreaterThan(12)
  // The rows as text are 8 MB, as objects many times that; what is held at the end is compared with what is held early.
  const third = Math.floor(held.length / 3)
  expect(median(held.slice(-third)) - median(held.slice(0, third))).toBeLessThan(15_000_000)
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] as number
}
