import { afterEach, describe, expect, test } from 'vitest'
import { newUuid } from '../../src/base/ids.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ANA, type EngineWorld, engineWorld, gate, operation, untilAborted } from './engine-world.ts'

describe.each(databaseKinds)('several instances on %s', (kind) => {
  let world: EngineWorld
  afterEach(() => world.close())

  test('another instance goes on from the last finished step, and the lost one changes nothing any more', async () => {
    const stuck = gate()
    const runs: string[] = []
    let zombieError: unknown
    world = await engineWorld({
      kind,
      definitions: [
        operation('RESCUED', async (run) => {
          const first = await run.step('first', async () => {
            runs.push('first')
            return runs.length
          })
          if (runs.length === 1) {
            runs.push('stuck')
            await stuck.wait()
            await run
              .step('second', async () => 'zombie')
              .catch((error: unknown) => {
                zombieError = error
              })
            return 'zombie'
          }
          await run.step('second', async () => 'rescued')
          return { first }
        }),
      ],
      config: { slots: 1 },
    })
    const { id } = await world.start('RESCUED')
    await stuck.arrived
    // Its heartbeat would save it; a frozen process sends none, so the lease is made that of an instance without one.
    await world.database.run({ name: 'test_freeze', text: `update operation set lease_instance = $2::uuid where id = $1::uuid` }, [id, await deadInstance()])
    await world.another()
    const record = await world.reaches(id, 'completed')
    expect(record.result).toEqual({ first: 1 })
    stuck.open()
    await expect.poll(() => zombieError).toMatchObject({ code: 'LEASE_LOST' })
    expect((await world.engine.byId(id))?.version).toBe(record.version)
    expect(runs).toEqual(['first', 'stuck'])
    const types = await world.eventTypes(id)
    expect(types.filter((type) => type === 'rescued')).toHaveLength(1)
    expect(types.filter((type) => type === 'completed')).toHaveLength(1)
  })

  const deadInstance = async (): Promise<string> => {
    const id = newUuid()
    await world.database.run(
      { name: 'test_dead', text: `insert into instance (id, name, role, renewed_at) values ($1::uuid, 'dead', 'worker', now() - interval '1 hour')` },
      [id],
    )
    return id
  }

  test('an instance that was taken for dead fences its runs off and registers anew', async () => {
    const handler = gate()
    const signals: AbortSignal[] = []
    world = await engineWorld({
      kind,
      definitions: [
        operation('LOST', async (run) => {
          signals.push(run.signal)
          if (signals.length === 1) return untilAborted(run.signal)
          await handler.wait()
          return 'again'
        }),
      ],
    })
    const { id } = await world.start('LOST')
    await world.reaches(id, 'running')
    const before = world.engine.instanceId
    await world.database.run({ name: 'test_remove_instance', text: 'delete from instance where id = $1::uuid' }, [before])
    await expect.poll(() => signals[0]?.aborted, { timeout: 10_000 }).toBe(true)
    await expect.poll(() => world.engine.instanceId).not.toBe(before)
    // Nobody deletes an instance without rescuing what it held; here the test did.
    await world.database.run(
      { name: 'test_orphan', text: `update operation set state = 'queued', lease_token = null, lease_instance = null, claim_at = now() where id = $1::uuid` },
      [id],
    )
    await handler.arrived
    handler.open()
    expect((await world.reaches(id, 'completed')).result).toBe('again')
  })

  test('pauses and cancels runs of another instance within a second', async () => {
    world = await engineWorld({
      kind,
      definitions: [operation('ELSEWHERE', (run) => untilAborted(run.signal), { pauseDeadlineMs: 50 })],
      config: { works: false },
    })
    const worker = await world.another({ works: true })
    const [toPause, toCancel] = [await world.start('ELSEWHERE'), await world.start('ELSEWHERE')]
    for (const { id } of [toPause, toCancel]) await world.reaches(id, 'running')
    expect(worker.running).toBe(2)
    await world.engine.control({ id: toPause.id, action: 'pause', actor: ANA })
    await world.engine.control({ id: toCancel.id, action: 'cancel', actor: ANA })
    await world.reaches(toPause.id, 'paused')
    await world.reaches(toCancel.id, 'canceled')
    await expect.poll(() => worker.running).toBe(0)
  })

  test.each(['pausing', 'canceling'] as const)('a worker that dies in %s leaves nothing behind', async (state) => {
    const cleaned: string[] = []
    const cleanup = (async (_run: unknown, outcome: string) => {
      cleaned.push(outcome)
    }) as never
    world = await engineWorld({ kind, definitions: [operation('DYING', (run) => untilAborted(run.signal), { cleanup })], config: { slots: 1 } })
    const { id } = await world.start('DYING', {}, { runAt: new Date(performance.timeOrigin + performance.now() + 3_600_000) })
    const dead = await deadInstance()
    await world.database.run(
      {
        name: `test_die_${state}`,
        text: `update operation set state = '${state}', claim_at = null, lease_token = 1, lease_instance = $2::uuid, deadline_at = now() + interval '1 hour' where id = $1::uuid`,
      },
      [id, dead],
    )
    await world.reaches(id, state === 'pausing' ? 'paused' : 'canceled')
    expect(cleaned).toEqual(state === 'pausing' ? [] : ['canceled'])
  })

  test('an operation that kills its worker again and again fails, after its clean-up', async () => {
    const cleaned: string[] = []
    const cleanup = (async (_run: unknown, outcome: string) => {
      cleaned.push(outcome)
    }) as never
    world = await engineWorld({ kind, definitions: [operation('KILLER', async () => null, { cleanup }), operation('KILLER_PLAIN', async () => null)] })
    const later = { runAt: new Date(performance.timeOrigin + performance.now() + 3_600_000) }
    const ids = [(await world.start('KILLER', {}, later)).id, (await world.start('KILLER_PLAIN', {}, later)).id]
    const dead = await deadInstance()
    await world.database.run(
      {
        name: 'test_killer',
        text: `update operation set state = 'running', claim_at = null, run_at = now(), lease_token = 1, lease_instance = $2::uuid, rescues = 5 where id = any($1::uuid[])`,
      },
      [ids, dead],
    )
    for (const id of ids) expect((await world.reaches(id, 'failed')).failure).toMatchObject({ code: 'WORKER_LOST' })
    expect(cleaned).toEqual(['failed'])
  })

  test('a drain gives runs back at once, and the next instance goes on from the position', async () => {
    const starts: unknown[] = []
    const begun = gate()
    let position = 0
    world = await engineWorld({
      kind,
      definitions: [
        operation('DRAINED', (run) =>
          run.step('first', async (step) => {
            starts.push(step.position)
            if (starts.length > 1) return null
            begun.open()
            for (;;) {
              await step.checkpoint(position + 1)
              position += 1
            }
          }),
        ),
      ],
      config: { works: false },
    })
    const worker = await world.another({ works: true })
    const { id } = await world.start('DRAINED')
    await begun.passed
    await worker.stop()
    expect((await world.engine.byId(id))?.state).toBe('queued')
    await world.another({ works: true })
    await world.reaches(id, 'completed')
    expect(starts[0]).toBeUndefined()
    expect(Number(starts[1])).toBeGreaterThanOrEqual(position)
    expect(await world.eventTypes(id)).toContain('rescued')
  })

  test('gives back what a lost answer left leased', async () => {
    world = await engineWorld({ kind, definitions: [operation('FORGOTTEN', async () => 'found')] })
    const { id } = await world.start('FORGOTTEN', {}, { runAt: new Date(performance.timeOrigin + performance.now() + 3_600_000) })
    await world.database.run(
      {
        name: 'test_forget',
        text: `update operation set state = 'running', run_at = now(), claim_at = null, lease_token = nextval('lease_token_seq'), lease_instance = $2::uuid where id = $1::uuid`,
      },
      [id, world.engine.instanceId],
    )
    expect((await world.reaches(id, 'completed')).result).toBe('found')
  })

  test('shares work without running anything twice', async () => {
    const runs = new Map<string, number>()
    world = await engineWorld({
      kind,
      definitions: [
        operation('SHARED', async (run) => {
          runs.set(run.id, (runs.get(run.id) ?? 0) + 1)
          return null
        }),
      ],
    })
    await Promise.all([world.another(), world.another()])
    const started = await Promise.all(Array.from({ length: 200 }, () => world.start('SHARED', {}, { exemptFromQuota: true })))
    for (const { id } of started) await world.reaches(id, 'completed')
    expect([...runs.values()].every((count) => count === 1)).toBe(true)
    expect(runs.size).toBe(200)
  })
})
