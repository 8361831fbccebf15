import { describe, expect, onTestFinished, test } from 'vitest'
import { namedStream } from '../../src/base/ids.ts'
import { appendToStreams, lockStreams } from '../../src/events/append-many.ts'
import { EventLog } from '../../src/events/log.ts'
import { databaseKinds, freshDatabase } from '../setup/databases.ts'

const event = (name: string, type: string) => ({ name, type, data: {}, actor: null })

describe.each(databaseKinds)('appending to many streams on %s', (kind) => {
  test('numbers the events of each without a hole, in the order given, whoever appends at the same time', async () => {
    const { database, drop } = await freshDatabase(kind)
    onTestFinished(drop)
    const names = ['inbox:a', 'inbox:b', 'inbox:c']
    const append = (round: number) =>
      database.transaction(async (transaction) => {
        // Each in another order: that they lock in a fixed one keeps them from waiting in a circle.
        const order = round % 2 === 0 ? names : names.toReversed()
        const locked = await lockStreams(transaction, order)
        const heads = await appendToStreams(
          transaction,
          order.flatMap((name) => [event(name, `${round} first`), event(name, `${round} second`)]),
        )
        for (const name of names) expect(heads.get(name)?.head).toBe((locked.get(name)?.head ?? 0) + 2)
      })
    await Promise.all(Array.from({ length: 20 }, (_, round) => append(round)))
    const log = new EventLog(database)
    for (const name of names) {
      const { events, head } = await log.read({ stream: namedStream(name), after: 0, limit: 100 })
      expect(head).toBe(40)
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
      for (let index = 0; index < 40; index += 2) {
        const round = events[index]?.type.split(' ')[0]
        expect([events[index]?.type, events[index + 1]?.type]).toEqual([`${round} first`, `${round} second`])
      }
    }
    expect(await database.transaction((transaction) => appendToStreams(transaction, []))).toEqual(new Map())
  })

  test('calls back after the commit, and never after a rollback', async () => {
    const { database, drop } = await freshDatabase(kind)
    onTestFinished(drop)
    const told: string[] = []
    const work = async (name: string, fails: boolean) =>
      database.transaction(async (transaction) => {
        await appendToStreams(transaction, [event('inbox:a', name)])
        transaction.afterCommit(() => told.push(name))
        expect(told).not.toContain(name)
        if (fails) throw new Error('no')
      })
    await work('good', false)
    await expect(work('bad', true)).rejects.toThrow('no')
    expect(told).toEqual(['good'])
  })
})
