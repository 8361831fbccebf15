import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FlushQueue } from '../../src/base/flush-queue.ts'

/** A flush that waits until it is let go; one gate per flush. */
function gatedFlush<Request>() {
  const gates: { readonly requests: readonly Request[]; open(): void; fail(error: unknown): void }[] = []
  const flush = (requests: readonly Request[]) =>
    new Promise<Request[]>((resolve, reject) => {
      gates.push({ requests, open: () => resolve([...requests]), fail: reject })
    })
  return { gates, flush }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('FlushQueue', () => {
  test('flushes the requests of one turn of the event loop together, and answers each', async () => {
    const flushed: number[][] = []
    const queue = new FlushQueue<number, string>({
      name: 'test',
      flush: (requests) => {
        flushed.push([...requests])
        return Promise.resolve(requests.map((request) => `answer ${request}`))
      },
    })
    expect(await Promise.all([1, 2, 3].map((request) => queue.submit(request)))).toEqual(['answer 1', 'answer 2', 'answer 3'])
    expect(flushed).toEqual([[1, 2, 3]])
  })

  test('gathers while a flush is under way', async () => {
    const { gates, flush } = gatedFlush<number>()
    const queue = new FlushQueue<number, number>({ name: 'test', flush })
    const answers = [queue.submit(1)]
    await turn()
    answers.push(queue.submit(2))
    await turn()
    answers.push(queue.submit(3))
    await turn()
    expect(gates.map((gate) => gate.requests)).toEqual([[1]])
    gates[0]?.open()
    await turn()
    expect(gates.map((gate) => gate.requests)).toEqual([[1], [2, 3]])
    gates[1]?.open()
    expect(await Promise.all(answers)).toEqual([1, 2, 3])
  })

  test('has no more flushes under way, and none bigger, than it was told', async () => {
    const { gates, flush } = gatedFlush<number>()
    const queue = new FlushQueue<number, number>({ name: 'test', flush, flights: 2, maxBatch: 2 })
    const answers = Promise.all([1, 2, 3, 4, 5].map((request) => queue.submit(request)))
    await turn()
    expect(gates.map((gate) => gate.requests)).toEqual([
      [1, 2],
      [3, 4],
    ])
    gates[1]?.open()
    await turn()
    expect(gates.map((gate) => gate.requests)).toEqual([[1, 2], [3, 4], [5]])
    for (const gate of gates) gate.open()
    expect(await answers).toEqual([1, 2, 3, 4, 5])
  })

  test('refuses at once beyond its bound, and takes again when there is room', async () => {
    const { gates, flush } = gatedFlush<number>()
    const queue = new FlushQueue<number, number>({ name: 'test', flush, maxWaiting: 2 })
    const first = queue.submit(1)
    await turn()
    const waiting = [queue.submit(2), queue.submit(3)]
    await expect(queue.submit(4)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(queue.waiting).toBe(2)
    gates[0]?.open()
    await turn()
    const last = queue.submit(5)
    gates[1]?.open()
    await turn()
    gates[2]?.open()
    expect(await Promise.all([first, ...waiting, last])).toEqual([1, 2, 3, 5])
  })

  test('fails the callers of bad values only, however they are mixed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (goods) => {
        const bad = new Error('bad value')
        const applied: number[] = []
        const queue = new FlushQueue<number, number>({
          name: 'test',
          isDataError: (error) => error === bad,
          flush: (requests) => {
            if (requests.some((request) => !goods[request])) return Promise.reject(bad)
            applied.push(...requests)
            return Promise.resolve(requests)
          },
        })
        const outcomes = await Promise.allSettled(goods.map((_, index) => queue.submit(index)))
        expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual(goods)
        expect(applied).toEqual(goods.flatMap((good, index) => (good ? [index] : [])))
      }),
    )
  })

  test('does not bisect a failure that is nobody’s fault', async () => {
    const { gates, flush } = gatedFlush<number>()
    const queue = new FlushQueue<number, number>({ name: 'test', flush, isDataError: () => false })
    const outcomes = Promise.allSettled([queue.submit(1), queue.submit(2)])
    await turn()
    gates[0]?.fail(new Error('connection lost'))
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected'])
    expect(gates).toHaveLength(1)
  })

  test('never puts requests with equal keys into one flush, and keeps their order', async () => {
    const flushed: string[][] = []
    const queue = new FlushQueue<string, string>({
      name: 'test',
      keyOf: (request) => request[0] ?? '',
      flush: (requests) => {
        flushed.push([...requests])
        return Promise.resolve(requests)
      },
    })
    await Promise.all(['a1', 'b1', 'a2', 'c1', 'a3'].map((request) => queue.submit(request)))
    expect(flushed).toEqual([['a1', 'b1', 'c1'], ['a2'], ['a3']])
  })

  test('says when it is drained, also after failures', async () => {
    const { gates, flush } = gatedFlush<number>()
    const queue = new FlushQueue<number, number>({ name: 'test', flush })
    await queue.drained()
    const outcome = Promise.allSettled([queue.submit(1)])
    let drained = false
    const end = queue.drained().then(() => {
      drained = true
    })
    await turn()
    expect(drained).toBe(false)
    gates[0]?.fail(new Error('no'))
    await end
    expect((await outcome)[0]?.status).toBe('rejected')
  })
})
