import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import { asJson, type OperationsMessage } from '../../src/engine/channels.ts'
import type { OperationRecord } from '../../src/engine/records.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { createLive, createRows, takeUntil } from './live-world.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshPglite()
})
afterAll(() => fresh.drop())

const FATES = ['delivered', 'lost', 'twice', 'late'] as const

const step = fc.oneof(
  fc.record({ kind: fc.constant('claim' as const) }),
  fc.record({ kind: fc.constant('pause' as const) }),
  // Frames of this run, of one that is over, of one that is not known yet.
  fc.record({ kind: fc.constant('progress' as const), lease: fc.integer({ min: -1, max: 1 }), revision: fc.integer({ min: 0, max: 60 }) }),
)

test('whatever becomes of hints, no watcher sees version or progress go back, and each sees the end', async () => {
  const { database } = fresh
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 8 }), async (steps, fates) => {
      const bus = createMemoryBus()
      const late: (() => void)[] = []
      let turn = 0
      const publish = (channel: string, message: OperationsMessage) => {
        const fate = fates[turn++ % fates.length]
        if (fate === 'late') late.push(() => bus.publish(channel, asJson(message)))
        else if (fate !== 'lost') for (const time of fate === 'twice' ? [1, 2] : [1]) if (time) bus.publish(channel, asJson(message))
      }
      const rows = createRows(database, publish)
      const { live } = createLive({ database, bus })
      await live.start()
      const ownerId = `owner:${Math.random()}`
      const id = await rows.insert(ownerId)
      const watchers = [
        ...[0, 3].map((minIntervalMs) => live.watch({ id, minIntervalMs })),
        ...[0, 3].map((minIntervalMs) => live.watchMany({ visibility: { kind: 'owner', ownerId }, matches: () => true, minIntervalMs })),
      ]
      const first = await Promise.all(watchers.map((watcher) => watcher.next()))
      const seeing = Promise.all(watchers.map((watcher) => takeUntil(watcher, (record) => record.state === 'completed')))
      let lease = 1
      for (const each of steps) {
        if (each.kind === 'claim') await rows.change({ id, ownerId, state: 'running', lease: ++lease })
        else if (each.kind === 'pause') await rows.change({ id, ownerId, state: 'paused' })
        else rows.progress({ id, ownerId, lease: lease + each.lease, revision: lease * 1_000 + each.revision })
        if (late.length > 2) late.shift()?.()
      }
      const version = await rows.change({ id, ownerId, state: 'completed' })
      for (const send of late.reverse()) send()
      // The last word always comes, as the safety poll would bring it.
      bus.publish(`operations:owner:${ownerId}`, asJson({ changed: [[id, version, ownerId]] }))
      for (const [index, records] of (await seeing).entries()) checkRecords([first[index]?.value as OperationRecord, ...records], version)
      await live.stop()
    }),
    { numRuns: 60 },
  )
})

function checkRecords(records: readonly OperationRecord[], version: number): void {
  for (const [index, record] of records.entries()) {
    const before = records[index - 1]
    if (!before) continue
    expect(record.version).toBeGreaterThanOrEqual(before.version)
    expect(record.progress.revision).toBeGreaterThanOrEqual(before.progress.revision)
    expect([record.version, record.progress.revision]).not.toEqual([before.version, before.progress.revision])
  }
  expect(records.at(-1)?.version).toBe(version)
}
