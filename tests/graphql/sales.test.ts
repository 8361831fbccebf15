import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, ANA, type ApiWorld, apiWorld, type Loose, SYNC, text, until, viewer } from './api-world.ts'

const SALE =
  'id reference customer channel state total currency version paymentReference cancelReason createdBy { kind id } lines { sku name quantity unitPrice }'
const RESULT = `{ __typename ... on SalePayload { replayed sale { ${SALE} } } ... on InvalidInputError { issues { path message } }
  ... on SaleReferenceConflictError { fields existingSale { id } } ... on InvalidSaleStateError { sale { id state } } ... on SaleVersionConflictError { sale { id version } }
  ... on Error { code message } }`
const mutation = (name: string, input: string) => `mutation ($input: ${input}!) { ${name}(input: $input) ${RESULT} }`
const MUTATIONS = {
  createSale: mutation('createSale', 'CreateSaleInput'),
  checkoutSale: mutation('checkoutSale', 'CreateSaleInput'),
  confirmPayment: mutation('confirmPayment', 'ConfirmPaymentInput'),
  updateSale: mutation('updateSale', 'UpdateSaleInput'),
  cancelSale: mutation('cancelSale', 'CancelSaleInput'),
}
const OTHER_SHOP = viewer('other-shop', 'SERVICE')

interface SalesPage {
  readonly edges: readonly { readonly node: { readonly id: string } }[]
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string }
}

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ works: false })
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const input = (reference: string, more: object = {}) => ({
  reference,
  customer: 'Ana López',
  channel: 'ONLINE',
  currency: 'USD',
  lines: [{ sku: 'M', name: 'Mate', quantity: 2, unitPrice: '12.5' }],
  ...more,
})

async function change(asking: typeof ADMIN, name: keyof typeof MUTATIONS, variables: object): Promise<Loose> {
  const { data, errors } = await world.ask(asking, MUTATIONS[name], { input: variables })
  expect(errors).toBeUndefined()
  return data?.[name] as Loose
}
const idOf = (payload: Loose): string => text((payload['sale'] as Loose)['id'])

describe('sales', () => {
  test('are made, confirmed, changed and canceled, and answer the same when asked again', async () => {
    const made = await change(SYNC, 'checkoutSale', input('A-1'))
    expect(made).toMatchObject({
      __typename: 'SalePayload',
      replayed: false,
      sale: { reference: 'A-1', channel: 'ONLINE', state: 'PENDING', total: '25.00', version: 1, createdBy: { kind: 'SERVICE', id: 'sync' } },
    })
    const saleId = idOf(made)
    expect(saleId).toMatch(/^sale_[0-9a-z]{26}$/)
    expect(await change(SYNC, 'checkoutSale', input('A-1'))).toEqual({ ...made, replayed: true })
    const paid = await change(SYNC, 'confirmPayment', { saleId, paymentReference: 'PAY-1' })
    expect(paid).toMatchObject({ replayed: false, sale: { state: 'APPROVED', paymentReference: 'PAY-1', version: 2 } })
    expect(await change(ADMIN, 'confirmPayment', { saleId, paymentReference: 'PAY-1' })).toEqual({ ...paid, replayed: true })
    const lines = [{ sku: 'B', name: 'Bag', quantity: 1, unitPrice: '3' }]
    expect(await change(ADMIN, 'updateSale', { saleId, expectedVersion: 2, channel: 'CHAT', lines })).toMatchObject({
      sale: { channel: 'CHAT', total: '3.00', version: 3, customer: 'Ana López' },
    })
    const canceled = await change(SYNC, 'cancelSale', { saleId, reason: 'returned' })
    expect(canceled).toMatchObject({ replayed: false, sale: { state: 'CANCELED', cancelReason: 'returned', version: 4 } })
    expect(await change(SYNC, 'cancelSale', { saleId })).toEqual({ ...canceled, replayed: true })
  })

  test('are refused with a typed error that says where and why', async () => {
    const saleId = idOf(await change(SYNC, 'createSale', input('B-1')))
    expect(
      await change(
        SYNC,
        'createSale',
        input('B-2', { currency: 'usd', lines: [...input('').lines, { sku: '', name: 'x', quantity: 1_000_001, unitPrice: '1.005' }] }),
      ),
    ).toMatchObject({
      __typename: 'InvalidInputError',
      code: 'INVALID_INPUT',
      issues: ['input.currency', 'input.lines.1.sku', 'input.lines.1.quantity', 'input.lines.1.unitPrice'].map((path) => ({ path })),
    })
    expect(await change(SYNC, 'createSale', input('B-1', { customer: 'Bob' }))).toMatchObject({
      __typename: 'SaleReferenceConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
      fields: ['input.customer'],
      existingSale: { id: saleId },
    })
    expect(await change(SYNC, 'confirmPayment', { saleId, paymentReference: 'B-PAY' })).toMatchObject({
      __typename: 'InvalidSaleStateError',
      code: 'INVALID_STATE',
      sale: { state: 'APPROVED' },
    })
    expect(await change(SYNC, 'updateSale', { saleId, expectedVersion: 7, customer: 'Bob' })).toMatchObject({
      __typename: 'SaleVersionConflictError',
      code: 'VERSION_CONFLICT',
      sale: { version: 1 },
    })
    for (const wrong of ['sale_00000000000000000000000000', 'operation_00000000000000000000000000', 'nonsense'])
      expect(await change(SYNC, 'cancelSale', { saleId: wrong })).toMatchObject({ __typename: 'NotFoundError' })
    expect(await change(SYNC, 'confirmPayment', { saleId, paymentReference: ' ' })).toMatchObject({ issues: [{ path: 'input.paymentReference' }] })
    expect(await change(SYNC, 'updateSale', { saleId, expectedVersion: 0 })).toMatchObject({ issues: [{ path: 'input.expectedVersion' }] })
  })

  test('are of one thing at least: none is refused with its place', async () => {
    const none = { ...input('B-3'), lines: [{ sku: 'A', name: 'A', quantity: 0, unitPrice: '1' }] }
    const { errors } = await world.ask(SYNC, 'mutation ($input: CreateSaleInput!) { createSale(input: $input) { __typename } }', { input: none })
    expect(errors).toMatchObject([{ message: expect.stringContaining('input.lines[0].quantity'), extensions: { code: 'INVALID_INPUT' } }])
  })

  test('are shown to the service that made them and to administrators; other services change them by their id', async () => {
    const saleId = idOf(await change(SYNC, 'checkoutSale', input('C-1')))
    const READ =
      'query ($id: ID!) { sale(id: $id) { id } node(id: $id) { __typename id } nodes(ids: [$id]) { id } sales(filter: { reference: "C-1" }) { edges { node { id } } } }'
    const SEEN = { sale: { id: saleId }, node: { __typename: 'Sale', id: saleId }, nodes: [{ id: saleId }], sales: { edges: [{ node: { id: saleId } }] } }
    for (const insider of [SYNC, ADMIN]) expect((await world.ask(insider, READ, { id: saleId })).data).toEqual(SEEN)
    expect((await world.ask(OTHER_SHOP, READ, { id: saleId })).data).toEqual({ sale: null, node: null, nodes: [null], sales: { edges: [] } })
    expect(await change(OTHER_SHOP, 'updateSale', { saleId, customer: 'Cleo' })).toMatchObject({ __typename: 'SalePayload', sale: { id: saleId, version: 2 } })
    // Neither the same content by chance nor another one tells anything of somebody else's sale.
    for (const more of [{}, { customer: 'Bob' }]) {
      expect(await change(OTHER_SHOP, 'checkoutSale', input('C-1', more))).toMatchObject({
        __typename: 'SaleReferenceConflictError',
        fields: ['input.reference'],
        existingSale: null,
      })
    }
    expect(await change(OTHER_SHOP, 'confirmPayment', { saleId, paymentReference: 'C-PAY' })).toMatchObject({ sale: { id: saleId, state: 'APPROVED' } })
    const others = idOf(await change(OTHER_SHOP, 'checkoutSale', input('C-2')))
    expect(await change(OTHER_SHOP, 'confirmPayment', { saleId: others, paymentReference: 'C-PAY' })).toMatchObject({
      __typename: 'SaleReferenceConflictError',
      fields: ['input.paymentReference'],
      existingSale: null,
    })
    expect(await change(SYNC, 'confirmPayment', { saleId: others, paymentReference: 'C-PAY' })).toMatchObject({ existingSale: { id: saleId } })
    for (const name of ['createSale', 'checkoutSale'] as const)
      expect(await change(ANA, name, input('C-3'))).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' })
    expect(await change(ANA, 'cancelSale', { saleId })).toMatchObject({ __typename: 'ForbiddenError' })
  })

  test('are listed by page, forward and backward, and by filter', async () => {
    const shop = viewer('paged-shop', 'SERVICE')
    const made: string[] = []
    for (let index = 0; index < 7; index += 1) {
      const name = index % 2 === 0 ? 'createSale' : 'checkoutSale'
      made.push(idOf(await change(shop, name, input(`D-${index}`, { customer: `100 % ${index}`, channel: index < 3 ? 'PHONE' : 'STORE' }))))
    }
    const newest = made.toReversed()
    const LIST = `query ($filter: SaleFilter, $first: Int, $after: String, $last: Int, $before: String) {
      sales(filter: $filter, first: $first, after: $after, last: $last, before: $before) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
    const list = async (variables: object) => {
      const { data, codes } = await world.ask(shop, LIST, variables)
      expect(codes).toEqual([])
      const { edges, pageInfo } = (data as unknown as { sales: SalesPage }).sales
      return { ids: edges.map(({ node }) => node.id), pageInfo }
    }
    const first = await list({ first: 3 })
    expect(first).toMatchObject({ ids: newest.slice(0, 3), pageInfo: { hasNextPage: true, hasPreviousPage: false } })
    const second = await list({ first: 3, after: first.pageInfo.endCursor })
    expect(second).toMatchObject({ ids: newest.slice(3, 6), pageInfo: { hasNextPage: true, hasPreviousPage: true } })
    expect(await list({ last: 3, before: second.pageInfo.startCursor })).toMatchObject({ ids: newest.slice(0, 3), pageInfo: { hasPreviousPage: false } })
    expect(await list({ last: 2 })).toMatchObject({ ids: newest.slice(5), pageInfo: { hasNextPage: false, hasPreviousPage: true } })
    const matching = async (filter: object) => (await list({ filter })).ids
    expect(await matching({ states: ['PENDING'] })).toEqual([made[5], made[3], made[1]])
    expect(await matching({ states: ['PENDING', 'APPROVED'], channels: ['PHONE'] })).toEqual(newest.slice(4))
    expect(await matching({ reference: 'D-4' })).toEqual([made[4]])
    expect(await matching({ reference: 'd-4' })).toEqual([])
    expect(await matching({ text: 'd-4' })).toEqual([made[4]])
    expect(await matching({ text: '100 % 6' })).toEqual([made[6]])
    expect(await matching({ text: '%_' })).toEqual([])
    expect(await matching({ createdAfter: '2020-01-01T00:00:00Z', createdBefore: '2999-01-01T00:00:00Z' })).toEqual(newest)
    expect(await matching({ createdAfter: '2999-01-01T00:00:00Z' })).toEqual([])
    expect((await world.ask(shop, LIST, { after: 'nonsense' })).codes).toEqual(['INVALID_INPUT'])
    expect((await world.ask(shop, LIST, { first: 101 })).codes).toEqual(['INVALID_INPUT'])
  })
})

describe('saleEvents', () => {
  const WATCH = `subscription ($after: Cursor) { saleEvents(after: $after) { __typename cursor ... on StreamCaughtUp { replayed }
    ... on SaleEvent { seq type occurredAt actor { id } sale { ${SALE} } } } }`
  const frame = (data: Loose): Loose => data['saleEvents'] as Loose
  const isEvent = (data: Loose) => text(frame(data)['__typename']) === 'SaleEvent'

  test('shows the sale as each event left it, from where the last page stopped', async () => {
    const stream = await world.subscribe(ADMIN, WATCH)
    const start = frame(await until(stream, (data) => text(frame(data)['__typename']) === 'StreamCaughtUp'))
    const made = await change(SYNC, 'checkoutSale', input('E-1'))
    await change(SYNC, 'confirmPayment', { saleId: idOf(made), paymentReference: 'E-PAY' })
    const created = frame(await until(stream, isEvent))
    expect(created).toMatchObject({ type: 'SALE_CREATED', actor: { id: 'sync' }, sale: made['sale'] })
    const approved = frame(await until(stream, isEvent))
    expect(approved).toMatchObject({ type: 'SALE_APPROVED', seq: Number(created['seq']) + 1, sale: { state: 'APPROVED', version: 2 } })
    await stream.return()
    const again = await world.subscribe(ADMIN, WATCH, { after: start['cursor'] })
    expect([frame(await until(again, isEvent)), frame(await until(again, isEvent))]).toEqual([created, approved])
    await again.return()
  })
})

describe('salesInbox', () => {
  const BADGE = '{ hasNewSales unseenCount lastSeenAt cursor }'
  const inbox = async (asking: typeof ADMIN) => (await world.ask(asking, `{ salesInbox ${BADGE} }`)).data?.['salesInbox'] as Loose
  const mark = async (asking: typeof ADMIN, variables: object = {}) =>
    (await world.ask(asking, `mutation ($input: MarkSalesSeenInput) { markSalesSeen(input: $input) ${BADGE} }`, variables)).data?.['markSalesSeen'] as Loose

  test('is lit by new sales and cleared when they were seen, for each administrator alone', async () => {
    const [eva, leo] = [viewer('eva', 'ADMIN'), viewer('leo', 'ADMIN')]
    await Promise.all([mark(eva), mark(leo)])
    expect(await inbox(eva)).toMatchObject({ hasNewSales: false, unseenCount: 0 })
    const stream = await world.subscribe(eva, `subscription { salesInbox ${BADGE} }`)
    const shows = (unseenCount: number) => until(stream, (data) => Number((data['salesInbox'] as Loose)['unseenCount']) === unseenCount)
    await shows(0)
    await change(SYNC, 'createSale', input('F-1'))
    const { salesInbox: lit } = await shows(1)
    expect(lit).toMatchObject({ hasNewSales: true })
    await change(SYNC, 'createSale', input('F-2'))
    await shows(2)
    expect(await mark(eva, { input: { until: (lit as Loose)['cursor'] } })).toMatchObject({ hasNewSales: true, unseenCount: 1 })
    await shows(1)
    expect(await mark(eva)).toMatchObject({ hasNewSales: false, unseenCount: 0, lastSeenAt: expect.any(String) as string })
    await shows(0)
    expect(await inbox(leo)).toMatchObject({ unseenCount: 2 })
    await stream.return()
  })

  test('refuses a cursor of another stream, and everybody but administrators', async () => {
    const operation = 'AQAAAAAAAAAAAAAAAAAAAAAAAAAB'
    for (const until of ['nonsense', operation])
      expect((await world.ask(ADMIN, 'mutation ($until: Cursor) { markSalesSeen(input: { until: $until }) { unseenCount } }', { until })).codes).toEqual([
        'INVALID_INPUT',
      ])
    for (const other of [ANA, SYNC]) {
      for (const document of ['{ salesInbox { unseenCount } }', 'mutation { markSalesSeen { unseenCount } }'])
        expect((await world.ask(other, document)).codes).toEqual(['FORBIDDEN'])
    }
  })
})
