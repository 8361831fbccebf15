import { describe, expect, onTestFinished, test } from 'vitest'
import type { BatchConsumer } from '../../src/engine/services/consumers.ts'
import type { OutboxRow } from '../../src/engine/store/outbox.ts'
import { databaseKinds } from '../setup/databases.ts'
import { engineWorld, operation } from './engine-world.ts'

describe.each(databaseKinds)('a consumer of batches on %s', (kind) => {
  test('is given many events at once; when a batch fails each is tried alone, so that a bad one fails alone', async () => {
    const batches: (readonly OutboxRow[])[] = []
    const consumed: string[] = []
    const seen = new Set<string>()
    let bad: string | undefined
    let isBroken = false
    const consumer: BatchConsumer = {
      name: 'batches',
      eventTypes: ['completed'],
      batchSize: 100,
      consumeMany: (events) => {
        batches.push(events)
        for (const { stream } of events) {
          if (isBroken && seen.size === 35 && !seen.has(stream)) bad = stream
          seen.add(stream)
        }
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

    isBroken = true
    await Promise.all(Array.from({ length: 10 }, () => world.start('WORK')))
    await expect.poll(() => consumed.length).toBe(40)
    expect(bad).toBeDefined()
    expect(consumed).not.toContain(bad)
    isBroken = false
    bad = undefined
    // Postponed, and not lost.
    await expect.poll(() => consumed.length, { timeout: 20_000 }).toBe(41)
    expect(new Set(consumed).size).toBe(41)
  })
})
