import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus } from '../../src/bus/bus.ts'
import { createInbox } from './inbox.ts'

/** Two instances on one bus. */
export interface BusPair {
  readonly bus: Bus
  readonly other: Bus
  /** Subscriptions that the carrier still holds for a channel, of all instances. */
  subscriptions(channel: string): Promise<number>
  close(): Promise<void>
}

/** What every bus must do. */
export function busConformance(name: string, open: () => Promise<BusPair>): void {
  describe(`a bus: ${name}`, () => {
    let pair: BusPair
    let channel: string
    beforeEach(async () => {
      pair = await open()
      channel = `test:${randomUUID()}`
    })
    afterEach(() => pair.close())

    test('delivers the messages of one publisher in order, to every instance, the publisher included', async () => {
      const [own, others] = [createInbox(), createInbox()]
      await pair.bus.subscribe(channel, own.listener)
      await pair.other.subscribe(channel, others.listener)
      const sent = Array.from({ length: 500 }, (_, index) => ({ index }))
      for (const message of sent) pair.bus.publish(channel, message)
      expect(await own.arrived(500)).toEqual(sent)
      expect(await others.arrived(500)).toEqual(sent)
    })

    test('delivers after publish has returned, never inside it', async () => {
      const inbox = createInbox()
      await pair.bus.subscribe(channel, inbox.listener)
      pair.bus.publish(channel, 'later')
      expect(inbox.messages).toEqual([])
      await inbox.arrived(1)
    })

    test('gives listeners what JSON gives, not the object of the publisher', async () => {
      const inbox = createInbox()
      await pair.bus.subscribe(channel, inbox.listener)
      const message = { list: [1], gone: undefined }
      pair.bus.publish(channel, message)
      message.list.push(2)
      expect((await inbox.arrived(1))[0]).toStrictEqual({ list: [1] })
    })

    test('keeps channels apart', async () => {
      const [inbox, elsewhere] = [createInbox(), createInbox()]
      await pair.bus.subscribe(channel, inbox.listener)
      await pair.bus.subscribe(`${channel}:b`, elsewhere.listener)
      pair.bus.publish(`${channel}:b`, 1)
      pair.bus.publish(channel, 2)
      await inbox.arrived(1)
      expect([inbox.messages, elsewhere.messages]).toEqual([[2], [1]])
    })

    test('ends a subscription at once, and the same listener may listen twice', async () => {
      const [leaving, staying] = [createInbox(), createInbox()]
      const leave = await pair.bus.subscribe(channel, leaving.listener)
      const leaveToo = await pair.bus.subscribe(channel, leaving.listener)
      await pair.bus.subscribe(channel, staying.listener)
      pair.bus.publish(channel, 1)
      await staying.arrived(1)
      leave()
      leave()
      pair.bus.publish(channel, 2)
      await staying.arrived(2)
      pair.bus.publish(channel, 3)
      leaveToo()
      await staying.arrived(3)
      expect(leaving.messages).toEqual([1, 1, 2])
    })

    test('contains a listener that throws', async () => {
      const inbox = createInbox()
      await pair.bus.subscribe(channel, () => {
        throw new Error('broken listener')
      })
      await pair.bus.subscribe(channel, inbox.listener)
      pair.bus.publish(channel, 1)
      pair.bus.publish(channel, 2)
      expect(await inbox.arrived(2)).toEqual([1, 2])
    })

    test('lets a listener leave while it is called', async () => {
      const inbox = createInbox()
      const leave = await pair.bus.subscribe(channel, () => leave())
      await pair.bus.subscribe(channel, inbox.listener)
      pair.bus.publish(channel, 1)
      pair.bus.publish(channel, 2)
      expect(await inbox.arrived(2)).toEqual([1, 2])
    })

    test('takes a message that nobody listens to', async () => {
      const inbox = createInbox()
      pair.bus.publish(channel, 'nobody')
      await pair.bus.subscribe(`${channel}:b`, inbox.listener)
      pair.other.publish(`${channel}:b`, 'somebody')
      expect(await inbox.arrived(1)).toEqual(['somebody'])
    })

    test('holds nothing after 10,000 subscriptions have come and gone', async () => {
      const rounds = Array.from({ length: 10 }, (_, round) => round)
      for (const round of rounds) {
        const leaving = await Promise.all(
          Array.from({ length: 1_000 }, (_, index) => pair.bus.subscribe(`${channel}:${(index + round) % 50}`, () => undefined)),
        )
        for (const leave of leaving) leave()
      }
      const left = async () =>
        (await Promise.all(Array.from({ length: 50 }, (_, index) => pair.subscriptions(`${channel}:${index}`)))).filter((count) => count > 0)
      await expect.poll(left).toEqual([])
    })

    test('subscribes again right after the last listener left', async () => {
      const inbox = createInbox()
      const leave = await pair.bus.subscribe(channel, () => undefined)
      leave()
      await pair.bus.subscribe(channel, inbox.listener)
      pair.other.publish(channel, 'again')
      expect(await inbox.arrived(1)).toEqual(['again'])
    })

    test('is connected, and starts and stops more than once', async () => {
      expect(pair.bus.connected).toBe(true)
      await pair.bus.start()
      await pair.bus.stop()
      await pair.bus.stop()
    })
  })
}
