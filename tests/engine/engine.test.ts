import { afterEach, describe, expect, test } from 'vitest'
import { PermanentError } from '../../src/base/errors.ts'
import type { Json } from '../../src/base/json.ts'
import { databaseKinds } from '../setup/databases.ts'
import { ANA, type EngineWorld, type EngineWorldParams, engineWorld, gate, operation, untilAborted } from './engine-world.ts'

describe.each(databaseKinds)('engine on %s', (kind) => {
  let world: EngineWorld
  const open = async (params: Omit<EngineWorldParams, 'kind'>) => {
    world = await engineWorld({ kind, ...params })
    return world
  }
  afterEach(() => world.close())

  test('runs an operation to its end, with contiguous events and its result', async () => {
    const { start, reaches, engine } = await open({
      definitions: [
        operation('PLAIN', async (run) => {
          const first = await run.step('first', async () => ({ seen: run.input.value ?? null }))
          await run.step('second', async () => {})
          return { first: first as Json }
        }),
      ],
    })
    const { id } = await start('PLAIN', { value: 'x' })
    const record = await reaches(id, 'completed')
    expect(record.result).toEqual({ first: { seen: 'x' } })
    expect(record.attempt).toBe(1)
    const { events } = await engine.events(id, 0, 100)
    expect(events.map((event) => event.type)).toEqual(['queued', 'started', 'step_started', 'step_completed', 'step_started', 'step_completed', 'completed'])
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(record.version).toBe(7)
  })

  test('retries after a failure with the finished steps skipped, and gives up after the last attempt', async () => {
    let firsts = 0
    let seconds = 0
    const { start, reaches, eventTypes } = await open({
      definitions: [
        operation('FLAKY', async (run) => {
          await run.step('first', async () => {
            firsts += 1
          })
          await run.step('second', async () => {
            seconds += 1
            throw new PassingError(seconds)
          })
          return null
        }),
      ],
    })
    const { id } = await start('FLAKY')
    const record = await reaches(id, 'failed')
    expect([firsts, seconds]).toEqual([1, 3])
    expect(record.failure).toMatchObject({ step: 'second', retryable: true })
    expect(await eventTypes(id)).toEqual(
      ['queued', 'started', 'step_started', 'step_completed', 'step_started', 'step_failed', 'retry_scheduled'].concat(
        ['started', 'step_started', 'step_failed', 'retry_scheduled'],
        ['started', 'step_started', 'step_failed', 'failed'],
      ),
    )
  })

  test('does not retry a permanent error, and a person may retry it from the last step', async () => {
    let broken = true
    let firsts = 0
    const { start, reaches, engine } = await open({
      definitions: [
        operation('PERMANENT', async (run) => {
          await run.step('first', async () => {
            firsts += 1
          })
          if (broken) throw new PermanentError('SHOP_CLOSED', 'the shop is closed')
          return 'ok'
        }),
      ],
    })
    const { id } = await start('PERMANENT')
    expect((await reaches(id, 'failed')).failure).toMatchObject({ code: 'SHOP_CLOSED', message: 'the shop is closed', retryable: false })
    broken = false
    const outcome = await engine.control({ id, action: 'retry', actor: ANA })
    expect(outcome.kind).toBe('done')
    expect((await reaches(id, 'completed')).result).toBe('ok')
    expect(firsts).toBe(1)
    await engine.control({ id, action: 'retry', actor: ANA })
    expect((await engine.byId(id))?.state).toBe('completed')
  })

  test('pauses at a boundary, keeps who asked and why, and resumes from the position', async () => {
    const { arrived, wait, open: go } = gate()
    const positions: unknown[] = []
    const { start, reaches, engine } = await open({
      definitions: [
        operation('POSITIONED', async (run) => {
          await run.step('first', async (step) => {
            positions.push(step.position)
            for (let row = Number(step.position ?? 0) + 1; row <= 3; row += 1) {
              if (row === 2) await wait()
              await step.commit(row, async () => undefined)
            }
          })
          return positions.length
        }),
      ],
    })
    const { id } = await start('POSITIONED')
    await arrived
    const paused = await engine.control({ id, action: 'pause', actor: ANA, reason: 'lunch' })
    expect(paused).toMatchObject({ kind: 'done', operation: { state: 'pausing' } })
    expect(await engine.control({ id, action: 'resume', actor: ANA })).toMatchObject({ kind: 'invalidState', allowed: ['cancel'] })
    go()
    const record = await reaches(id, 'paused')
    expect(record.stateReason).toMatchObject({ code: 'PAUSED', message: 'lunch', actor: { id: 'ana' } })
    await engine.control({ id, action: 'resume', actor: ANA })
    expect((await reaches(id, 'completed')).result).toBe(2)
    // The pause came while row 2 waited: its commit was refused at the boundary, and row 1 was the last position.
    expect(positions).toEqual([undefined, 1])
  })

  test('aborts a handler that is paused and reaches no boundary, and pauses anyway one that ignores even that', async () => {
    const { start, reaches, engine } = await open({
      definitions: [
        operation('WAITS', (run) => untilAborted(run.signal), { pauseDeadlineMs: 50 }),
        operation('DEAF', () => new Promise(() => {}), { pauseDeadlineMs: 50 }),
      ],
    })
    const ids = [(await start('WAITS')).id, (await start('DEAF')).id]
    for (const id of ids) await reaches(id, 'running')
    for (const id of ids) await engine.control({ id, action: 'pause', actor: ANA })
    for (const id of ids) await reaches(id, 'paused')
    expect(engine.running).toBe(0)
  })

  test('cancels what waits at once, what runs by its signal, and runs the clean-up of both', async () => {
    const cleaned: string[] = []
    const cleanup = async (run: { readonly id: string }, outcome: string) => {
      cleaned.push(`${run.id} ${outcome}`)
    }
    const { start, reaches, engine } = await open({ definitions: [operation('CLEANED', (run) => untilAborted(run.signal), { cleanup })] })
    const running = await start('CLEANED')
    const waiting = await start('CLEANED', {}, { runAt: new Date(systemNow() + 3_600_000) })
    await reaches(running.id, 'running')
    for (const { id } of [running, waiting]) await engine.control({ id, action: 'cancel', actor: ANA, reason: 'wrong file' })
    for (const { id } of [running, waiting]) expect((await reaches(id, 'canceled')).stateReason).toMatchObject({ message: 'wrong file' })
    expect(cleaned.toSorted()).toEqual([`${running.id} canceled`, `${waiting.id} canceled`].toSorted())
    expect(await engine.control({ id: running.id, action: 'cancel', actor: ANA })).toMatchObject({ kind: 'invalidState', allowed: ['retry'] })
  })

  test('aborts a handler at its timeout and lets it write nothing afterwards', async () => {
    const late = gate()
    let refused: unknown
    const { start, reaches } = await open({
      definitions: [
        operation(
          'SLOW',
          async (run) => {
            await untilAborted(run.signal).catch(() => undefined)
            await late.wait()
            await run
              .step('first', async () => 'late')
              .catch((error: unknown) => {
                refused = error
              })
            return 'late'
          },
          { timeoutMs: 50, attempts: 1 },
        ),
      ],
    })
    const { id } = await start('SLOW')
    const record = await reaches(id, 'failed')
    late.open()
    await late.passed
    await expect.poll(() => refused).toMatchObject({ code: 'LEASE_LOST' })
    expect(record.failure).toMatchObject({ code: 'TIMEOUT', retryable: true })
    expect((await world.engine.byId(id))?.steps).toEqual([])
  })

  test('answers a repeated idempotency key with the first operation, and other input with a conflict', async () => {
    const { start, engine } = await open({ definitions: [operation('KEYED', async () => null)] })
    const first = await start('KEYED', { value: 'a' }, { idempotencyKey: 'k' })
    const again = await engine.startOperation({ type: 'KEYED', input: { value: 'a' }, ownerId: 'ana', tenantId: null, actor: ANA, idempotencyKey: 'k' })
    expect(again).toMatchObject({ kind: 'started', replayed: true, operation: { id: first.id } })
    const other = await engine.startOperation({ type: 'KEYED', input: { value: 'b' }, ownerId: 'ana', tenantId: null, actor: ANA, idempotencyKey: 'k' })
    expect(other).toMatchObject({ kind: 'idempotencyConflict', operation: { id: first.id } })
    const stranger = await engine.startOperation({ type: 'KEYED', input: { value: 'b' }, ownerId: 'bo', tenantId: null, actor: ANA, idempotencyKey: 'k' })
    expect(stranger).toMatchObject({ kind: 'started', replayed: false })
    const many = await Promise.all(
      Array.from({ length: 20 }, () => engine.startOperation({ type: 'KEYED', input: {}, ownerId: 'ana', tenantId: null, actor: ANA, idempotencyKey: 'many' })),
    )
    expect(new Set(many.map((outcome) => outcome.kind === 'started' && outcome.operation.id)).size).toBe(1)
    expect(many.filter((outcome) => outcome.kind === 'started' && !outcome.replayed)).toHaveLength(1)
  })

  test('refuses or queues a second operation on the same key, as declared, of whatever type', async () => {
    const { wait, open: go } = gate()
    const exclusive = () => 'shop:1'
    const { start, reaches, engine } = await open({
      definitions: [
        operation('REFUSES', wait, { exclusive }),
        operation('QUEUES', wait, { exclusive, whenBusy: 'queue' }),
        operation('OTHER', wait, { exclusive: () => 'shop:2' }),
      ],
    })
    const holder = await start('REFUSES')
    const again = () => engine.startOperation({ type: 'REFUSES', input: {}, ownerId: 'ana', tenantId: null, actor: ANA })
    expect(await again()).toMatchObject({ kind: 'alreadyRunning', operation: { id: holder.id } })
    await reaches((await start('OTHER')).id, 'running')
    const first = await start('QUEUES')
    await expect.poll(async () => (await engine.byId(first.id))?.stateReason?.code).toBe('WAITING_FOR_KEY')
    go()
    await reaches(holder.id, 'completed')
    await reaches(first.id, 'completed')
    await reaches((await start('REFUSES')).id, 'completed')
  })

  test('queues a second one behind the first of the same type', async () => {
    const { wait, open: go } = gate()
    const { start, reaches, engine } = await open({ definitions: [operation('QUEUES', wait, { exclusive: () => 'one', whenBusy: 'queue' })] })
    const first = await start('QUEUES')
    await reaches(first.id, 'running')
    const second = await start('QUEUES')
    await expect.poll(async () => (await engine.byId(second.id))?.stateReason?.code).toBe('WAITING_FOR_KEY')
    go()
    await reaches(first.id, 'completed')
    await reaches(second.id, 'completed')
  })

  test('lends handlers a way to start what follows, once however often they run', async () => {
    let runs = 0
    const { start, reaches, engine } = await open({
      definitions: [
        operation('FOLLOWS', async () => null),
        operation('LEADS', async (run) => {
          const { kind } = await run.services.operations.start({
            type: 'FOLLOWS',
            input: {},
            ownerId: run.ownerId,
            tenantId: run.tenantId,
            actor: { kind: 'system', id: 'system' },
            idempotencyKey: `after:${run.id}`,
          })
          expect(kind).toBe('started')
          runs += 1
          if (runs === 1) throw new Error('once more')
          return null
        }),
      ],
    })
    await reaches((await start('LEADS')).id, 'completed')
    const { items } = await engine.list({
      visibility: { kind: 'all' },
      filter: { types: ['FOLLOWS'] },
      orderBy: { field: 'created_at', direction: 'asc' },
      limit: 10,
      fromEnd: false,
    })
    expect([runs, items.length]).toEqual([2, 1])
    expect(items[0]?.operation.createdBy).toEqual({ kind: 'system', id: 'system' })
  })

  test('limits what one owner may have active', async () => {
    const { wait, open: go } = gate()
    const { start, engine, reaches } = await open({ definitions: [operation('MANY', wait)], config: { maxActivePerOwner: 3 } })
    const request = { type: 'MANY', input: {}, ownerId: 'ana', tenantId: null, actor: ANA }
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => engine.startOperation(request)))
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(['quotaExceeded', 'quotaExceeded', 'started', 'started', 'started'])
    expect((await engine.startOperation({ ...request, exemptFromQuota: true })).kind).toBe('started')
    expect((await engine.startOperation({ ...request, ownerId: 'bo' })).kind).toBe('started')
    go()
    for (const outcome of outcomes) if (outcome.kind === 'started') await reaches(outcome.operation.id, 'completed')
    expect((await start('MANY')).state).toMatch(/queued|running/)
  })

  test('waits for its time, and prefers higher priorities', async () => {
    const order: string[] = []
    const { start, reaches, engine } = await open({
      definitions: [
        operation('NOTED', async (run) => {
          order.push(run.input.value ?? '')
          return null
        }),
        operation('BLOCKER', () => blocker.wait()),
      ],
      config: { slots: 1 },
    })
    const blocker = gate()
    const first = await start('BLOCKER')
    await blocker.arrived
    const low = await start('NOTED', { value: 'low' }, { priority: 'low' })
    await start('NOTED', { value: 'high' }, { priority: 'high' })
    const critical = await start('NOTED', { value: 'critical' }, { priority: 'critical' })
    expect(await engine.queuePosition(low)).toBe(3)
    expect(await engine.queuePosition(critical)).toBe(1)
    blocker.open()
    await reaches(first.id, 'completed')
    await reaches(low.id, 'completed')
    expect(order).toEqual(['critical', 'high', 'low'])
    const soon = await start('NOTED', { value: 'soon' }, { runAt: new Date(systemNow() + 300) })
    expect(soon.state).toBe('queued')
    const done = await reaches(soon.id, 'completed')
    expect(done.startedAt?.getTime()).toBeGreaterThanOrEqual(done.runAt.getTime())
  })

  test('keeps a ledger of items, and retries the failed ones alone', async () => {
    const calls: string[] = []
    let broken = true
    const { start, reaches, engine, eventTypes } = await open({
      definitions: [
        operation('LEDGER', (run) =>
          run.step('first', async (step) => {
            const counts = await step.items(['a', 'b', 'c', 'd'], { key: (item) => item, concurrency: 2 }, async (item) => {
              calls.push(item)
              if (item === 'b' && broken) throw new PermanentError('NO_SUCH_NUMBER', 'no such number')
            })
            return { ...counts }
          }),
        ),
      ],
    })
    const { id } = await start('LEDGER')
    const record = await reaches(id, 'completed')
    expect(record.result).toEqual({ succeeded: 3, failed: 1, skipped: 0, unknown: 0 })
    expect(engine.progressOf(record)).toMatchObject({ done: 4, total: 4, failed: 1, percentage: 100 })
    expect(await eventTypes(id)).toContain('items_settled')
    expect(engine.actions(record).find((one) => one.action === 'retry_failed_items')).toMatchObject({ enabled: true })
    broken = false
    await engine.control({ id, action: 'retry', from: 'failed_items', actor: ANA })
    await expect.poll(async () => (await engine.byId(id))?.result).toEqual({ succeeded: 4, failed: 0, skipped: 0, unknown: 0 })
    expect(calls.toSorted()).toEqual(['a', 'b', 'b', 'c', 'd'])
  })

  test('tracks work that runs elsewhere, and fails it when it falls silent', async () => {
    const { engine, reaches, eventTypes } = await open({ definitions: [] })
    const service = { kind: 'service', id: 'sync' } as const
    const opened = await engine.openExternal({ title: 'Sync', ownerId: 'ana', tenantId: null, actor: service, deadlineSeconds: 60, total: 10, unit: 'pages' })
    if (opened.kind !== 'started') throw new Error(opened.kind)
    const { id } = opened.operation
    const reported = await engine.reportExternal({ id, actor: service, done: 4, failed: 1, message: 'page 4' })
    expect(reported.kind === 'done' && engine.progressOf(reported.operation)).toMatchObject({
      done: 4,
      failed: 1,
      succeeded: 3,
      total: 10,
      percentage: 40,
      unit: 'pages',
      message: 'page 4',
    })
    expect(await engine.control({ id, action: 'pause', actor: ANA })).toMatchObject({ kind: 'invalidState', allowed: ['cancel'] })
    await engine.completeExternal({ id, actor: service, result: { pages: 10 } })
    expect(await reaches(id, 'completed')).toMatchObject({ result: { pages: 10 } })
    expect((await engine.reportExternal({ id, actor: service, done: 5 })).kind).toBe('invalidState')
    expect(await eventTypes(id)).toEqual(['queued', 'started', 'milestone', 'completed'])
    const silent = await engine.openExternal({ title: 'Silent', ownerId: 'ana', tenantId: null, actor: service, deadlineSeconds: 1 })
    if (silent.kind !== 'started') throw new Error(silent.kind)
    expect((await reaches(silent.operation.id, 'failed')).failure).toMatchObject({ code: 'SILENT' })
  })

  test('lets one value that the database refuses fail its own caller only', async () => {
    const { start, reaches } = await open({
      definitions: [operation('NUL', async () => 'bad\u0000value', { attempts: 1 }), operation('FINE', async () => 'fine')],
    })
    const [bad, ...good] = await Promise.all([start('NUL'), ...Array.from({ length: 10 }, () => start('FINE'))])
    expect((await reaches((bad as { id: string }).id, 'failed')).failure).toMatchObject({ code: 'INVALID_RESULT' })
    for (const { id } of good) await reaches(id, 'completed')
  })

  test('masks what unknown errors say, and shows what our own say', async () => {
    const { start, reaches } = await open({
      definitions: [operation('LEAKS', () => Promise.reject(new Error('password=secret')), { attempts: 1 })],
    })
    const record = await reaches((await start('LEAKS')).id, 'failed')
    expect(JSON.stringify(record.failure)).not.toContain('secret')
    expect(record.failure).toMatchObject({ code: 'HANDLER_FAILED' })
  })

  test('hands events to durable consumers in the order of their commits, and repeats a consumer that throws', async () => {
    const seen: string[] = []
    let throwing = true
    const { start, reaches } = await open({
      definitions: [operation('WATCHED', async () => 'x')],
      consumers: [
        {
          name: 'test',
          eventTypes: ['completed'],
          consume: async (event) => {
            if (throwing) {
              throwing = false
              throw new Error('not now')
            }
            seen.push(`${event.stream} ${event.type}`)
          },
        },
      ],
    })
    const { id } = await start('WATCHED')
    await reaches(id, 'completed')
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([`${id} completed`])
  })
})

class PassingError extends Error {
  constructor(count: number) {
    super(`failure ${count}`)
  }
}

/** Tests compare with the machine's clock; the database runs on the same machine. */
function systemNow(): number {
  return performance.timeOrigin + performance.now()
}
