import { afterEach, describe, expect, test } from 'vitest'
import { newUuid } from '../../src/base/ids.ts'
import type { ListParams } from '../../src/engine/engine.ts'
import { pruneOperations } from '../../src/engine/store/prune-operations.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ANA, type EngineWorld, engineWorld, operation } from './engine-world.ts'

const PAGE: ListParams = { visibility: { kind: 'all' }, filter: {}, orderBy: { field: 'created_at', direction: 'desc' }, limit: 50, fromEnd: false }

describe.each(databaseKinds)('history on %s', (kind) => {
  let world: EngineWorld
  afterEach(() => world.close())
  const DAY_MS = 86_400_000

  test('pages through all operations in both directions, each once', async () => {
    world = await engineWorld({ kind, definitions: [operation('LISTED', async () => null)] })
    const ids: string[] = []
    for (let index = 0; index < 7; index += 1) ids.push((await world.start('LISTED')).id)
    for (const id of ids) await world.reaches(id, 'completed')
    for (const field of ['created_at', 'updated_at'] as const) {
      const forward: string[] = []
      for (let after: string | undefined; ; ) {
        const page = await world.engine.list({ ...PAGE, orderBy: { field, direction: 'desc' }, limit: 3, ...(after !== undefined && { after }) })
        forward.push(...page.items.map((item) => item.operation.id))
        if (!page.hasNext) break
        after = page.items.at(-1)?.cursor
      }
      expect(forward.toSorted()).toEqual(ids.toSorted())
    }
    const newestFirst = await world.engine.list(PAGE)
    expect(newestFirst.items.map((item) => item.operation.id)).toEqual(ids.toReversed())
    const last = await world.engine.list({ ...PAGE, limit: 2, fromEnd: true })
    expect(last.items.map((item) => item.operation.id)).toEqual([ids[1], ids[0]])
    expect(last).toMatchObject({ hasPrevious: true, hasNext: false })
  })

  test('filters by owner, type, state, time and text, and treats wildcards as text', async () => {
    world = await engineWorld({ kind, definitions: [operation('ONE', async () => null), operation('TWO', async () => null)] })
    const one = await world.start('ONE', {}, { title: '100 % done' })
    const two = await world.start('TWO', {}, { ownerId: 'bo', title: 'Other' })
    for (const { id } of [one, two]) await world.reaches(id, 'completed')
    const found = async (filter: ListParams['filter'], more: Partial<ListParams> = {}) =>
      (await world.engine.list({ ...PAGE, ...more, filter })).items.map((item) => item.operation.id)
    expect(await found({ types: ['ONE'] })).toEqual([one.id])
    expect(await found({ ownerId: 'bo' })).toEqual([two.id])
    expect(await found({}, { visibility: { kind: 'owner', ownerId: 'ana' } })).toEqual([one.id])
    expect(await found({ ownerId: 'bo' }, { visibility: { kind: 'owner', ownerId: 'ana' } })).toEqual([])
    expect(await found({ done: false })).toEqual([])
    expect(await found({ states: ['completed'], text: '100 %' })).toEqual([one.id])
    expect(await found({ text: '1%done' })).toEqual([])
    expect(await found({ createdAfter: one.createdAt, createdBefore: new Date(one.createdAt.getTime() + 1) })).toEqual([one.id])
  })

  test('prunes what is finished and older than its type is kept, with all that belongs to it', async () => {
    world = await engineWorld({ kind, definitions: [operation('OLD', (run) => run.step('first', async () => null)), operation('KEPT', async () => null)] })
    const [old, kept] = [await world.start('OLD'), await world.start('KEPT')]
    for (const { id } of [old, kept]) await world.reaches(id, 'completed')
    const inTwoDays = old.createdAt.getTime() + 2 * DAY_MS
    await world.database.run({ name: 'test_age', text: `update operation set finished_at = finished_at - interval '2 days'` }, [])
    const retentions = [
      { type: 'OLD', retentionMs: DAY_MS },
      { type: 'KEPT', retentionMs: 30 * DAY_MS },
    ]
    expect(await pruneOperations(world.database, { retentions, now: inTwoDays, limit: 100 })).toBe(1)
    expect(await world.engine.byId(old.id)).toBeUndefined()
    expect((await world.engine.byId(kept.id))?.id).toBe(kept.id)
    expect((await world.engine.events(old.id, 0, 10)).events).toEqual([])
  })

  test('answers wishes about unknown operations', async () => {
    world = await engineWorld({ kind, definitions: [] })
    expect(await world.engine.byId(newUuid())).toBeUndefined()
    expect(await world.engine.control({ id: newUuid(), action: 'cancel', actor: ANA })).toEqual({ kind: 'notFound' })
  })
})
