import { type GraphQLInputObjectType, type GraphQLObjectType, printType } from 'graphql'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../src/base/clock.ts'
import { newUuid, toTypeId } from '../../src/base/ids.ts'
import { sandboxExercise } from '../../src/domains/sandbox/operations.ts'
import { Registry } from '../../src/engine/registry.ts'
import { defineEvents, type EventsDefinition } from '../../src/events/define-events.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import type { EventStream } from '../../src/server/event-stream.ts'
import { ADMIN, ANA, type ApiWorld, apiWorld, type Loose, SYNC, text, until } from './api-world.ts'

const stockAlerts = defineEvents({
  name: 'STOCK_ALERT',
  stream: 'stock',
  description: 'Tells of products that run low.',
  types: { LOW: 'Few are left.', SOLD_OUT: 'None is left.' },
  data: z.object({
    sku: z.string().min(1).max(40).describe('Number of the article.'),
    left: z.int().min(0).default(0),
    operationId: z.uuid().meta({ idPrefix: 'operation' }).optional(),
    shelf: z.enum(['upper', 'lower']).optional(),
    places: z.array(z.object({ name: z.string(), count: z.int() })).default([]),
  }),
  readableBy: ['SERVICE', 'ADMIN'],
  publishableBy: ['SERVICE'],
})

const deliveries = defineEvents({
  name: 'DELIVERY',
  stream: 'deliveries',
  description: 'Trucks at the gate.',
  types: { ARRIVED: 'A truck arrived.' },
  data: z.object({ truck: z.string() }),
  readableBy: ['ADMIN'],
})

const FOLLOW = `subscription ($after: Cursor) { stockAlertEvents(after: $after) { __typename cursor
  ... on StockAlertEvent { seq type occurredAt actor { kind id } data { sku left operationId shelf places { name count } } }
  ... on StreamCaughtUp { replayed } ... on StreamGap { reason } } }`
const PUBLISH = `mutation ($input: PublishStockAlertEventInput!) { publishStockAlertEvent(input: $input) { __typename
  ... on PublishStockAlertEventPayload { replayed cursor event { cursor seq type data { sku left } actor { id } } }
  ... on Error { code message } ... on InvalidInputError { issues { path } } ... on EventIdempotencyConflictError { cursor } } }`

let world: ApiWorld
beforeAll(async () => {
  world = await apiWorld({ events: [stockAlerts, deliveries], works: false })
})
afterAll(() => world.close())
afterEach(() => expect(world.hidden).toEqual([]))

const schemaOf = (...events: readonly EventsDefinition[]) => createSchema(new Registry([sandboxExercise(systemClock)]), events)
const printed = (name: string): string => printType(world.schema.getType(name) as NonNullable<ReturnType<typeof world.schema.getType>>)

const fieldsOf = (name: string): Record<string, string> => {
  const type = world.schema.getType(name) as GraphQLObjectType | GraphQLInputObjectType
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, String(field.type)]))
}

async function follow(viewer = ADMIN, after?: string): Promise<EventStream> {
  const stream = await world.subscribe(viewer, FOLLOW, { after })
  onTestFinished(async () => void (await stream.return()))
  return stream
}

const frame = async (stream: EventStream, typename: string): Promise<Loose> =>
  (await until(stream, (data) => text((data['stockAlertEvents'] as Loose)['__typename']) === typename))['stockAlertEvents'] as Loose

const publish = async (input: object, viewer = SYNC) => (await world.ask(viewer, PUBLISH, { input })).data?.['publishStockAlertEvent'] as Loose

describe('a definition of business events gives', () => {
  test('its types', () => {
    expect(printed('StockAlertEvent')).toMatch(/^"""Tells of products that run low."""\ntype StockAlertEvent implements StreamFrame \{/)
    expect(fieldsOf('StockAlertEvent')).toEqual({
      cursor: 'Cursor!',
      seq: 'Int!',
      type: 'StockAlertEventType!',
      occurredAt: 'DateTime!',
      actor: 'Actor',
      data: 'StockAlertEventData!',
    })
    expect(printed('StockAlertEventType')).toMatch(/"""Few are left."""\n {2}LOW\n[\s\S]*SOLD_OUT/)
    expect(printed('StockAlertEventData')).toMatch(/"""Number of the article."""\n {2}sku: String!\n/)
    expect(fieldsOf('StockAlertEventData')).toEqual({
      sku: 'String!',
      left: 'Int!',
      operationId: 'ID',
      shelf: 'StockAlertEventShelf',
      places: '[StockAlertEventPlaces!]!',
    })
    expect(fieldsOf('StockAlertEventDataInput')).toEqual({
      sku: 'String!',
      left: 'Int',
      operationId: 'ID',
      shelf: 'StockAlertEventShelf',
      places: '[StockAlertEventPlacesInput!]',
    })
    expect(fieldsOf('PublishStockAlertEventInput')).toEqual({ type: 'StockAlertEventType!', data: 'StockAlertEventDataInput!', idempotencyKey: 'String' })
    expect(printed('PublishStockAlertEventResult')).toContain(
      '= EventIdempotencyConflictError | ForbiddenError | InvalidInputError | PublishStockAlertEventPayload',
    )
  })

  test('its subscription, and a mutation only where somebody may publish', () => {
    const { description, type, args } = world.schema.getSubscriptionType()?.getFields()['stockAlertEvents'] ?? {}
    expect(description).toMatch(/^LOSSLESS.*StockAlertEvents.*SERVICE, ADMIN/)
    expect([String(type), ...(args ?? []).map((arg) => `${arg.name}: ${String(arg.type)}`)]).toEqual(['StreamFrame!', 'after: Cursor'])
    const mutations = Object.keys(world.schema.getMutationType()?.getFields() ?? {})
    expect(mutations).toContain('publishStockAlertEvent')
    expect(mutations).not.toContain('publishDeliveryEvent')
    expect(schemaOf(deliveries).getType('EventIdempotencyConflictError')).toBeUndefined()
    expect(schemaOf().getType('StockAlertEvent')).toBeUndefined()
  })
})

describe('a subscription to business events', () => {
  test('gives what is published, in order, and what was missed to whoever comes back with a cursor', async () => {
    const stream = await follow()
    const start = text((await frame(stream, 'StreamCaughtUp'))['cursor'])
    const operationId = toTypeId('operation', newUuid())
    const sent = { sku: 'A-1', operationId, shelf: 'UPPER', places: [{ name: 'north', count: 2 }] }
    const { event, cursor, replayed } = await publish({ type: 'LOW', data: sent })
    expect(replayed).toBe(false)
    const first = await frame(stream, 'StockAlertEvent')
    expect(first).toEqual({
      ...(first as object),
      cursor,
      seq: (event as Loose)['seq'],
      type: 'LOW',
      data: { ...sent, left: 0 },
      actor: { kind: 'SERVICE', id: 'sync' },
    })
    await publish({ type: 'SOLD_OUT', data: { sku: 'A-2', left: 3 } })
    expect((await frame(stream, 'StockAlertEvent'))['type']).toBe('SOLD_OUT')
    const resumed = await follow(ADMIN, start)
    expect(await frame(resumed, 'StockAlertEvent')).toEqual(first)
    expect(await frame(resumed, 'StreamCaughtUp')).toMatchObject({ replayed: 2 })
  })

  test('tells of a gap when the cursor is of another stream', async () => {
    const other = await world.subscribe(ADMIN, 'subscription { deliveryEvents { cursor } }')
    const cursor = ((await until(other, () => true))['deliveryEvents'] as Loose)['cursor']
    await other.return()
    const stream = await follow(ADMIN, text(cursor))
    expect(await frame(stream, 'StreamGap')).toMatchObject({ reason: 'UNKNOWN_CURSOR', cursor })
  })

  test('is for the roles of the definition and those above them alone', async () => {
    await (await follow(SYNC)).return()
    await expect(world.subscribe(ANA, FOLLOW)).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'Only SERVICE or ADMIN may follow these events.' })
    await expect(world.subscribe(SYNC, 'subscription { deliveryEvents { cursor } }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.subscribe(null as never, FOLLOW)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(world.events.hubs).toBe(0)
  })

  test('runs no statement per subscriber and event', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => follow()))
    await Promise.all(streams.map((stream) => frame(stream, 'StreamCaughtUp')))
    expect(world.events.hubs).toBe(1)
    const [{ event }] = await Promise.all([publish({ type: 'LOW', data: { sku: 'many' } }), ...streams.map((stream) => frame(stream, 'StockAlertEvent'))])
    expect((event as Loose)['data']).toMatchObject({ sku: 'many' })
    await Promise.all(streams.map((stream) => stream.return()))
    expect(world.events.hubs).toBe(0)
  })
})

test('data that was published before a field was added is shown with its default', () => {
  const { left, places, shelf } = (world.schema.getType('StockAlertEventData') as GraphQLObjectType).getFields()
  const shown = [left, places, shelf].map((field) => field?.resolve?.({ sku: 'old' }, {}, {}, {} as never))
  expect(shown).toEqual([0, [], null])
})

describe('a publish mutation', () => {
  test('is safe to repeat with a key, and refuses the key for anything else', async () => {
    const input = { type: 'LOW', data: { sku: 'K', left: 1 }, idempotencyKey: 'once' }
    const first = await publish(input)
    expect(first).toMatchObject({ __typename: 'PublishStockAlertEventPayload', replayed: false, event: { data: { sku: 'K', left: 1 }, actor: { id: 'sync' } } })
    expect(await publish(input)).toEqual({ ...(first as object), replayed: true })
    expect(await publish({ ...input, type: 'SOLD_OUT' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', cursor: first['cursor'] })
    expect(await publish({ ...input, data: { sku: 'K' } })).toMatchObject({ __typename: 'EventIdempotencyConflictError' })
    // An administrator is another publisher.
    expect(await publish(input, ADMIN)).toMatchObject({ replayed: false })
  })

  test('refuses viewers without a role for it', async () => {
    expect(await publish({ type: 'LOW', data: { sku: 'A' } }, ANA)).toMatchObject({ code: 'FORBIDDEN', message: 'Only SERVICE may publish these events.' })
    expect((await world.ask(null, PUBLISH, { input: { type: 'LOW', data: { sku: 'A' } } })).codes).toEqual(['UNAUTHENTICATED'])
  })

  test.each([
    ['what the schema refuses', { data: { sku: '', left: -1 } }, ['input.data.sku', 'input.data.left']],
    ['ids of something else', { data: { sku: 'A', operationId: 'sale_01jd3k0000000000000000000a' } }, ['input.data.operationId']],
    ['text that the database can not keep', { data: { sku: 'a\u0000b' } }, ['input.data.sku']],
    ['an empty key', { data: { sku: 'A' }, idempotencyKey: ' ' }, ['input.idempotencyKey']],
    ['a key of 201 characters', { data: { sku: 'A' }, idempotencyKey: 'k'.repeat(201) }, ['input.idempotencyKey']],
  ])('refuses %s and says where it stands', async (_what, input, paths) => {
    const refused = await publish({ type: 'LOW', ...input })
    expect(refused['code']).toBe('INVALID_INPUT')
    expect((refused['issues'] as unknown as readonly Loose[]).map((issue) => text(issue['path']))).toEqual(paths)
  })
})

describe('definitions that the API can not show', () => {
  const define = (data: z.ZodObject, name = 'ODD') =>
    defineEvents({ name, stream: 'odd', description: 'Odd.', types: { HAPPENED: 'Happened.' }, data, readableBy: ['ADMIN'], publishableBy: ['SERVICE'] })

  test.each([
    ['OPERATION', z.object({ a: z.string() }), 'events OPERATION: this name is taken'],
    ['ODD', z.object({ secret: z.string().meta({ writeOnly: true }) }), 'ODD data.secret: events show all of their data'],
    ['ODD', z.object({ when: z.date() }), 'ODD data.when: expected'],
    ['ODD', z.object({}), 'ODD data: expected an object with at least one field'],
    ['ODD', z.object({ any: z.record(z.string(), z.string()) }), 'free-form objects are for results only'],
  ])('stop the start: %s', (name, data, sentence) => {
    expect(() => schemaOf(define(data, name))).toThrow(sentence)
  })
})
