import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newUuid } from '../../src/base/ids.ts'
import { registerInstance, renewInstance } from '../../src/engine/store/instance.ts'
import { listWorkers, reachGeneration, readGeneration, requestRestart, takeRestartTurn } from '../../src/engine/store/worker-restart.ts'
import { createWorkerRestarts } from '../../src/engine/worker-restarts.ts'
import { databaseKinds, type FreshDatabase, freshDatabase } from '../setup/databases.ts'
import { type EngineWorld, engineWorld, gate, operation } from './engine-world.ts'

const LEASE_MS = 60_000
const SILENCE = { name: 'test_silence', text: `update instance set renewed_at = now() - interval '1 hour' where id = $1::uuid` }

describe.each(databaseKinds)('turns of a restart on %s', (kind) => {
  let fresh: FreshDatabase
  beforeEach(async () => {
    fresh = await freshDatabase(kind)
  })
  afterEach(() => fresh.drop())

  const instance = async (role = 'worker'): Promise<string> => {
    const id = newUuid()
    await registerInstance(fresh.database, { id, name: id, role, generation: 0 })
    return id
  }
  const turn = (instanceId: string) => takeRestartTurn(fresh.database, { instanceId, leaseMs: LEASE_MS })

  test('are taken by one instance after the other', async () => {
    const [first, second] = [await instance(), await instance()]
    await requestRestart(fresh.database, 1)
    const taken = await Promise.all([turn(first), turn(second)])
    expect(taken.filter((generation) => generation !== undefined)).toEqual([1])
    const [holder, other] = taken[0] === 1 ? [first, second] : [second, first]
    expect(await turn(holder)).toBe(1)
    expect(await turn(other)).toBeUndefined()
    await reachGeneration(fresh.database, { instanceId: holder, generation: 1 })
    expect(await turn(other)).toBe(1)
  })

  test('pass on when their holder falls silent or goes', async () => {
    const [first, second, third] = [await instance(), await instance(), await instance()]
    await requestRestart(fresh.database, 1)
    expect(await turn(first)).toBe(1)
    await fresh.database.run(SILENCE, [first])
    expect(await turn(second)).toBe(1)
    await fresh.database.run({ name: 'test_gone', text: 'delete from instance where id = $1::uuid' }, [second])
    expect(await turn(third)).toBe(1)
  })

  test('belong to a generation that only grows, which the heartbeat brings and answers', async () => {
    const id = await instance()
    await requestRestart(fresh.database, 2)
    await requestRestart(fresh.database, 1)
    expect(await readGeneration(fresh.database)).toBe(2)
    expect(await renewInstance(fresh.database, { id, generation: 1 })).toEqual({ alive: true, orders: [], generation: 2 })
    expect(await listWorkers(fresh.database, LEASE_MS)).toMatchObject([{ id, generation: 1 }])
    await instance('api')
    const silent = await instance()
    await fresh.database.run(SILENCE, [silent])
    expect(await listWorkers(fresh.database, LEASE_MS)).toHaveLength(1)
  })
})

describe.each(databaseKinds)('a restart of workers on %s', (kind) => {
  let world: EngineWorld
  afterEach(() => world.close())
  const restarts = () => createWorkerRestarts({ database: world.database, bus: world.bus, leaseMs: 2_000 })

  test('gives a run back at its boundary and goes on with it; an instance that only serves the API takes no part', async () => {
    const positions: unknown[] = []
    const begun = gate()
    world = await engineWorld({
      kind,
      definitions: [
        operation('LONG', (run) =>
          run.step('first', async (step) => {
            positions.push(step.position)
            if (positions.length > 1) return null
            begun.open()
            for (let at = 1; ; at += 1) await step.checkpoint(at)
          }),
        ),
      ],
    })
    const front = await world.another({ works: false })
    const { id } = await world.start('LONG')
    await begun.passed
    const incarnation = world.engine.instanceId
    await restarts().request(1)
    const record = await world.reaches(id, 'completed')
    expect(record.attempt).toBe(1)
    expect(Number(positions[1])).toBeGreaterThan(0)
    await expect.poll(async () => (await restarts().workers()).map((worker) => [worker.id, worker.generation])).toEqual([[incarnation, 1]])
    expect(front.instanceId).not.toBe(incarnation)
    // It claims again, and starts directly.
    expect((await world.eventTypes(id)).filter((type) => type === 'rescued')).toHaveLength(1)
  })

  test('loses nothing of what is started meanwhile, again and again', async () => {
    world = await engineWorld({ kind, definitions: [operation('SHORT', async () => 'done')] })
    await world.another()
    const ids: string[] = []
    for (let generation = 1; generation <= 3; generation += 1) {
      await restarts().request(generation)
      ids.push(...(await Promise.all(Array.from({ length: 40 }, () => world.start('SHORT', {}, { exemptFromQuota: true })))).map(({ id }) => id))
      await expect.poll(async () => (await restarts().workers()).map((worker) => worker.generation), { timeout: 15_000 }).toEqual([generation, generation])
    }
    for (const id of ids) expect((await world.reaches(id, 'completed')).attempt).toBe(1)
  })

  test('is over when its instance stops in the middle', async () => {
    const stuck = gate()
    world = await engineWorld({ kind, definitions: [operation('STUCK', () => stuck.wait())], config: { drainMs: 100 } })
    await world.start('STUCK')
    await stuck.arrived
    await restarts().request(1)
    await world.engine.stop()
    stuck.open()
    expect(await restarts().workers()).toEqual([])
  })

  test('is made by an instance that starts later without anybody asking', async () => {
    world = await engineWorld({ kind, definitions: [operation('SHORT', async () => 'done')], config: { works: false } })
    await restarts().request(3)
    const late = await world.another({ works: true })
    expect(await restarts().workers()).toMatchObject([{ id: late.instanceId, generation: 3 }])
  })
})
