import { describe, expect, test } from 'vitest'
import { NOT_YET, OVER, PullIterator } from '../../src/events/pull-iterator.ts'

/** A source that a test feeds by hand. */
function createSource() {
  const values: (number | typeof OVER)[] = []
  let wake = () => undefined as void
  const source = {
    opened: 0,
    closed: 0,
    give: (value: number | typeof OVER) => {
      values.push(value)
      wake()
    },
    open: (waker: () => void) => {
      source.opened += 1
      wake = waker
    },
    take: () => values.shift() ?? NOT_YET,
    close: () => {
      source.closed += 1
    },
  }
  return source
}

const END = { done: true, value: undefined }

describe('PullIterator', () => {
  test('gives values in order to calls that were made together, and opens the source once', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    for (const value of [1, 2, 3]) source.give(value)
    expect((await Promise.all(calls)).map((result) => result.value)).toEqual([1, 2, 3])
    expect(source.opened).toBe(1)
  })

  test('return() releases at once and ends the calls that wait', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    const calls = [iterator.next(), iterator.next()]
    const returned = iterator.return()
    expect(source.closed).toBe(1)
    expect(await Promise.all([...calls, returned, iterator.next(), iterator.return()])).toEqual([END, END, END, END, END])
    expect(source.closed).toBe(1)
  })

  test('drops a value that comes after return()', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    const call = iterator.next()
    await iterator.return()
    source.give(1)
    expect(await call).toEqual(END)
  })

  test('ends at the end of the source', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    source.give(1)
    source.give(OVER)
    const seen: number[] = []
    for await (const value of iterator) seen.push(value)
    expect([seen, source.closed]).toEqual([[1], 1])
  })

  test('tells a failure once, to the call that met it, and ends', async () => {
    let closed = 0
    const close = () => {
      closed += 1
    }
    const take = () => {
      throw new Error('no database')
    }
    const iterator = new PullIterator<number>({ open: () => undefined, take, close })
    const calls = [iterator.next(), iterator.next()]
    await expect(calls[0]).rejects.toThrow('no database')
    expect([await calls[1], closed]).toEqual([END, 1])
  })

  test('throw() releases too', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    await expect(iterator.throw(new Error('left'))).rejects.toThrow('left')
    expect(source.closed).toBe(1)
  })

  test('hands its source over to a consumer that pulls by itself, before it is used', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    expect(iterator.detach()).toBe(source)
    expect(await iterator.next()).toEqual(END)
    expect(source.opened).toBe(0)
    const used = new PullIterator(source)
    void used.next()
    expect(() => used.detach()).toThrow(TypeError)
  })
})
