import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newUuid, toTypeId } from '../../src/base/ids.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, type Loose, SYNC, text } from './api-world.ts'

let world: ApiWorld
let external: string
beforeAll(async () => {
  // Nothing works here: whatever is started would stay queued and be seen.
  world = await apiWorld({ works: false })
  const { data } = await world.ask(SYNC, 'mutation { openExternalOperation(input: { title: "Sync" }) { ... on OperationPayload { operation { id } } } }')
  external = text(data?.openExternalOperation?.operation?.id)
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const everything = async () => (await world.ask(ADMIN, '{ operations { edges { node { id version progress { revision } } } } categoryRules { id } }')).data

const long = (length: number) => 'x'.repeat(length)
const nested = (depth: number): object => {
  let value: object = {}
  for (let level = 1; level < depth; level += 1) value = { value }
  return value
}

type Input = Readonly<Record<string, unknown>>

/** Mutation, its input, the path of the issue, and what the issue says. */
type Bad = readonly [mutation: string, input: Input, path: string, expects: RegExp]
type Kind = (input: Input, path: string, expects: RegExp) => Bad

const kind =
  (mutation: string, base: Input = {}): Kind =>
  (input, path, expects) => [mutation, { ...base, ...input }, path, expects]

const sandbox = kind('startSandboxExercise')
const any = kind('startOperation', { type: 'SANDBOX_EXERCISE', input: {} })
const open = kind('openExternalOperation', { title: 'x' })
const report = kind('reportProgress', { id: 'external' })
const fail = kind('failOperation', { id: 'external', code: 'X', message: 'x' })
const complete = kind('completeOperation', { id: 'external' })
const control = (action: string) => kind(`${action}Operation`, { id: 'external' })
const rule = kind('setCategoryRule', { pattern: 'x', category: 'x' })
const NUL = 'a\u0000b'

const CASES: readonly Bad[] = [
  sandbox({ title: long(201) }, 'input.title', /1 to 200 characters, got one of 201/),
  sandbox({ title: '  ' }, 'input.title', /1 to 200 characters/),
  sandbox({ title: NUL }, 'input.title', /NUL/),
  sandbox({ title: 'half \ud800' }, 'input.title', /surrogate/),
  sandbox({ idempotencyKey: long(201) }, 'input.idempotencyKey', /1 to 200/),
  sandbox({ idempotencyKey: '' }, 'input.idempotencyKey', /1 to 200/),
  sandbox({ ownerId: long(201) }, 'input.ownerId', /1 to 200/),
  sandbox({ runAt: '2999-01-01T00:00:00Z' }, 'input.runAt', /within the next 366 days/),
  sandbox({ items: 0 }, 'input.items', />=1/),
  sandbox({ items: 100_001 }, 'input.items', /<=100000/),
  sandbox({ itemMs: -1 }, 'input.itemMs', />=0/),
  any({ input: { items: '7' } }, 'input.input.items', /expected number/),
  any({ input: { failAs: 'KEEP' } }, 'input.input.failAs', /expected one of/),
  any({ input: nested(21) }, 'input.input', /20 levels deep/),
  any({ input: { big: long(65 * 1024) } }, 'input.input', /at most 65536 bytes/),
  any({ input: { deep: { text: NUL } } }, 'input.input.deep.text', /NUL/),
  any({ input: { [NUL]: 1 } }, 'input.input', /NUL/),
  any({ type: 'EXTERNAL' }, 'input.type', /openExternalOperation/),
  any({ type: 'STATEMENT_RECATEGORIZATION', input: { batchId: newUuid() } }, 'input.input.batchId', /starts with batch_/),
  any({ type: 'STATEMENT_RECATEGORIZATION', input: {} }, 'input.input.batchId', /expected string/),
  kind('startStatementRecategorization')({ batchId: toTypeId('operation', newUuid()) }, 'input.batchId', /starts with batch_/),
  control('pause')({ reason: long(501) }, 'input.reason', /0 to 500/),
  control('resume')({ reason: NUL }, 'input.reason', /NUL/),
  control('cancel')({ reason: long(501) }, 'input.reason', /0 to 500/),
  control('retry')({ reason: long(501) }, 'input.reason', /0 to 500/),
  open({ title: '' }, 'input.title', /1 to 200/),
  open({ title: long(201) }, 'input.title', /1 to 200/),
  open({ total: -1 }, 'input.total', /0 to 2147483647, got -1/),
  open({ unit: long(101) }, 'input.unit', /1 to 100/),
  open({ deadlineSeconds: 0 }, 'input.deadlineSeconds', /1 to 86400/),
  open({ deadlineSeconds: 86_401 }, 'input.deadlineSeconds', /1 to 86400/),
  open({ estimateSeconds: 0 }, 'input.estimateSeconds', /1 to 604800/),
  open({ impact: { level: 'MAINTENANCE', blocks: ['CHAT', 'CHAT'] } }, 'input.impact.blocks', /at most 1 entries, got 2/),
  report({ done: -1 }, 'input.done', /0 to 2147483647/),
  report({ total: -5 }, 'input.total', /0 to 2147483647/),
  report({ done: 1, failed: 2 }, 'input.failed', /at most done \(1\), got 2/),
  report({ message: long(1_001) }, 'input.message', /0 to 1000/),
  report({ step: '' }, 'input.step', /1 to 100/),
  fail({ code: 'not a code' }, 'input.code', /UPPER_SNAKE_CASE/),
  fail({ code: long(101).toUpperCase() }, 'input.code', /UPPER_SNAKE_CASE/),
  fail({ message: '' }, 'input.message', /1 to 1000/),
  complete({ result: nested(21) }, 'input.result', /20 levels deep/),
  complete({ message: long(1_001) }, 'input.message', /0 to 1000/),
  rule({ pattern: ' ', category: 'x' }, 'input.pattern', /1 to 100/),
  rule({ pattern: '**', category: 'x' }, 'input.pattern', /beside \*/),
  rule({ pattern: 'x', category: long(61) }, 'input.category', /1 to 60/),
  rule({ pattern: 'x', category: 'x', position: -1 }, 'input.position', /0 to 2147483647/),
]

const shown = (value: object) => JSON.stringify(value).slice(0, 60)

describe('mutations refuse as data, with the path, and change nothing', () => {
  test.each(CASES.map(([mutation, input, ...rest]) => [`${mutation} ${shown(input)}`, { mutation, input, rest }] as const))(
    '%s',
    async (_title, { mutation, input, rest: [path, expects] }) => {
      const before = await everything()
      const type = text(world.schema.getMutationType()?.getFields()[mutation]?.args[0]?.type.toString())
      const given = input['id'] === 'external' ? { ...input, id: external } : input
      const viewer = mutation === 'setCategoryRule' ? ADMIN : SYNC
      const { data, errors } = await world.ask(
        viewer,
        `mutation ($input: ${type}) { answer: ${mutation}(input: $input) { __typename ... on InvalidInputError { code message issues { path message } } } }`,
        { input: given },
      )
      expect(errors).toBeUndefined()
      expect(data?.answer).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' })
      const issues = data?.answer?.issues as unknown as Loose[]
      expect(issues.map((issue) => text(issue.path))).toEqual([path])
      expect(text(issues[0]?.message)).toMatch(expects)
      expect(await everything()).toEqual(before)
    },
  )

  test('tells all that is wrong with the options at once', async () => {
    const { data } = await world.ask(
      ANA,
      'mutation ($input: StartSandboxExerciseInput!) { a: startSandboxExercise(input: $input) { ... on InvalidInputError { issues { path } } } }',
      {
        input: { title: long(300), idempotencyKey: '', runAt: '2999-01-01T00:00:00Z' },
      },
    )
    expect(data?.a?.issues).toEqual([{ path: 'input.title' }, { path: 'input.idempotencyKey' }, { path: 'input.runAt' }])
  })
})

describe('what is unknown is not found', () => {
  const strange = [
    '',
    'nothing',
    newUuid(),
    toTypeId('batch', newUuid()),
    toTypeId('operation', newUuid()),
    `operation_${long(26)}`,
    'operation_zzzzzzzzzzzzzzzzzzzzzzzzzz',
    long(10_000),
  ]

  test.each(strange.map((id) => [id.slice(0, 40), id] as const))('%s', async (_shown, id) => {
    const query = await world.ask(ADMIN, 'query ($id: ID!) { operation(id: $id) { id } statementBatch(id: $id) { id } }', { id })
    expect(query).toMatchObject({ data: { operation: null, statementBatch: null }, codes: [] })
    expect((await world.ask(ADMIN, 'query ($id: ID!) { node(id: $id) { id } }', { id })).data).toEqual({ node: null })
    const { data } = await world.ask(
      ADMIN,
      'mutation ($id: ID!) { a: cancelOperation(input: { id: $id }) { __typename } b: deleteStatementBatch(input: { id: $id }) { __typename } c: reportProgress(input: { id: $id }) { __typename } d: deleteCategoryRule(input: { id: $id }) { __typename } }',
      { id },
    )
    for (const name of ['a', 'b', 'c', 'd']) expect(data?.[name]).toEqual({ __typename: 'NotFoundError' })
    await expect(world.subscribe(ADMIN, 'subscription ($id: ID!) { operation(id: $id) { id } }', { id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('queries and subscriptions refuse with INVALID_INPUT and the issues', () => {
  test.each([
    ['operations(first: 101) { edges { cursor } }', 'first', /0 to 100, got 101/],
    ['operations(first: -1) { edges { cursor } }', 'first', /0 to 100/],
    ['operations(last: 101) { edges { cursor } }', 'last', /0 to 100/],
    ['operations(first: 1, last: 1) { edges { cursor } }', 'last', /either first or last/],
    ['operations(after: "nonsense") { edges { cursor } }', 'after', /a cursor as the API gave it/],
    ['operations(before: "nonsense") { edges { cursor } }', 'before', /a cursor as the API gave it/],
    [`operations(filter: { text: "${long(201)}" }) { edges { cursor } }`, 'filter.text', /0 to 200/],
    [
      `operations(filter: { types: [${Array.from({ length: 101 }, () => 'EXTERNAL').join()}] }) { edges { cursor } }`,
      'filter.types',
      /at most 100 entries, got 101/,
    ],
    [`nodes(ids: [${Array.from({ length: 101 }, () => '"x"').join()}]) { id }`, 'ids', /at most 100 entries/],
    ['statementBatches(first: 1000) { edges { cursor } }', 'first', /0 to 100/],
    ['statementBatches(after: "x") { edges { cursor } }', 'after', /a cursor as the API gave it/],
  ])('%s', async (field, path, expects) => {
    const { errors, codes } = await world.ask(ANA, `{ ${field} }`)
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(errors?.[0]?.extensions['issues']).toEqual([{ path, message: expect.stringMatching(expects) as unknown }])
  })

  test.each([49, 0, -1, 60_001])('minIntervalMs: %i', async (minIntervalMs) => {
    for (const field of [`operation(id: "${external}", minIntervalMs: ${minIntervalMs}) { id }`, `operations(minIntervalMs: ${minIntervalMs}) { id }`]) {
      await expect(world.subscribe(SYNC, `subscription { ${field} }`)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('50 to 60000') as unknown,
      })
    }
  })

  test('events of an operation after a cursor of another', async () => {
    const { codes, data } = await world.ask(SYNC, `{ operation(id: "${external}") { events(after: "AQAAAAAAAAAAAAAAAAAAAAAAAAAB") { edges { cursor } } } }`)
    expect(codes).toEqual(['INVALID_INPUT'])
    expect(data?.operation).toBeNull()
  })

  test.each([
    ['query ($a: Int!) { operations(first: $a) { edges { cursor } } }', { a: 'x' }],
    ['query ($a: DateTime!) { operations(filter: { createdAfter: $a }) { edges { cursor } } }', { a: 'yesterday' }],
    ['query ($a: OperationType!) { operations(filter: { types: [$a] }) { edges { cursor } } }', { a: 'NOPE' }],
    ['query ($a: ID!) { operation(id: $a) { id } }', { a: {} }],
    ['mutation ($a: JSONObject!) { startOperation(input: { type: SANDBOX_EXERCISE, input: $a }) { __typename } }', { a: [1] }],
    ['mutation ($a: File!) { startStatementImport(input: { file: $a }) { __typename } }', { a: 'text' }],
    ['mutation ($a: File!) { startStatementImport(input: { file: $a }) { __typename } }', { a: { fileName: 'x' } }],
    ['{ operations { nothing } }', {}],
  ])('wrong types: %s', async (document, variables) => {
    expect((await world.ask(ANA, document, variables)).codes).toEqual(['INVALID_INPUT'])
  })

  test('an empty cursor and one that is too long', async () => {
    for (const after of ['', long(501)]) {
      await expect(
        world.subscribe(SYNC, 'subscription ($id: ID!, $after: Cursor) { operationEvents(operationId: $id, after: $after) { cursor } }', {
          id: external,
          after,
        }),
      ).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    }
  })
})
