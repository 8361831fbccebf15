import { expect, test } from 'vitest'
import { expectedOf } from '../../samples/sample-statement.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { EventFollower } from '../../src/testing/event-follower.ts'
import { backing } from '../chaos/backing.ts'
import { control, Processes, reaches } from '../chaos/control-story.ts'
import { expectContiguousEvents, expectExactRows, historyOf, sampleFile, startImport } from '../chaos/import-story.ts'

/**
 * The story that Batuta was made for: somebody uploads an 18,000-row card statement, watches it move, pauses it, the process is
 * killed with -9 and started again, and after a resume every row is there exactly once. Embedded database, nothing else installed.
 */
test('an import that is watched, paused, killed and resumed ends with every row exactly once', { timeout: 240_000 }, async () => {
  const store = await backing('pglite')
  const processes = new Processes()
  try {
    const first = await processes.start({ env: store.env })
    const api = createApiClient({ url: first.url })
    const { id, cursor } = await startImport(api, await sampleFile(18_000))
    const follower = new EventFollower(id, { after: cursor })
    const following = follower.follow(api)

    const { operation: moving } = await reaches(api, id, (operation) => (operation.progress.percentage ?? 0) > 10)
    expect(moving.state).toBe('RUNNING')
    expect((await control(api, 'pause', id)).operation?.state).toBe('PAUSING')
    const { operation: paused } = await reaches(api, id, 'PAUSED')

    await first.kill()
    expect(await following).toBe(false)
    const second = await processes.start({ env: store.env })
    const again = createApiClient({ url: second.url })
    const { operation: found } = await reaches(again, id, 'PAUSED')
    // What was shown before the kill is what is there after it.
    expect(found).toEqual(paused)

    expect((await control(again, 'resume', id)).__typename).toBe('OperationPayload')
    await reaches(again, id, 'COMPLETED')
    expect(await follower.follow(again)).toBe(true)
    const history = await historyOf(again, id)
    expect(follower.events).toEqual(history.events.slice(-follower.events.length))
    expect(history.types.filter((type) => ['PAUSE_REQUESTED', 'PAUSED', 'RESUMED', 'RESCUED', 'COMPLETED'].includes(type))).toEqual([
      'PAUSE_REQUESTED',
      'PAUSED',
      'RESUMED',
      'COMPLETED',
    ])
    const { node } = await again.ask<{ node: object }, object>(
      'query ($id: ID!) { node(id: $id) { ... on StatementImportOperation { batchDeleted result { accepted rejected totals { currency amount count } } batch { state acceptedCount rejectedCount } } } }',
      { id },
    )
    const { accepted, rejected, totals } = expectedOf({ rows: 18_000 })
    expect(node).toEqual({
      batchDeleted: false,
      result: { accepted, rejected, totals },
      batch: { state: 'COMPLETE', acceptedCount: accepted, rejectedCount: rejected },
    })
    expect(await second.terminate()).toEqual({ code: 0, signal: null })
    await store.look(async (database) => {
      await expectExactRows(database, 18_000)
      await expectContiguousEvents(database)
    })
  } finally {
    await processes.endAll()
    await store.drop()
  }
})
