import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from '../../src/bus/bus.ts'
import { createMemoryBus } from '../../src/bus/memory/memory-bus.ts'
import type { Feature } from '../../src/engine/definition.ts'
import type { FeatureAccess, SystemStatus } from '../../src/status/compute-status.ts'
import type { LiveQuestion } from '../../src/status/live/status-watcher.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { ACTOR, administrator, chatOf, isAt, type StatusWorld, statusWorld, Tab, user } from './status-world.ts'

describe.each(databaseKinds)('live status on %s', (kind) => {
  let fresh: FreshDatabase
  let bus: Bus
  let one: StatusWorld
  let other: StatusWorld
  let tabs: Tab<never>[]
  let isBusDegraded = false
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
    bus = createMemoryBus()
    ;[one, other] = [
      await statusWorld(fresh.database, { bus, isBusDegraded: () => isBusDegraded }),
      await statusWorld(fresh.database, { bus, isBusDegraded: () => isBusDegraded }),
    ]
  })
  afterAll(async () => {
    expect([...one.contained, ...other.contained]).toEqual([])
    await Promise.all([one.stop(), other.stop()])
    await fresh.drop()
  })
  beforeEach(() => {
    tabs = []
  })
  afterEach(async () => {
    await Promise.all(tabs.map((tab) => tab.close()))
    for (const { status, engine } of [one, other]) {
      expect(status.board.counts).toEqual({ watchers: 0, audiences: 0, views: 0, operations: 0 })
      await expect.poll(() => engine.live).toEqual({ hubs: 0, watchers: 0, operations: 0, channels: 0 })
    }
  })

  const keep = <Value extends SystemStatus | FeatureAccess>(tab: Tab<Value>): Tab<Value> => {
    tabs.push(tab as unknown as Tab<never>)
    return tab
  }
  const watch = (world: StatusWorld, question: LiveQuestion) => keep(new Tab(world.status.board.watch(question)))
  const watchAccess = (world: StatusWorld, question: LiveQuestion, feature: Feature) => keep(new Tab(world.status.board.watchAccess(question, feature)))
  const everywhere = (question: LiveQuestion) => [watch(one, question), watch(one, question), watch(other, question)]

  test('starts with what is so now, then tells of every start and end, in all tabs on all instances', async () => {
    const first = await one.start('CONNECTION', 'ana')
    const anas = everywhere(user('ana'))
    const bobs = watch(one, user('bob'))
    for (const tab of anas) expect(await tab.next()).toMatchObject({ level: 'maintenance', causes: [{ title: 'Connection', operation: { id: first.id } }] })
    expect(await bobs.next()).toMatchObject({ level: 'operational', causes: [] })
    await other.engine.control({ id: first.id, action: 'cancel', actor: ACTOR })
    await Promise.all(anas.map((tab) => tab.shows(isAt('operational'))))
    const second = await other.start('ROLLOUT', 'shop')
    await Promise.all([...anas, bobs].map((tab) => tab.shows(isAt('degraded'))))
    expect(bobs.shown.at(-1)).toMatchObject({
      causes: [{ type: 'ROLLOUT', operation: null }],
      features: [{ mode: 'warning', allowed: true }, { mode: 'available' }],
    })
    await one.engine.control({ id: second.id, action: 'cancel', actor: ACTOR })
    await Promise.all([...anas, bobs].map((tab) => tab.shows(isAt('operational'))))
    expect(bobs.shown.map(({ level }) => level)).toEqual(['operational', 'degraded', 'operational'])
  })

  test('tells a tenant of what reaches it, and others not', async () => {
    const [dora, emil] = [watch(one, user('dora', 'acme')), watch(one, user('emil', 'other'))]
    await Promise.all([dora.shows(isAt('operational')), emil.shows(isAt('operational'))])
    const work = await one.open('sync', { tenantId: 'acme', impact: { level: 'critical', scope: 'tenant' } })
    expect(await dora.shows(isAt('critical'))).toMatchObject({
      features: [{ mode: 'read_only', allowed: false }, { mode: 'read_only' }],
      causes: [{ operation: null }],
    })
    await one.complete(work.id)
    await dora.shows(isAt('operational'))
    expect(emil.shown).toHaveLength(1)
  })

  test('never shows one viewer what only another may see, though both watch the same', async () => {
    const [ana, root, bob] = [watch(one, user('ana')), watch(one, administrator('root')), watch(one, user('bob'))]
    await Promise.all([ana, root, bob].map((tab) => tab.shows(isAt('operational'))))
    const work = await one.open('ana', { title: 'Migration', impact: { level: 'critical', scope: 'everybody' } })
    await Promise.all([ana, root, bob].map((tab) => tab.shows(isAt('critical'))))
    await root.shows(({ causes }) => causes[0]?.operation?.id === work.id)
    await ana.shows(({ causes }) => causes[0]?.operation?.id === work.id)
    await one.status.windows.closeGate({ feature: 'api', mode: 'warning', reason: 'Slow', until: null, tenantId: null, actor: ACTOR })
    const withWindow = ({ causes }: SystemStatus) => causes.some(({ window }) => window !== null)
    await Promise.all([ana, root, bob].map((tab) => tab.shows(withWindow)))
    const authorsOf = (tab: Tab<SystemStatus>) => tab.shown.flatMap(({ causes }) => causes.flatMap(({ window }) => (window ? [window.createdBy] : [])))
    expect([authorsOf(root).at(-1), authorsOf(ana).at(-1), authorsOf(bob).at(-1)]).toEqual([ACTOR, null, null])
    expect(bob.shown.flatMap(({ causes }) => causes.flatMap(({ operation }) => operation ?? []))).toEqual([])
    await one.complete(work.id)
    await one.status.windows.openGate('api', null)
    await Promise.all([ana, root, bob].map((tab) => tab.shows(isAt('operational'))))
  })

  test('follows the expected end with progress, and says why it is unknown', async () => {
    const work = await one.open('ana', { total: 100_000, impact: { level: 'maintenance', blocks: ['chat'] } })
    const tab = watch(other, user('ana'))
    // What such work usually takes, at first.
    const usual = (await tab.next()).estimatedRestorationAt as Date
    let [done, isSooner] = [0, false]
    const sooner = tab.shows(({ estimatedRestorationAt }) => estimatedRestorationAt !== null && estimatedRestorationAt.getTime() < usual.getTime() - 20_000)
    void sooner.finally(() => {
      isSooner = true
    })
    // The rate is one of time, so it takes some reports.
    const report = async () => {
      done = Math.min(done + 5_000, 95_000)
      await one.engine.reportExternal({ id: work.id, actor: ACTOR, done })
      return isSooner
    }
    await expect.poll(report, { interval: 200 }).toBe(true)
    await sooner
    await one.complete(work.id)
    await tab.shows(isAt('operational'))

    const connection = await one.start('CONNECTION', 'ana')
    expect(await tab.shows(isAt('maintenance'))).toMatchObject({ estimatedRestorationAt: expect.any(Date) })
    await one.engine.control({ id: connection.id, action: 'pause', actor: ACTOR })
    const paused = await tab.shows(({ estimatedRestorationAt }) => estimatedRestorationAt === null)
    expect([paused.level, chatOf(paused).reason]).toEqual(['maintenance', 'Blocked by: Connection; when it ends is not known (it is paused).'])
    await one.engine.control({ id: connection.id, action: 'cancel', actor: ACTOR })
    await tab.shows(isAt('operational'))
  })

  test('tells whoever watches one feature of that feature only', async () => {
    const [chat, api] = [watchAccess(one, user('ana'), 'chat'), watchAccess(other, user('ana'), 'api')]
    expect([await chat.next(), await api.next()]).toMatchObject([{ mode: 'available' }, { mode: 'available' }])
    const work = await one.start('CONNECTION', 'ana')
    expect(await chat.shows(({ mode }) => mode === 'blocked')).toMatchObject({ allowed: false, retryAfterSeconds: expect.any(Number) })
    await one.status.windows.closeGate({ feature: 'api', mode: 'read_only', reason: 'Stocktaking', until: null, tenantId: null, actor: ACTOR })
    expect(await api.shows(({ mode }) => mode === 'read_only')).toMatchObject({
      reason: 'Read only during: Stocktaking; when it ends is not known (it ends by hand).',
    })
    await one.status.windows.openGate('api', null)
    await api.shows(({ mode }) => mode === 'available')
    await one.engine.control({ id: work.id, action: 'cancel', actor: ACTOR })
    await chat.shows(({ mode }) => mode === 'available')
    expect([chat.shown.length, api.shown.length]).toEqual([3, 3])
  })

  const soon = (ms: number) => new Date(Date.now() + ms)
  const plan = (reason: string, from: Date, until: Date | null) =>
    one.status.windows.planMaintenance({
      reason,
      from,
      until,
      level: 'maintenance',
      blocks: ['chat'],
      warns: [],
      tenantId: null,
      actor: ACTOR,
      idempotencyKey: undefined,
    })
  const idOf = (outcome: Awaited<ReturnType<typeof plan>>): string => {
    if (outcome.kind !== 'done') throw new Error(`expected it to be done, got ${outcome.kind}`)
    return outcome.window.id
  }

  test('begins and ends a maintenance by itself, on all instances', async () => {
    const watching = everywhere(user('ana'))
    await Promise.all(watching.map((tab) => tab.shows(isAt('operational'))))
    const id = idOf(await plan('Upgrade', soon(3_600_000), soon(7_200_000)))
    const change = (times: { readonly from?: Date; readonly until?: Date }) =>
      one.status.windows.updateMaintenance({ id, reason: undefined, from: undefined, until: undefined, expectedVersion: undefined, ...times })
    for (const tab of watching)
      expect((await tab.shows(({ upcoming }) => upcoming.length === 1)).upcoming).toMatchObject([{ reason: 'Upgrade', state: 'scheduled' }])
    await change({ from: soon(300) })
    for (const tab of watching) {
      const during = await tab.shows(isAt('maintenance'))
      expect(during).toMatchObject({ upcoming: [], causes: [{ title: 'Upgrade', window: { state: 'active' } }] })
      expect(chatOf(during).mode).toBe('blocked')
    }
    await change({ until: soon(2_000) })
    for (const tab of watching) {
      await tab.shows(isAt('operational'))
      expect(new Set(tab.shown.map(({ level }) => level))).toEqual(new Set(['operational', 'maintenance']))
    }
  })

  test('ends a maintenance early, by hand', async () => {
    const watching = everywhere(user('ana'))
    await Promise.all(watching.map((tab) => tab.shows(isAt('operational'))))
    const id = idOf(await plan('Upgrade', soon(0), soon(3_600_000)))
    await Promise.all(watching.map((tab) => tab.shows(isAt('maintenance'))))
    expect(await other.status.windows.endMaintenance(id)).toMatchObject({ kind: 'done', window: { endedAt: expect.any(Date) } })
    await Promise.all(watching.map((tab) => tab.shows(isAt('operational'))))
  })

  test('lets a maintenance end later than was planned', async () => {
    const watching = everywhere(user('ana'))
    await Promise.all(watching.map((tab) => tab.shows(isAt('operational'))))
    const planned = soon(3_000)
    const id = idOf(await plan('Upgrade', soon(0), planned))
    await Promise.all(watching.map((tab) => tab.shows(isAt('maintenance'))))
    const later = soon(600_000)
    await other.status.windows.updateMaintenance({ id, reason: 'Upgrade, which takes longer', from: undefined, until: later, expectedVersion: 1 })
    for (const tab of watching) await tab.shows(({ causes }) => causes[0]?.window?.plannedEndAt?.getTime() === later.getTime())
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(planned.getTime())
    expect(await one.status.reader.systemStatus(user('ana'))).toMatchObject({ level: 'maintenance', causes: [{ title: 'Upgrade, which takes longer' }] })
    await one.status.windows.endMaintenance(id)
    for (const tab of watching) {
      await tab.shows(isAt('operational'))
      expect(tab.shown.map(({ level }) => level)).toEqual(['operational', 'maintenance', 'maintenance', 'operational'])
    }
  })

  test('says that the bus is away, and that it is back', async () => {
    const tab = watch(one, user('ana'))
    await tab.shows(isAt('operational'))
    isBusDegraded = true
    await tab.shows(isAt('degraded'))
    isBusDegraded = false
    await tab.shows(isAt('operational'))
  })

  test('reads nothing for operations that affect nobody, nor for those of owners whom nobody watches', async () => {
    const tab = watch(one, user('ana'))
    await tab.shows(isAt('operational'))
    const reads = () => one.ran.filter((name) => name === 'read_operations').length
    const before = reads()
    const started = await Promise.all(Array.from({ length: 20 }, (_, index) => other.start(index % 2 === 0 ? 'REPORT' : 'CONNECTION', `somebody-${index}`)))
    const mine = await other.start('CONNECTION', 'ana')
    await tab.shows(isAt('maintenance'))
    // The one that concerns somebody: once because of the hint, twice to follow it.
    expect(reads() - before).toBeLessThanOrEqual(3)
    await Promise.all([...started, mine].map(({ id }) => other.engine.control({ id, action: 'cancel', actor: ACTOR })))
    await tab.shows(isAt('operational'))
  })

  test('ends a status that is left before it has begun', async () => {
    const statuses = one.status.board.watch(user('nobody'))
    const waiting = statuses.next()
    await statuses.return?.()
    expect((await waiting).done).toBe(true)
  })
})

describe('live status while the database fails', () => {
  test('is refused, holds nothing, and works again afterwards', async () => {
    const fresh = await freshDatabase('pglite')
    const world = await statusWorld(fresh.database)
    try {
      world.failing.add('status_read_effects')
      await expect(new Tab(world.status.board.watch(user('ana'))).next()).rejects.toThrow('does not answer status_read_effects')
      expect(world.status.board.counts).toEqual({ watchers: 0, audiences: 0, views: 0, operations: 0 })
      world.failing.clear()
      const tab = new Tab(world.status.board.watch(user('ana')))
      await tab.shows(isAt('operational'))
      await world.start('CONNECTION', 'ana')
      await tab.shows(isAt('maintenance'))
      await tab.close()
    } finally {
      await world.stop()
      await fresh.drop()
    }
  })

  test('goes on with what it knows, and follows again when it is back', async () => {
    const fresh = await freshDatabase('pglite')
    const world = await statusWorld(fresh.database)
    try {
      const tab = new Tab(world.status.board.watch(user('ana')))
      await tab.shows(isAt('operational'))
      world.failing.add('read_operations')
      const work = await world.start('CONNECTION', 'ana')
      await expect.poll(() => world.contained.length).toBeGreaterThan(0)
      world.failing.clear()
      // Of the hint nothing could be read; the next look finds what it was about.
      await tab.shows(isAt('maintenance'))
      await world.engine.control({ id: work.id, action: 'cancel', actor: ACTOR })
      await tab.shows(isAt('operational'))
      await tab.close()
    } finally {
      await world.stop()
      await fresh.drop()
    }
  })
})
