import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { newUuid, toTypeId } from '../../src/base/ids.ts'
import { toCursor } from '../../src/events/cursor.ts'
import { inboxStream } from '../../src/notifications/inbox-writer.ts'
import type { EventStream } from '../../src/server/event-stream.ts'
import { endOperations } from '../notifications/ended-operations.ts'
import { ADMIN, ANA, type Answer, type ApiWorld, apiWorld, BOB, type Loose, SYNC, text, until, viewer } from './api-world.ts'

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld()
})
afterAll(async () => {
  expect(world.hidden).toEqual([])
  await world.close()
})

const NODE = 'id kind category urgency title body count version seenAt dismissedAt autoHideSeconds operation { id state } actions { action enabled }'
const LIST = `query ($filter: NotificationFilter, $first: Int, $after: Cursor) { notifications(filter: $filter, first: $first, after: $after) {
  unseenCount cursor pageInfo { hasNextPage endCursor } edges { cursor node { ${NODE} } } } }`
const FOLLOW = `subscription ($after: Cursor) { notifications(after: $after) { __typename cursor
  ... on NotificationFrame { seq type unseenCount notification { ${NODE} } } ... on StreamCaughtUp { replayed } ... on StreamGap { reason } } }`

const list = async (who: Viewer, variables: object = {}): Promise<Loose> => (await world.ask(who, LIST, variables)).data?.notifications as Loose
const edgesOf = (page: Loose): readonly Loose[] => page.edges as unknown as readonly Loose[]
const titlesOf = (page: Loose): readonly string[] => edgesOf(page).map((edge) => text(edge.node?.title))
const dismiss = (who: Viewer, input: object): Promise<Answer> =>
  world.ask(
    who,
    'mutation ($input: DismissNotificationInput!) { dismissNotification(input: $input) { __typename ... on NotificationPayload { unseenCount notification { dismissedAt } } ... on Error { code } } }',
    { input },
  )

async function failing(who: Viewer, title: string): Promise<void> {
  await world.ask(
    who,
    'mutation ($title: String!) { startSandboxExercise(input: { items: 1, itemMs: 0, failAt: 1, failAs: PERMANENT, title: $title }) { __typename } }',
    {
      title,
    },
  )
  await expect.poll(async () => titlesOf(await list(who))).toContain(`${title}: failed`)
}

/** The next frame of an inbox. */
const frameOf = (stream: EventStream, fits: (frame: Loose) => boolean): Promise<Loose> => until(stream, (data) => fits(data.notifications as Loose))

describe('a failure', () => {
  test('is in the list of its owner, with what can be done about it, and in nobody else’s', async () => {
    const carol = viewer('carol')
    await failing(carol, 'Nightly sync')
    const page = await list(carol)
    expect(page).toMatchObject({ unseenCount: 1 })
    const node = edgesOf(page)[0]?.node
    expect(node).toMatchObject({ kind: 'ERROR', category: 'FAILURE', urgency: 'HIGH', autoHideSeconds: null, count: 1, operation: { state: 'FAILED' } })
    expect(node?.actions).toContainEqual({ action: 'RETRY', enabled: true })
    const id = text(node?.id)
    expect(id).toMatch(/^notification_/)
    expect((await world.ask(carol, `{ node(id: "${id}") { ... on Notification { title } } }`)).data).toEqual({ node: { title: 'Nightly sync: failed' } })
    for (const other of [BOB, SYNC, ADMIN]) {
      expect(edgesOf(await list(other, { filter: { dismissed: null } }))).toEqual([])
      expect((await world.ask(other, `{ node(id: "${id}") { id } }`)).data).toEqual({ node: null })
      expect((await dismiss(other, { id })).data?.dismissNotification).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
    }
    expect((await list(carol)).unseenCount).toBe(1)
  })
})

describe('the inbox', () => {
  test('shows in all tabs what happens in one: seen, dismissed, all dismissed; each badge is right', async () => {
    const dora = viewer('dora')
    const { cursor } = await list(dora)
    const tabs = [await world.subscribe(dora, FOLLOW, {}), await world.subscribe(dora, FOLLOW, { after: cursor })]
    for (const tab of tabs) await frameOf(tab, (frame) => text(frame.__typename) === 'StreamCaughtUp')
    await failing(dora, 'First')
    await failing(dora, 'Second')
    const page = await list(dora)
    const [second, first] = edgesOf(page)
    const seen = await world.ask(
      dora,
      'mutation ($input: MarkNotificationsSeenInput!) { markNotificationsSeen(input: $input) { ... on MarkNotificationsSeenPayload { seenCount unseenCount } } }',
      {
        input: { until: first?.cursor },
      },
    )
    expect(seen.data?.markNotificationsSeen).toEqual({ seenCount: 1, unseenCount: 1 })
    const input = { id: text(second?.node?.id), version: Number(second?.node?.version) }
    expect((await dismiss(dora, { ...input, version: input.version - 1 || 1 })).data?.dismissNotification?.__typename).toBe('NotificationPayload')
    expect((await dismiss(dora, input)).data?.dismissNotification).toMatchObject({ unseenCount: 0, notification: { dismissedAt: expect.any(String) } })
    // Again changes nothing.
    expect((await dismiss(dora, input)).data?.dismissNotification).toMatchObject({ unseenCount: 0 })
    expect(titlesOf(await list(dora))).toEqual(['First: failed'])
    expect(titlesOf(await list(dora, { filter: { dismissed: true } }))).toEqual(['Second: failed'])
    const all = await world.ask(
      dora,
      'mutation { dismissAllNotifications(input: { filter: { kinds: [ERROR] } }) { ... on DismissAllNotificationsPayload { dismissedCount unseenCount } } }',
    )
    expect(all.data?.dismissAllNotifications).toEqual({ dismissedCount: 1, unseenCount: 0 })
    for (const tab of tabs) {
      const seqs: number[] = []
      const types: string[] = []
      await frameOf(tab, (frame) => {
        seqs.push(Number(frame.seq))
        types.push(text(frame.type))
        return text(frame.type) === 'DISMISSED' && text(frame.notification?.title) === 'First: failed' && frame.unseenCount === (0 as unknown as Loose)
      })
      expect(seqs).toEqual(seqs.map((_seq, index) => index + 1))
      expect(types.filter((type) => type === 'SEEN' || type === 'DISMISSED')).toEqual(['SEEN', 'DISMISSED', 'DISMISSED'])
      await tab.return()
    }
  })

  test('is listed in pages, last edited first, with filters', async () => {
    const emil = viewer('emil')
    for (const title of ['One', 'Two', 'Three']) await failing(emil, title)
    const seen: string[] = []
    for (let after: unknown = null; ; ) {
      const page = await list(emil, { first: 1, after })
      seen.push(...titlesOf(page))
      after = page.pageInfo?.endCursor
      if (!page.pageInfo?.hasNextPage) break
    }
    expect(seen).toEqual(['Three: failed', 'Two: failed', 'One: failed'])
    const operationId = edgesOf(await list(emil))[1]?.node?.operation?.id
    expect(titlesOf(await list(emil, { filter: { operationId } }))).toEqual(['Two: failed'])
    expect(titlesOf(await list(emil, { filter: { kinds: ['SUCCESS', 'INFO'] } }))).toEqual([])
    expect(titlesOf(await list(emil, { filter: { types: ['STATEMENT_IMPORT'] } }))).toEqual([])
    expect(titlesOf(await list(emil, { filter: { seen: true } }))).toEqual([])
    expect(titlesOf(await list(emil, { filter: { categories: ['FAILURE'], seen: false } }))).toHaveLength(3)
  })

  test('says a gap for a cursor of somebody else, and tells nothing of it', async () => {
    const stream = await world.subscribe(BOB, FOLLOW, { after: toCursor({ stream: inboxStream('carol'), seq: 0 }) })
    const frames: Loose[] = []
    await frameOf(stream, (frame) => frames.push(frame) > 0 && text(frame.__typename) === 'StreamCaughtUp')
    expect(frames.map(({ __typename: name, reason }) => [name, reason])).toEqual([
      ['StreamGap', 'UNKNOWN_CURSOR'],
      ['StreamCaughtUp', undefined],
    ])
    await stream.return()
    expect(world.notifications.inbox.hubs).toBe(0)
  })
})

test('a group stands for many, and every failure is found by its pages; a stranger finds none', async () => {
  const frida = viewer('frida')
  await endOperations(world.database, { type: 'SANDBOX_EXERCISE', ownerId: 'frida', count: 200, failsEvery: 10 })
  await expect.poll(async () => (await list(frida)).unseenCount).toBe(1)
  const [edge] = edgesOf(await list(frida))
  expect(edge?.node).toMatchObject({ kind: 'ERROR', count: 200, operation: null, actions: [], title: expect.stringMatching(/: 180 finished, 20 failed$/) })
  const PAGE = `query ($id: ID!, $after: String) { node(id: $id) { ... on Notification { operations(outcome: FAILED, first: 7, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { id state owner { id } } } } } } }`
  const found: Loose[] = []
  for (let after: unknown = null; ; ) {
    const { data } = await world.ask(frida, PAGE, { id: edge?.node?.id, after })
    const page = data?.node?.operations as Loose
    found.push(...edgesOf(page).map(({ node }) => node as Loose))
    after = page.pageInfo?.endCursor
    if (!page.pageInfo?.hasNextPage) break
  }
  expect(new Set(found.map(({ id }) => text(id))).size).toBe(20)
  expect(new Set(found.map(({ state }) => text(state)))).toEqual(new Set(['FAILED']))
  for (const other of [ANA, ADMIN]) expect((await world.ask(other, PAGE, { id: edge?.node?.id })).data).toEqual({ node: null })
})

describe('bad input', () => {
  const issuesOf = async (mutation: string, type: string, input: object) => {
    const { data, errors } = await world.ask(
      ANA,
      `mutation ($input: ${type}!) { a: ${mutation}(input: $input) { __typename ... on InvalidInputError { issues { path message } } } }`,
      {
        input,
      },
    )
    expect(errors).toBeUndefined()
    return data?.a?.issues as unknown as readonly Loose[]
  }

  test.each([
    ['dismissNotification', 'DismissNotificationInput', { id: 'x', version: 0 }, 'input.version'],
    ['markNotificationsSeen', 'MarkNotificationsSeenInput', {}, 'input'],
    ['markNotificationsSeen', 'MarkNotificationsSeenInput', { ids: [], until: toCursor({ stream: inboxStream('ana'), seq: 1 }) }, 'input'],
    ['markNotificationsSeen', 'MarkNotificationsSeenInput', { until: toCursor({ stream: inboxStream('bob'), seq: 1 }) }, 'input.until'],
    ['markNotificationsSeen', 'MarkNotificationsSeenInput', { ids: Array.from({ length: 101 }, () => 'x') }, 'input.ids'],
  ])('%s %s %j is refused at %s', async (mutation, type, input, path) => {
    expect((await issuesOf(mutation, type, input)).map((issue) => issue.path)).toEqual([path])
  })

  test('dismissAllNotifications, whose answer is always a payload, refuses a filter as a whole', async () => {
    const filter = { kinds: Array.from({ length: 101 }, () => 'INFO') }
    const { codes } = await world.ask(ANA, 'mutation ($input: DismissAllNotificationsInput!) { dismissAllNotifications(input: $input) { dismissedCount } }', {
      input: { filter },
    })
    expect(codes).toEqual(['INVALID_INPUT'])
  })

  test.each(['', 'nothing', newUuid(), toTypeId('operation', newUuid()), toTypeId('notification', newUuid())])('%j is no notification', async (id) => {
    expect((await dismiss(ANA, { id })).data?.dismissNotification).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
  })

  test.each([[{ after: toCursor({ stream: inboxStream('bob'), seq: 1 }) }], [{ filter: { operationId: 'x' } }], [{ first: 101 }], [{ first: -1 }]])(
    'a list with %j is refused',
    async (variables) => {
      expect((await world.ask(ANA, LIST, variables)).codes).toEqual(['INVALID_INPUT'])
    },
  )
})
