import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, ANA, type ApiWorld, apiWorld, type Loose, SYNC, statement, text, until, upload } from './api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const START = `mutation ($input: StartSandboxExerciseInput!) {
  start: startSandboxExercise(input: $input) {
    __typename
    ... on OperationPayload { replayed cursor operation { id type title state version cursor ... on SandboxExerciseOperation { items itemMs failAs result { items sandbox } } } }
    ... on InvalidInputError { issues { path message } }
    ... on Error { code message }
  }
}`

const control = (name: string, input = 'OperationControlInput') => `mutation ($input: ${input}!) {
  control: ${name}Operation(input: $input) {
    __typename
    ... on OperationPayload { operation { state } }
    ... on InvalidStateError { allowed operation { state } }
    ... on Error { code message }
  }
}`

const WATCH = 'subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { id state done progress { done } } }'

async function start(input: object): Promise<Loose> {
  const { data } = await world.ask(ANA, START, { input })
  return data?.start?.operation as Loose
}

async function reach(id: unknown, state: string): Promise<void> {
  const stream = await world.subscribe(ANA, WATCH, { id })
  await until(stream, (frame) => text(frame.operation?.state) === state)
  await stream.return()
}

describe('the life of an operation', () => {
  test('is typed from its definition: input fields, defaults, enums and result', async () => {
    const operation = await start({ items: 3, itemMs: 0 })
    expect(operation).toMatchObject({ type: 'SANDBOX_EXERCISE', title: 'Sandbox exercise (3 items)', items: 3, itemMs: 0, failAs: 'RETRYABLE' })
    await reach(operation.id, 'COMPLETED')
    const { data } = await world.ask(
      ANA,
      'query ($id: ID!) { operation(id: $id) { done ... on SandboxExerciseOperation { result { items sandbox } } progress { percentage done total unit } } }',
      {
        id: operation.id,
      },
    )
    expect(data?.operation).toMatchObject({ done: true, result: { items: 3, sandbox: true }, progress: { percentage: 100, done: 3, total: 3, unit: 'items' } })
  })

  test('can be paused, resumed, canceled and retried, and refuses what its state does not allow', async () => {
    const { id } = await start({ items: 5_000, itemMs: 2 })
    await reach(id, 'RUNNING')
    const paused = await world.ask(ANA, control('pause'), { input: { id, reason: 'a look' } })
    expect(['PAUSING', 'PAUSED']).toContain(paused.data?.control?.operation?.state)
    await reach(id, 'PAUSED')
    const again = await world.ask(ANA, control('retry', 'RetryOperationInput'), { input: { id } })
    expect(again.data?.control).toMatchObject({
      __typename: 'InvalidStateError',
      code: 'INVALID_STATE',
      allowed: ['RESUME', 'CANCEL'],
      operation: { state: 'PAUSED' },
    })
    const stale = await world.ask(ANA, control('resume'), { input: { id, expectedState: 'RUNNING' } })
    expect(stale.data?.control).toMatchObject({ __typename: 'VersionConflictError', code: 'VERSION_CONFLICT' })
    await world.ask(ANA, control('resume'), { input: { id } })
    await reach(id, 'RUNNING')
    await world.ask(ANA, control('cancel'), { input: { id } })
    await reach(id, 'CANCELED')
    await world.ask(ANA, control('retry', 'RetryOperationInput'), { input: { id, from: 'LAST_STEP' } })
    await reach(id, 'RUNNING')
    await world.ask(ANA, control('cancel'), { input: { id } })
    await reach(id, 'CANCELED')
  })

  test('shows a permanent failure with its step, and all steps in order', async () => {
    const { id } = await start({ items: 5, itemMs: 0, failAt: 2, failAs: 'PERMANENT' })
    await reach(id, 'FAILED')
    const { data } = await world.ask(ANA, 'query ($id: ID!) { operation(id: $id) { failure { code message retryable step } steps { name title state } } }', {
      id,
    })
    expect(data?.operation).toMatchObject({
      failure: { code: 'SANDBOX_FAILURE', retryable: false },
      steps: [
        { name: 'prepare', title: 'Prepare', state: 'COMPLETED' },
        { name: 'work', state: 'FAILED' },
        { name: 'finish', state: 'PENDING' },
      ],
    })
  })

  test('the same idempotency key answers with the first operation, another input with a conflict', async () => {
    const first = await start({ items: 1, itemMs: 0, idempotencyKey: 'once' })
    const replay = await world.ask(ANA, START, { input: { items: 1, itemMs: 0, idempotencyKey: 'once' } })
    expect(replay.data?.start).toMatchObject({ replayed: true, operation: { id: first.id } })
    const conflict = await world.ask(ANA, START, { input: { items: 2, itemMs: 0, idempotencyKey: 'once' } })
    expect(conflict.data?.start).toMatchObject({ __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT' })
  })

  test('the generic start takes the same input as JSON and names the paths of what it refuses', async () => {
    const START_ANY = `mutation ($input: StartOperationInput!) { start: startOperation(input: $input) {
      __typename ... on OperationPayload { operation { type title ... on SandboxExerciseOperation { items } } } ... on InvalidInputError { issues { path message } } } }`
    const good = await world.ask(ANA, START_ANY, { input: { type: 'SANDBOX_EXERCISE', input: { items: 1, itemMs: 0 }, title: 'By JSON' } })
    expect(good.data?.start).toMatchObject({ operation: { type: 'SANDBOX_EXERCISE', title: 'By JSON', items: 1 } })
    const bad = await world.ask(ANA, START_ANY, { input: { type: 'SANDBOX_EXERCISE', input: { items: 0, itemMs: 'x' } } })
    expect(bad.data?.start).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input.input.items' }, { path: 'input.input.itemMs' }] })
    const file = await world.ask(ANA, START_ANY, { input: { type: 'STATEMENT_IMPORT', input: {} } })
    expect(file.data?.start).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input.type' }] })
  })
})

const EVENTS = `subscription ($id: ID!, $after: Cursor) { operationEvents(operationId: $id, after: $after) {
  __typename cursor
  ... on OperationEvent { seq type actor { id } operation { version } }
  ... on OperationSnapshot { operation { id } }
  ... on StreamCaughtUp { replayed }
  ... on StreamGap { reason }
} }`

async function frames(id: unknown, after: unknown): Promise<readonly Loose[]> {
  const all: Loose[] = []
  for await (const { data } of await world.subscribe(ANA, EVENTS, { id, after })) all.push((data as unknown as Loose).operationEvents as Loose)
  return all
}

describe('operationEvents', () => {
  test('goes on after any cursor of the history without a gap or a repeat, and ends after the end', async () => {
    const { id } = await start({ items: 2, itemMs: 0 })
    await reach(id, 'COMPLETED')
    const page = await world.ask(
      ANA,
      'query ($id: ID!) { operation(id: $id) { cursor version events(first: 3) { edges { cursor node { seq type } } pageInfo { hasNextPage endCursor } } } }',
      { id },
    )
    const events = page.data?.operation?.events
    const version = Number(page.data?.operation?.version)
    const second = (events?.edges as unknown as readonly Loose[] | undefined)?.[1]
    expect(second).toMatchObject({ node: { seq: 2 } })
    const rest = await frames(id, second?.cursor)
    const seqs = rest.filter((frame) => text(frame.__typename) === 'OperationEvent').map((frame) => Number(frame.seq))
    expect(seqs).toEqual(Array.from({ length: version - 2 }, (_, index) => index + 3))
    expect(rest.at(-1)).toMatchObject({ __typename: 'StreamCaughtUp', replayed: version - 2 })
  })

  test('says so when it can not go on after a cursor, and gives a snapshot', async () => {
    const [one, other] = [await start({ items: 1, itemMs: 0 }), await start({ items: 1, itemMs: 0 })]
    await Promise.all([reach(one.id, 'COMPLETED'), reach(other.id, 'COMPLETED')])
    const got = await frames(one.id, other.cursor)
    expect(got[0]).toMatchObject({ __typename: 'StreamGap', reason: 'UNKNOWN_CURSOR' })
    expect(got[1]).toMatchObject({ __typename: 'OperationSnapshot', operation: { id: one.id } })
  })
})

describe('operations', () => {
  test('shows the active ones that match, then what changes', async () => {
    const stream = await world.subscribe(ANA, 'subscription { operations(filter: { types: [SANDBOX_EXERCISE], done: false }, minIntervalMs: 50) { id state } }')
    const { id } = await start({ items: 20, itemMs: 10 })
    await until(stream, (frame) => frame.operations?.id === id)
    await until(stream, (frame) => frame.operations?.id === id && text(frame.operations?.state) === 'COMPLETED')
    await stream.return()
  })
})

const IMPORT = `mutation ($input: StartStatementImportInput!) { start: startStatementImport(input: $input) {
  __typename
  ... on OperationPayload { replayed operation { id ... on StatementImportOperation { fileName fileSize batchSize onCancel batchDeleted } } }
  ... on InvalidInputError { issues { path message } } } }`

describe('imports', () => {
  test('take a file, give a batch with rows and rejects, and are marked when it is deleted', async () => {
    const text = statement(120)
    const started = await world.ask(ANA, IMPORT, { input: { file: upload(text, 'may.csv'), batchSize: 50, onCancel: 'DISCARD' } })
    expect(started.data?.start).toMatchObject({
      operation: { fileName: 'may.csv', fileSize: text.length, batchSize: 50, onCancel: 'DISCARD', batchDeleted: false },
    })
    const id = started.data?.start?.operation?.id
    await reach(id, 'COMPLETED')
    const BATCH = `query ($id: ID!) { operation(id: $id) { ... on StatementImportOperation {
      batchDeleted result { batchId accepted rejected totals { currency amount count } }
      batch { id state acceptedCount rejectedCount rejectedCsvUrl operation { id } rows(first: 2) { edges { cursor node { line cardLast4 amount currency } } pageInfo { hasNextPage } } rejectedRows { edges { node { line rule values } } } } } } }`
    const done = await world.ask(ANA, BATCH, { id })
    expect(done.errors).toBeUndefined()
    const operation = done.data?.operation as Loose
    expect(operation).toMatchObject({
      result: { accepted: 120, rejected: 1, totals: [{ currency: 'EUR', count: 120 }] },
      batch: {
        state: 'COMPLETE',
        acceptedCount: 120,
        rejectedCount: 1,
        operation: { id },
        rows: { edges: [{ node: { line: 2, cardLast4: '1111' } }, {}], pageInfo: { hasNextPage: true } },
      },
    })
    expect(operation.batch?.id).toEqual(operation.result?.batchId)
    expect(operation.batch?.rejectedRows?.edges).toMatchObject([{ node: { line: 122, rule: 'DATE' } }])
    const node = await world.ask(ANA, 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: [operation.batch?.id, id, 'nothing'] })
    expect(node.data?.nodes).toMatchObject([{ __typename: 'StatementBatch' }, { __typename: 'StatementImportOperation' }, null])
    const removed = await world.ask(
      ANA,
      'mutation ($id: ID!) { deleteStatementBatch(input: { id: $id }) { __typename ... on DeleteStatementBatchPayload { batchId operation { id ... on StatementImportOperation { batchDeleted batch { id } } } } } }',
      {
        id: operation.batch?.id,
      },
    )
    expect(removed.data?.deleteStatementBatch).toMatchObject({ __typename: 'DeleteStatementBatchPayload', operation: { id, batchDeleted: true, batch: null } })
    const list = 'query ($all: Boolean!) { operations(filter: { types: [STATEMENT_IMPORT], includeBatchDeleted: $all }) { edges { node { id } } } }'
    expect((await world.ask(ANA, list, { all: false })).data?.operations?.edges).toEqual([])
    expect((await world.ask(ANA, list, { all: true })).data?.operations?.edges).toEqual([{ node: { id } }])
  })

  test('refuse a bad batch size before a byte of the file is taken, and a bad file with its path', async () => {
    const file = upload(statement(1))
    const size = await world.ask(ANA, IMPORT, { input: { file, batchSize: 0 } })
    expect(size.data?.start).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input.batchSize' }] })
    expect(file.stream().readableDidRead).toBe(false)
    const empty = await world.ask(ANA, IMPORT, { input: { file: upload('') } })
    expect(empty.data?.start).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: 'input.file' }] })
  })

  test('give rows the categories of rules that an administrator edits', async () => {
    const SET = `mutation ($input: SetCategoryRuleInput!) { set: setCategoryRule(input: $input) { __typename ... on CategoryRulePayload { rule { id pattern category position } } ... on Error { code } } }`
    expect((await world.ask(ANA, SET, { input: { pattern: 'shop', category: 'Shopping' } })).data?.set).toMatchObject({ __typename: 'ForbiddenError' })
    const made = await world.ask(ADMIN, SET, { input: { pattern: 'shop', category: 'Shopping' } })
    const id = made.data?.set?.rule?.id
    const changed = await world.ask(ADMIN, SET, { input: { id, pattern: 'shop', category: 'Stores', position: 2 } })
    expect(changed.data?.set?.rule).toEqual({ id, pattern: 'shop', category: 'Stores', position: 2 })
    expect((await world.ask(ANA, '{ categoryRules { id category } }')).data?.categoryRules).toEqual([{ id, category: 'Stores' }])
    const removed = await world.ask(ADMIN, 'mutation ($id: ID!) { deleteCategoryRule(input: { id: $id }) { ... on DeleteCategoryRulePayload { ruleId } } }', {
      id,
    })
    expect(removed.data?.deleteCategoryRule).toEqual({ ruleId: id })
  })
})

describe('work that runs elsewhere', () => {
  test('is opened, reported on and completed by the service', async () => {
    const opened = await world.ask(
      SYNC,
      'mutation { open: openExternalOperation(input: { title: "Sync", ownerId: "ana", total: 10, unit: "files" }) { ... on OperationPayload { operation { id state owner { kind id } } } } }',
    )
    expect(opened.data?.open?.operation).toMatchObject({ state: 'RUNNING', owner: { kind: 'USER', id: 'ana' } })
    const id = opened.data?.open?.operation?.id
    const REPORT =
      'mutation ($input: ReportProgressInput!) { reportProgress(input: $input) { __typename ... on OperationPayload { operation { progress { done failed percentage message } } } ... on Error { code } } }'
    const reported = await world.ask(SYNC, REPORT, { input: { id, done: 4, failed: 1, message: 'on it' } })
    expect(reported.data?.reportProgress).toMatchObject({ operation: { progress: { done: 4, failed: 1, percentage: 40, message: 'on it' } } })
    expect((await world.ask(ANA, REPORT, { input: { id, done: 9 } })).data?.reportProgress).toMatchObject({ __typename: 'ForbiddenError' })
    const done = await world.ask(
      SYNC,
      'mutation ($id: ID!) { completeOperation(input: { id: $id, result: { files: 10 } }) { ... on OperationPayload { operation { state ... on ExternalOperation { result deadlineSeconds } } } } }',
      { id },
    )
    expect(done.data?.completeOperation).toMatchObject({ operation: { state: 'COMPLETED', result: { files: 10 }, deadlineSeconds: 60 } })
    const late = await world.ask(SYNC, REPORT, { input: { id, done: 5 } })
    expect(late.data?.reportProgress).toMatchObject({ __typename: 'InvalidStateError' })
  })

  test('fails with the code of the service', async () => {
    const opened = await world.ask(SYNC, 'mutation { open: openExternalOperation(input: { title: "Sync" }) { ... on OperationPayload { operation { id } } } }')
    const failed = await world.ask(
      SYNC,
      'mutation ($id: ID!) { failOperation(input: { id: $id, code: "PEER_DOWN", message: "no answer", retryable: true }) { ... on OperationPayload { operation { state failure { code message retryable } } } } }',
      {
        id: opened.data?.open?.operation?.id,
      },
    )
    expect(failed.data?.failOperation).toMatchObject({ operation: { state: 'FAILED', failure: { code: 'PEER_DOWN', message: 'no answer', retryable: true } } })
  })
})

describe('definitions and figures', () => {
  test('tell the schema of the input and whether this viewer may start it', async () => {
    const { data } = await world.ask(ANA, '{ operationDefinitions { type startable steps { name } inputSchema } viewer { id roles } }')
    const definitions = data?.operationDefinitions as unknown as Loose[]
    expect(definitions.map(({ type, startable }) => [type, startable])).toEqual([
      ['STATEMENT_IMPORT', true],
      ['STATEMENT_RECATEGORIZATION', true],
      ['SYSTEM_MAINTENANCE', false],
      ['STORE_CONNECTION', true],
      ['DATA_UPDATE', true],
      ['RAG_SYNC', true],
      ['STORE_RECONNECTION', true],
      ['WHATSAPP_SETUP', true],
      ['SANDBOX_EXERCISE', true],
      ['EXTERNAL', false],
    ])
    expect(definitions.find(({ type }) => text(type) === 'SANDBOX_EXERCISE')?.inputSchema).toMatchObject({
      type: 'object',
      properties: { items: { minimum: 1, maximum: 100_000, default: 100 } },
    })
    expect(definitions[1]?.inputSchema).toMatchObject({ properties: { batchId: { pattern: expect.stringContaining('^batch_') } } })
    const ended = async () => Number((await world.ask(ANA, '{ operationMetrics(type: SANDBOX_EXERCISE) { total } }')).data?.['operationMetrics']?.['total'])
    await expect.poll(ended).toBeGreaterThan(3)
    expect(data?.viewer).toEqual({ id: 'ana', roles: ['USER'] })
  })
})
