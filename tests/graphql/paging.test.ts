import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ANA, type ApiWorld, apiWorld, type Loose } from './api-world.ts'

/** The rules of Relay's connections, for any page size, direction and order. */
const COUNT = 23
let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ works: false })
  for (let index = 0; index < COUNT; index += 1) {
    await world.ask(ANA, 'mutation ($title: String!) { startSandboxExercise(input: { items: 1, title: $title }) { __typename } }', {
      title: `${index % 2 === 0 ? 'Even 100%' : 'Odd'} ${index}`,
    })
  }
})
afterAll(() => world.close())

const LIST = `query ($filter: OperationFilter, $orderBy: OperationOrder, $first: Int, $after: String, $last: Int, $before: String) {
  operations(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string; readonly title: string } }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

async function page(variables: object): Promise<Page> {
  const { data, errors } = await world.ask(ANA, LIST, variables)
  expect(errors).toBeUndefined()
  return (data as Readonly<Record<string, Loose>>)['operations'] as unknown as Page
}

const order = fc.record({ field: fc.constantFrom('CREATED_AT', 'UPDATED_AT'), direction: fc.constantFrom('ASC', 'DESC') })
const size = fc.integer({ min: 1, max: COUNT + 2 })
const idsOf = ({ edges }: Page) => edges.map((edge) => edge.node.id)

describe('operations', () => {
  test('walked forward give every operation once, in the order of one big page', async () => {
    await fc.assert(
      fc.asyncProperty(size, order, async (first, orderBy) => {
        const whole = idsOf(await page({ first: 100, orderBy }))
        const walked: string[] = []
        let after: string | null = null
        for (let more = true; more; ) {
          const next: Page = await page({ first, orderBy, after })
          expect(next.pageInfo.hasPreviousPage).toBe(after !== null)
          expect([next.pageInfo.startCursor, next.pageInfo.endCursor]).toEqual([next.edges[0]?.cursor ?? null, next.edges.at(-1)?.cursor ?? null])
          walked.push(...idsOf(next))
          more = next.pageInfo.hasNextPage
          after = next.pageInfo.endCursor
        }
        expect(walked).toEqual(whole)
        expect(new Set(walked).size).toBe(COUNT)
      }),
      { numRuns: 15 },
    )
  })

  test('walked backward give the same, from the end', async () => {
    await fc.assert(
      fc.asyncProperty(size, order, async (last, orderBy) => {
        const whole = idsOf(await page({ first: 100, orderBy }))
        let walked: string[] = []
        let before: string | null = null
        for (let more = true; more; ) {
          const previous: Page = await page({ last, orderBy, before })
          expect(previous.pageInfo.hasNextPage).toBe(before !== null)
          walked = [...idsOf(previous), ...walked]
          more = previous.pageInfo.hasPreviousPage
          before = previous.pageInfo.startCursor
        }
        expect(walked).toEqual(whole)
      }),
      { numRuns: 15 },
    )
  })

  test('between two cursors give what lies between them', async () => {
    const whole = await page({ first: 100 })
    const between = await page({ first: 100, after: whole.edges[4]?.cursor, before: whole.edges[9]?.cursor })
    expect(idsOf(between)).toEqual(idsOf(whole).slice(5, 9))
  })

  test('are newest first and at most 50 by default, and none when none are asked for', async () => {
    const titles = (await page({})).edges.map((edge) => edge.node.title)
    expect(titles[0]).toBe(`Even 100% ${COUNT - 1}`)
    expect(await page({ first: 0 })).toMatchObject({ edges: [], pageInfo: { startCursor: null, endCursor: null } })
  })

  test('are filtered by any part of the title, whatever its case and signs', async () => {
    expect((await page({ filter: { text: 'eVEN 100% 1' } })).edges.map((edge) => edge.node.title)).toEqual(
      [18, 16, 14, 12, 10].map((index) => `Even 100% ${index}`),
    )
    expect((await page({ filter: { text: '_' } })).edges).toEqual([])
  })

  test('are filtered by state, type, time and whether they are done', async () => {
    const counts = await Promise.all(
      [
        { done: true },
        { done: false },
        { states: ['QUEUED'] },
        { states: [] },
        { types: ['STATEMENT_IMPORT'] },
        { createdAfter: '2999-01-01T00:00:00Z' },
        { createdBefore: '2999-01-01T00:00:00Z' },
        { ownerId: 'bob' },
      ].map(async (filter) => (await page({ filter })).edges.length),
    )
    expect(counts).toEqual([0, COUNT, COUNT, 0, 0, 0, COUNT, 0])
  })
})

describe('events', () => {
  test('are walked in order with their own cursors', async () => {
    const [first] = (await page({ first: 1 })).edges
    await world.ask(
      ANA,
      'mutation ($id: ID!) { a: pauseOperation(input: { id: $id }) { __typename } b: resumeOperation(input: { id: $id }) { __typename } c: cancelOperation(input: { id: $id }) { __typename } }',
      {
        id: first?.node.id,
      },
    )
    const seen: unknown[] = []
    let after: unknown = null
    for (let more = true; more; ) {
      const { data } = await world.ask(
        ANA,
        'query ($id: ID!, $after: Cursor) { operation(id: $id) { events(first: 1, after: $after) { edges { node { seq type } } pageInfo { hasNextPage endCursor } } } }',
        {
          id: first?.node.id,
          after,
        },
      )
      const events = data?.operation?.events as Loose
      seen.push(...(events.edges as unknown as Loose[]).map((edge) => [edge.node?.seq, edge.node?.type]))
      more = (events.pageInfo?.hasNextPage as unknown) === true
      after = events.pageInfo?.endCursor
    }
    expect(seen).toEqual([
      [1, 'QUEUED'],
      [2, 'PAUSED'],
      [3, 'RESUMED'],
      [4, 'CANCELED'],
    ])
  })
})
