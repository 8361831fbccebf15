import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../setup/databases.ts'
import { checkout, done, eventsOf, type SalesWorld, SHOP, salesWorld, sell, wish } from './sales-world.ts'

describe.each(databaseKinds)('selling on %s', (kind) => {
  let fresh: FreshDatabase
  let world: SalesWorld
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    world = await salesWorld(fresh.database)
  })
  afterAll(async () => {
    expect(world.contained).toEqual([])
    await world.stop()
    await fresh.drop()
  })

  const told = async (saleId: string) => (await eventsOf(fresh.database)).filter(({ data }) => data.sale['id'] === saleId)
  const types = async (saleId: string) => (await told(saleId)).map(({ type }) => type)
  const stored = async (saleId: string) => (await world.sales.salesByIds([saleId]))[0]
  const confirm = (saleId: string, paymentReference: string) => world.sales.selling.confirmPayment({ saleId, paymentReference, actor: SHOP })

  test('makes a sale once, and tells of it with all that there is to show', async () => {
    const outcome = await sell(world.sales, 'C-1')
    const sale = done(outcome)
    expect(outcome).toMatchObject({ replayed: false, sale: { reference: 'C-1', state: 'approved', total: '25.00', version: 1, createdBy: SHOP } })
    expect(await stored(sale.id)).toEqual(sale)
    expect(await told(sale.id)).toEqual([
      {
        seq: expect.any(Number) as number,
        type: 'SALE_CREATED',
        actor: SHOP,
        data: {
          lit: expect.any(Number) as number,
          sale: { ...sale, createdAt: sale.createdAt.toISOString(), updatedAt: sale.updatedAt.toISOString() },
        },
      },
    ])
    expect(await sell(world.sales, 'C-1')).toEqual({ kind: 'done', sale, replayed: true })
    expect(await types(sale.id)).toEqual(['SALE_CREATED'])
  })

  test('refuses a reference that stands for another content, and says in what it differs, also after a change', async () => {
    const sale = done(await sell(world.sales, 'C-2'))
    expect(await sell(world.sales, 'C-2', { customer: 'Bob', currency: 'ARS' })).toEqual({
      kind: 'referenceConflict',
      sale,
      fields: ['input.customer', 'input.currency'],
    })
    expect(await checkout(world.sales, 'C-2')).toMatchObject({ kind: 'referenceConflict', fields: ['mutation'] })
    const changed = done(await world.sales.selling.update({ saleId: sale.id, change: { customer: 'Bob' }, actor: SHOP }))
    // What counts is what it was made of: the caller who repeats knows nothing of the change.
    expect(await sell(world.sales, 'C-2')).toEqual({ kind: 'done', sale: changed, replayed: true })
    expect(await types(sale.id)).toEqual(['SALE_CREATED', 'SALE_UPDATED'])
  })

  test('makes one sale of many requests with one reference in one moment', async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => sell(world.sales, 'C-3')))
    const ids = new Set(outcomes.map((outcome) => done(outcome).id))
    expect(ids.size).toBe(1)
    expect(outcomes.filter((outcome) => outcome.kind === 'done' && !outcome.replayed)).toHaveLength(1)
    expect(await types([...ids][0] as string)).toEqual(['SALE_CREATED'])
  })

  test('confirms a payment once, however often and at once it is confirmed', async () => {
    const sale = done(await checkout(world.sales, 'P-1'))
    expect(sale.state).toBe('pending')
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => confirm(sale.id, 'PAY-1')))
    expect(outcomes.map((outcome) => done(outcome).state)).toEqual(Array.from({ length: 8 }, () => 'approved'))
    expect(outcomes.filter((outcome) => outcome.kind === 'done' && !outcome.replayed)).toHaveLength(1)
    expect(await confirm(sale.id, ' PAY-1 ')).toMatchObject({ kind: 'done', replayed: true, sale: { version: 2, paymentReference: 'PAY-1' } })
    expect(await types(sale.id)).toEqual(['SALE_CREATED', 'SALE_APPROVED'])
  })

  test('refuses another payment for a paid sale, and one payment for two sales', async () => {
    const [first, second] = [done(await checkout(world.sales, 'P-2')), done(await checkout(world.sales, 'P-3'))]
    await confirm(first.id, 'PAY-2')
    expect(await confirm(first.id, 'PAY-3')).toMatchObject({ kind: 'invalidState', sale: { id: first.id, paymentReference: 'PAY-2' } })
    expect(await confirm(second.id, 'PAY-2')).toMatchObject({ kind: 'referenceConflict', sale: { id: first.id }, fields: ['input.paymentReference'] })
    expect(await confirm(second.id, 'PAY-3')).toMatchObject({ kind: 'done', replayed: false })
    expect(await confirm('00000000-0000-7000-8000-000000000000', 'PAY-4')).toEqual({ kind: 'notFound' })
  })

  test('gives a payment that is confirmed for many sales at once to one of them', async () => {
    const sales = await Promise.all(Array.from({ length: 6 }, async (_, index) => done(await checkout(world.sales, `P-4-${index}`))))
    const outcomes = await Promise.all(sales.map(({ id }) => confirm(id, 'PAY-5')))
    const paid = outcomes.filter((outcome) => outcome.kind === 'done')
    expect(paid).toHaveLength(1)
    for (const refused of outcomes.filter((outcome) => outcome.kind !== 'done'))
      expect(refused).toMatchObject({ kind: 'referenceConflict', sale: { id: paid[0]?.sale.id } })
    const all = await Promise.all(sales.map(({ id }) => types(id)))
    expect(all.flat().filter((type) => type === 'SALE_APPROVED')).toHaveLength(1)
  })

  test('changes what is given, and the total with the lines; a change that was made already is told once', async () => {
    const sale = done(await sell(world.sales, 'U-1', { lines: [...wish('').lines, { sku: 'B', name: 'Bag', quantity: 1, unitPrice: '3' }] }))
    const lines = [{ sku: 'MATE-2', name: 'Mate, large', quantity: 3, unitPrice: '20' }]
    const update = () => world.sales.selling.update({ saleId: sale.id, expectedVersion: 1, change: { channel: 'phone', lines }, actor: SHOP })
    const changed = done(await update())
    expect(changed).toMatchObject({ version: 2, channel: 'phone', total: '60.00', customer: sale.customer, lines: [{ sku: 'MATE-2', unitPrice: '20.00' }] })
    expect(await stored(sale.id)).toEqual(changed)
    // The answer was lost and it is asked for again, with the version of the first time.
    expect(await update()).toEqual({ kind: 'done', sale: changed, replayed: true })
    expect(await world.sales.selling.update({ saleId: sale.id, expectedVersion: 1, change: { customer: 'Bob' }, actor: SHOP })).toEqual({
      kind: 'versionConflict',
      sale: changed,
    })
    expect(await types(sale.id)).toEqual(['SALE_CREATED', 'SALE_UPDATED'])
  })

  test('lets one of two changes win that expect the same version', async () => {
    const sale = done(await sell(world.sales, 'U-2'))
    const outcomes = await Promise.all(
      ['Bob', 'Cid', 'Dan'].map((customer) => world.sales.selling.update({ saleId: sale.id, expectedVersion: 1, change: { customer }, actor: SHOP })),
    )
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['done', 'versionConflict', 'versionConflict'])
    expect((await stored(sale.id))?.version).toBe(2)
  })

  test('keeps the lines of the last of many changes at once, and tells them in order', async () => {
    const sale = done(await sell(world.sales, 'U-3'))
    const change = (quantity: number) => ({ lines: Array.from({ length: quantity }, () => ({ sku: 'A', name: 'A', quantity, unitPrice: '1' })) })
    await Promise.all([1, 5, 3, 4, 6].map((quantity) => world.sales.selling.update({ saleId: sale.id, change: change(quantity), actor: SHOP })))
    const last = await stored(sale.id)
    const events = await told(sale.id)
    expect(events.map(({ data }) => data.sale['version'])).toEqual([1, 2, 3, 4, 5, 6])
    expect(events.at(-1)?.data.sale).toMatchObject({ lines: last?.lines, total: last?.total })
  })

  test('cancels once, and refuses what comes after', async () => {
    const sale = done(await checkout(world.sales, 'X-1'))
    const cancel = (reason?: string) => world.sales.selling.cancel({ saleId: sale.id, reason, actor: SHOP })
    expect(await cancel('changed their mind')).toMatchObject({ kind: 'done', replayed: false, sale: { state: 'canceled', cancelReason: 'changed their mind' } })
    expect(await cancel()).toMatchObject({ kind: 'done', replayed: true, sale: { version: 2, cancelReason: 'changed their mind' } })
    expect(await confirm(sale.id, 'PAY-9')).toMatchObject({ kind: 'invalidState' })
    expect(await world.sales.selling.update({ saleId: sale.id, change: { customer: 'Bob' }, actor: SHOP })).toMatchObject({ kind: 'invalidState' })
    expect(await types(sale.id)).toEqual(['SALE_CREATED', 'SALE_CANCELED'])
  })

  test('tells everything in one order, with a count that grows by what lights the badge', async () => {
    const before = (await eventsOf(fresh.database)).length
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const sale = done(await checkout(world.sales, `O-${index}`))
        if (index % 2 === 0) await confirm(sale.id, `O-PAY-${index}`)
        else await world.sales.selling.cancel({ saleId: sale.id, actor: SHOP })
      }),
    )
    const events = await eventsOf(fresh.database)
    expect(events.length).toBe(before + 40)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    let lit = 0
    for (const event of events) {
      if (event.type === 'SALE_CREATED' || event.type === 'SALE_APPROVED') lit += 1
      expect([event.seq, event.data.lit]).toEqual([event.seq, lit])
    }
  })
})
