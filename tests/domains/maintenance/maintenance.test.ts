import { afterEach, describe, expect, test } from 'vitest'
import { statement } from '../../../src/database/statement.ts'
import { MAINTENANCE_TYPE, systemMaintenance } from '../../../src/domains/maintenance/operations.ts'
import { type EngineWorld, gate, operation } from '../../engine/engine-world.ts'
import { databaseKinds } from '../../setup/databases.ts'
import { INSTANCES, INVALID_INDEXES, maintain, maintenanceWorld, STEPS } from './maintenance-world.ts'

const BREAK_INDEX = statement(
  'test_break_index',
  `update pg_index set indisvalid = false where indexrelid = (select oid from pg_class where relname = $1 and relnamespace = current_schema()::regnamespace)`,
)
const LEAVE_COPY = statement('test_leave_copy', 'create index sale_state_idx_ccnew on sale (state, id)')
const FORGET_MIGRATION = statement('test_forget_migration', `delete from migration where name = '0008_restarts'`)
const LOSE_EVENT = statement('test_lose_event', 'delete from event where stream = $1::uuid and seq = 1')
const DEAF_INSTANCE = statement(
  'test_deaf_instance',
  `insert into instance (id, name, role, generation, renewed_at) values (gen_random_uuid(), 'deaf', 'worker', 0, now() + interval '1 day')`,
)
const PROBES = statement('test_probes', 'select count(*)::integer as count from maintenance_probe')

interface MaintenanceResult {
  readonly tables: number
  readonly indexes: number
  readonly removed: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly instances: number
  readonly checks: readonly { readonly name: string }[]
}

describe.each(databaseKinds)('a system maintenance on %s', (kind) => {
  let world: EngineWorld
  afterEach(() => world.close())

  const failureOf = async (id: string) => (await world.reaches(id, 'failed')).failure
  const stepStates = async (id: string) =>
    Object.fromEntries((await world.database.run<{ name: string; state: string }>(STEPS, [id])).map(({ name, state }) => [name, state]))

  test('does all four steps on the real tables and restarts the workers, without an attempt or a rescue being counted', async () => {
    let batches = 3
    const prune = async () => {
      batches -= 1
      return { removed: 5, more: batches > 0 }
    }
    const pruner = { name: 'old things', prune }
    world = await maintenanceWorld({ kind, pruners: [pruner] })
    await world.database.run(LEAVE_COPY, [])
    await world.database.run(BREAK_INDEX, ['sale_state_idx_ccnew'])
    const { id } = await maintain(world)
    const record = await world.reaches(id, 'completed', 'failed')
    expect(record.failure).toBeNull()
    const result = record.result as unknown as MaintenanceResult
    expect(result).toMatchObject({ removed: 15, instances: 1 })
    expect(result.tables).toBeGreaterThan(15)
    expect(result.indexes).toBeGreaterThan(result.tables)
    expect(result.bytesBefore).toBeGreaterThan(0)
    expect(result.bytesAfter).toBeGreaterThan(0)
    expect(result.checks.map(({ name }) => name)).toEqual(['database', 'indexes', 'workers', 'bus', 'events'])
    expect(record.attempt).toBe(1)
    expect(record.progress).toMatchObject({ total: result.tables + result.indexes + 1 + 1 + 5, succeeded: result.tables + result.indexes + 1 + 1 + 5 })
    expect(await world.database.run({ name: 'test_rescues', text: 'select rescues, failures from operation' }, [])).toEqual([{ rescues: 0, failures: 0 }])
    const types = await world.eventTypes(id)
    expect(types.filter((type) => type === 'step_completed')).toHaveLength(4)
    // Its own drain gave it back, once.
    expect(types.filter((type) => type === 'rescued')).toHaveLength(1)
    expect(await world.database.run(INVALID_INDEXES, [])).toEqual([])
    expect(await world.database.run(INSTANCES, [])).toEqual([{ id: world.engine.instanceId, generation: 1 }])
    expect(await world.database.run(PROBES, [])).toEqual([{ count: 0 }])
  })

  test('a pause and a cancel take effect between two slices; the cancel leaves no half-built index', async () => {
    const first = gate()
    const pruner = {
      name: 'slow things',
      prune: async () => {
        await first.wait()
        return { removed: 1, more: false }
      },
    }
    world = await maintenanceWorld({ kind, pruners: [pruner] })
    const { id } = await maintain(world)
    await first.arrived
    await world.engine.control({ id, action: 'pause', actor: { kind: 'admin', id: 'root' } })
    first.open()
    await world.reaches(id, 'paused')
    expect(await world.database.run(STEPS, [id])).toMatchObject([{ name: 'prepare' }, { name: 'applyChanges', checkpoint: { done: 1, removed: 1 } }])
    await world.database.run(LEAVE_COPY, [])
    await world.database.run(BREAK_INDEX, ['sale_state_idx_ccnew'])
    await world.engine.control({ id, action: 'cancel', actor: { kind: 'admin', id: 'root' } })
    await world.reaches(id, 'canceled')
    expect(await world.database.run(INVALID_INDEXES, [])).toEqual([])
    expect(await world.database.run(PROBES, [])).toEqual([{ count: 0 }])
    expect(await world.database.run(INSTANCES, [])).toMatchObject([{ generation: 0 }])
  })

  test('a second one is refused while one is active', async () => {
    world = await maintenanceWorld({ kind, config: { works: false } })
    await maintain(world)
    const second = await world.engine.startOperation({
      type: MAINTENANCE_TYPE,
      input: { reason: 'again' },
      ownerId: 'root',
      tenantId: null,
      actor: { kind: 'admin', id: 'root' },
    })
    expect(second.kind).toBe('alreadyRunning')
  })

  test('a migration that is not applied fails prepare', async () => {
    world = await maintenanceWorld({ kind })
    await world.database.run(FORGET_MIGRATION, [])
    const { id } = await maintain(world)
    expect(await failureOf(id)).toMatchObject({ code: 'MIGRATIONS_PENDING', step: 'prepare', message: expect.stringContaining('0008_restarts') })
  })

  test('what can not be pruned fails applyChanges', async () => {
    const pruner = { name: 'stuck things', prune: () => Promise.reject(new Error('stuck')) }
    world = await maintenanceWorld({ kind, pruners: [pruner] })
    const { id } = await maintain(world)
    expect(await failureOf(id)).toMatchObject({ step: 'applyChanges' })
    expect(await stepStates(id)).toEqual({ prepare: 'completed', applyChanges: 'failed' })
    expect(await world.database.run(PROBES, [])).toEqual([{ count: 0 }])
  })

  test('an instance that does not restart its workers fails restartServices, by name', async () => {
    world = await maintenanceWorld({ kind, patienceMs: 1_500 })
    await world.database.run(DEAF_INSTANCE, [])
    const { id } = await maintain(world, { reindex: false })
    expect(await failureOf(id)).toMatchObject({ code: 'RESTART_STALLED', step: 'restartServices', message: expect.stringMatching(/still to come: .*deaf/) })
  })

  test('an index that can not be used fails verify, and so does an event that is missing', async () => {
    world = await maintenanceWorld({ kind, definitions: [operation('LOSING', async () => null)] })
    await world.database.run(BREAK_INDEX, ['sale_state_idx'])
    const first = await maintain(world, { reindex: false })
    expect(await failureOf(first.id)).toMatchObject({ code: 'CHECK_FAILED', step: 'verify', message: expect.stringContaining('sale_state_idx') })
    const { id } = await world.start('LOSING')
    await world.reaches(id, 'completed')
    await world.database.run(LOSE_EVENT, [id])
    const second = await maintain(world)
    expect(await failureOf(second.id)).toMatchObject({ code: 'CHECK_FAILED', step: 'verify', message: expect.stringContaining(id) })
    expect(await world.database.run(INVALID_INDEXES, [])).toEqual([])
  })
})

test('is critical, blocks the chat of everybody and is for administrators', () => {
  expect(systemMaintenance).toMatchObject({
    priority: 'critical',
    estimateMs: 300_000,
    impact: { level: 'critical', blocks: ['chat'], warns: [], scope: 'everybody' },
    startableBy: ['ADMIN'],
  })
  expect(systemMaintenance.steps.map(({ name }) => name)).toEqual(['prepare', 'applyChanges', 'restartServices', 'verify'])
})
