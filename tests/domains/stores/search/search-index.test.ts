import { afterEach, describe, expect, test } from 'vitest'
import type { SearchIndex } from '../../../../src/domains/stores/search/search-index.ts'
import type { OperationRecord } from '../../../../src/engine/records.ts'
import { gate } from '../../../engine/engine-world.ts'
import { databaseKinds } from '../../../setup/databases.ts'
import { type SearchWorld, searchWorld } from './search-world.ts'

const many = (count: number, name: string) => Array.from({ length: count }, (_, index) => ({ name: { es: `${name} número ${index + 1}` } }))

describe.each(databaseKinds)('the search index on %s', (kind) => {
  let world: SearchWorld
  afterEach(() => world.close())

  const documents = async (): Promise<{ generation: number; kind: string; count: number }[]> =>
    world.sql('select generation, kind, count(*) as count from search_document group by 1, 2 order by 1, 2')
  const generationOf = async (storeId: string) => {
    const [store] = await world.sql<{ generation: number; revision: number | null }>(
      'select search_generation as generation, indexed_revision as revision from store where id = $1',
      [storeId],
    )
    return store
  }

  test('is built from products, orders and customers, and remembers the revision that it began with', async () => {
    world = await searchWorld({ kind })
    const storeId = await world.addStore()
    await world.addProducts(storeId, [{ name: { es: 'Remera', en: 'T-shirt' } }, { name: { es: 'Gorra' } }, { name: { es: 'Oculta' }, isPublished: false }])
    await world.addOrders(storeId, [{ number: '1001' }])
    await world.sql(
      `insert into shop_customer (id, store_id, external_id, name, content_hash, document_hash) values (gen_random_uuid(), '${storeId}', '1', 'Juan Pérez', '', '')`,
    )
    await world.sql('update store set catalogue_revision = 7')
    const operation = await world.rebuild(storeId)
    expect(operation.result).toEqual({ products: 3, orders: 1, customers: 1 })
    expect(await generationOf(storeId)).toEqual({ generation: 1, revision: 7 })
    expect((await documents()).map((row) => [row.kind, row.count])).toEqual([
      ['customers', 1],
      ['orders', 1],
      ['products', 3],
    ])
    expect(await world.names(storeId, 'remeras')).toEqual(['Remera'])
    expect(await world.names(storeId, 't-shirts')).toEqual(['Remera'])
    expect(await world.names(storeId, 'oculta')).toEqual([])
  })

  test('is replaced whole: the old documents and words go, another store keeps its own', async () => {
    world = await searchWorld({ kind })
    const [storeId, other] = [await world.addStore(), await world.addStore()]
    await world.addProducts(storeId, many(3, 'Mate'))
    await world.addProducts(other, many(2, 'Mate'))
    await world.rebuild(storeId)
    await world.rebuild(other)
    await world.addProducts(storeId, [{ name: { es: 'Bombilla' } }])
    expect(await world.names(storeId, 'bombilla')).toEqual([])
    await world.rebuild(storeId)
    expect(await world.names(storeId, 'bombilla')).toEqual(['Bombilla'])
    expect((await documents()).map((row) => [row.generation, row.count])).toEqual([
      [2, 2],
      [3, 4],
    ])
    expect(await world.sql('select distinct generation from search_word order by 1')).toEqual([{ generation: 2 }, { generation: 3 }])
    expect(await world.names(other, 'mate')).toHaveLength(2)
    expect(await world.names(other, 'bombilla')).toEqual([])
  })

  test('goes on at the batch at which an earlier run of the step ended, and writes nothing twice', async () => {
    let failures = 0
    world = await searchWorld({
      kind,
      wrap: (search) => ({
        ...search,
        // The first run dies after two batches, as a process does that is killed.
        build: (run, step, wanted) => {
          let commits = 0
          const dying: typeof step = {
            ...step,
            get position() {
              return step.position
            },
            commit: async (position, work) => {
              commits += 1
              if (failures === 0 && wanted.parts.includes('products') && commits === 3) {
                failures += 1
                throw new Error('killed')
              }
              if (failures === 1 && wanted.parts.includes('products')) positions.push((position as { after: string }).after)
              return step.commit(position, work)
            },
          }
          return search.build(run, dying, wanted)
        },
      }),
    })
    const positions: string[] = []
    const storeId = await world.addStore()
    const ids = (await world.addProducts(storeId, many(1_700, 'Taza'))).toSorted()
    const operation = await world.rebuild(storeId)
    expect(failures).toBe(1)
    expect(positions).toEqual([ids[1_499], ids[1_699]])
    expect(operation.result).toMatchObject({ products: 1_700 })
    expect(await world.sql(`select document_count as count from search_word where word = 'taz'`)).toEqual([{ count: 1_700 }])
    expect(operation.progress).toMatchObject({ succeeded: 1_700, total: 1_700 })
  })

  test('answers whole from the old or the new one while it is swapped', async () => {
    const swapping = gate()
    let builds = 0
    world = await searchWorld({
      kind,
      wrap: (search) => ({
        ...search,
        swap: async (run, storeId) => {
          builds += 1
          if (builds === 2) await swapping.wait()
          await search.swap(run, storeId)
        },
      }),
    })
    const storeId = await world.addStore()
    await world.addProducts(storeId, many(20, 'Vela'))
    await world.rebuild(storeId)
    await world.addProducts(storeId, many(10, 'Vela nueva'))
    const rebuilt = world.rebuild(storeId)
    await swapping.arrived
    expect(await world.search.find({ storeId, text: 'vela', limit: 50 })).toHaveLength(20)
    const counts = new Set<number>()
    let done = false
    const reading = (async () => {
      while (!done) counts.add((await world.search.find({ storeId, text: 'vela', limit: 50 })).length)
    })()
    swapping.open()
    await rebuilt
    done = true
    await reading
    expect(await world.search.find({ storeId, text: 'vela', limit: 50 })).toHaveLength(30)
    expect([...counts].filter((count) => count !== 20 && count !== 30)).toEqual([])
  })

  test('shows nothing of what was removed or hidden after it was built', async () => {
    world = await searchWorld({ kind })
    const storeId = await world.addStore()
    const [removed, hidden] = await world.addProducts(storeId, [
      { name: { es: 'Silla roja' } },
      { name: { es: 'Silla verde' } },
      { name: { es: 'Silla azul' } },
    ])
    await world.rebuild(storeId)
    expect(await world.names(storeId, 'sillas')).toHaveLength(3)
    await world.sql('update product set removed_at = now() where id = $1', [removed])
    await world.sql('update product set is_published = false where id = $1', [hidden])
    expect(await world.names(storeId, 'sillas')).toEqual(['Silla azul'])
  })

  test('leaves nothing behind when it is given up, and the next run begins anew', async () => {
    let broken = true
    const breaking = (search: SearchIndex): SearchIndex => ({
      ...search,
      swap: async (run, storeId) => {
        if (broken) throw Object.assign(new Error('no'), { code: 'NO' })
        await search.swap(run, storeId)
      },
    })
    world = await searchWorld({ kind, wrap: breaking })
    const storeId = await world.addStore()
    await world.addProducts(storeId, many(4, 'Lámpara'))
    const failed: OperationRecord = await world.rebuild(storeId, 'failed')
    expect(await documents()).toEqual([])
    expect(await world.sql('select 1 from search_build')).toEqual([])
    expect(await generationOf(storeId)).toEqual({ generation: 0, revision: null })
    broken = false
    await world.engine.control({ id: failed.id, action: 'retry', actor: { kind: 'user', id: 'ana' } } as never)
    await world.reaches(failed.id, 'completed')
    expect(await world.names(storeId, 'lamparas')).toHaveLength(4)
  })
})
