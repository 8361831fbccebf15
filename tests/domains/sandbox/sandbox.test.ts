import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { sandboxExercise } from '../../../src/domains/sandbox/operations.ts'
import { type EngineWorld, engineWorld } from '../../engine/engine-world.ts'

async function exercise<Value>(work: (world: EngineWorld) => Promise<Value>): Promise<Value> {
  const world = await engineWorld({ kind: 'pglite', definitions: [sandboxExercise(systemClock)] })
  try {
    return await work(world)
  } finally {
    await world.close()
  }
}

const start = (world: EngineWorld, input: object) => world.start('SANDBOX_EXERCISE', input)

describe('the sandbox exercise', () => {
  test('works through its items and says that it is one', async () => {
    const { result, progress } = await exercise(async (world) => world.reaches((await start(world, { items: 1_200, itemMs: 0 })).id, 'completed', 'failed'))
    expect(result).toEqual({ items: 1_200, sandbox: true })
    expect(progress).toMatchObject({ total: 1_200, succeeded: 1_200, failed: 0 })
  })

  test('fails once and passes at its second attempt when the failure is retryable', async () => {
    const record = await exercise(async (world) => world.reaches((await start(world, { items: 5, itemMs: 0, failAt: 3 })).id, 'completed', 'failed'))
    expect(record).toMatchObject({ state: 'completed', attempt: 2 })
  })

  test('fails for good when the failure is permanent', async () => {
    const record = await exercise(async (world) =>
      world.reaches((await start(world, { items: 5, itemMs: 0, failAt: 3, failAs: 'permanent' })).id, 'completed', 'failed'),
    )
    expect(record).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'SANDBOX_FAILURE', retryable: false } })
  })

  test('goes on from its last position after a pause', async () => {
    const done = await exercise(async (world) => {
      const { id, createdBy } = await start(world, { items: 400, itemMs: 2 })
      await world.reaches(id, 'running')
      await world.engine.control({ id, action: 'pause', actor: createdBy })
      const paused = await world.reaches(id, 'paused')
      await world.engine.control({ id, action: 'resume', actor: createdBy })
      const end = await world.reaches(id, 'completed', 'failed')
      return { paused, end }
    })
    expect(done.paused.progress.succeeded).toBeLessThan(400)
    expect(done.end).toMatchObject({ state: 'completed', progress: { succeeded: 400 } })
  })
})
