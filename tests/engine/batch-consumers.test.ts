import { describe, expect, onTestFinished, test } from 'vitest'
import type { BatchConsumer } from '../../src/engine/services/consumers.ts'
import type { OutboxRow } from '../../src/engine/store/outbox.ts'
import { databaseKinds } from '../setup/databases.ts'
import { engineWorld, operation } from './engine-world.ts'

describe.each(databaseKinds)('a consumer of batches on %s', (kind) => {
  test('is given many events at once; when a batch fails each is tried alone, so that a bad one fails alone', async () => {
    const batches: (readonly OutboxRow[])[] = []
    const consumed: string[] = []
    let bad: string | undefined
    const consumer: BatchConsumer = {
      name: 'batches',
      eventTypes: ['completed'],
      batchSize: 100,
      consumeMany: (events) => {
        batches.push(events)
        if (events.some(({ stream }) => stream === bad)) return Promise.reject(new Error('a bad one'))
        consumed.push(...events.map(({ stream }) => stream))
        return Promise.resolve({ restMs: 50 })
      },
    }
    const world = await engineWorld({ kind, definitions: [operation('WORK', async () => undefined)], consumers: [consumer] })
    onTestFinished(() => world.close())
    const { id: first } = await world.start('WORK', {}, { idempotencyKey: 'first' })
    await expect.poll(() => consumed).toContain(first)
    const ids = await Promise.all(Array.from({ length: 30 }, async () => (await world.start('WORK')).id))
    await expect.poll(() => consumed.length).toBe(31)
    expect(consumed.toSorted()).toEqual([first, ...ids].toSorted())
    // What came while it rested gathered.
    expect(batches.length).toBeLessThan(31)

    const starting = Array.from({ length: 10 }, () => world.start('WORK'))
    bad = (await starting[4])?.id
    const others = (await Promise.all(starting)).map(({ id }) => id).filter((id) => id !== bad)
    await expect.poll(() => others.every((id) => consumed.includes(id))).toBe(true)
    bad = undefined
    // Postponed, and not lost.
    await expect.poll(() => consumed.length, { timeout: 20_000 }).toBe(41)
    expect(new Set(consumed).size).toBe(41)
  })
})
