import { expect, test } from 'vitest'
import { statement } from '../../src/database/statement.ts'
import { freshPglite } from '../setup/databases.ts'

const one = statement('turns_one', 'select 1 as one')

test('statements in a row on the embedded database let sockets be read in between', async () => {
  const { database, drop } = await freshPglite()
  try {
    let turns = 0
    let counting = true
    const count = (): void => {
      turns += 1
      if (counting) setImmediate(count)
    }
    setImmediate(count)
    for (let statements = 0; statements < 100; statements += 1) await database.run(one, [])
    counting = false
    expect(turns).toBeGreaterThanOrEqual(100)
  } finally {
    await drop()
  }
})
