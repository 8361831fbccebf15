import { describe, expect, test } from 'vitest'
import { PullIterator } from '../../src/events/pull-iterator.ts'

/** A source that a test feeds by hand. */
function createSource() {
  const values: (number | undefined)[] = []
  let wake: (() => void) | undefined
  const source = {
    closed: 0,
    pulling: 0,
    overlapped: false,
    give: (value: number | undefined) => {
      values.push(value)
      wake?.()
    },
    pull: async () => {
      source.pulling += 1
      source.overlapped ||= source.pulling > 1
      while (values.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      source.pulling -= 1
      return values.shift()
    },
    close: () => {
      source.closed += 1
    },
  }
  return source
}

const END = { done: true, value: undefined }

describe('PullIterator', () => {
  test('gives values in order to calls that were made together, one pull at a time', async () => {
    const source = createSource()
    const iterator = new PullIterator(source)
    const calls = [iterator.next(), iterator.next(), iterator.next()]
    for (const value of [1, 2, 3]) source.give(value)
    expect((await Promise.all(calls)).map((result) => result.value)).toEqual([1, 2, 3])
    expect(source.overlapped).toBe(false)
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
    source.give(undefined)
    const seen: number[] = []
    for await (const value of iterator) seen.push(value)
    expect([seen, source.closed]).toEqual([[1], 1])
  })

  test('tells a failure once, to the call that met it, and ends', async () => {
    let closed = 0
    const close = () => {
      closed += 1
    }
    const iterator = new PullIterator<number>({ pull: () => Promise.reject(new Error('no database')), close })
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
})
