import type { Json } from '../../src/base/json.ts'

/** A listener that keeps what it got, and lets a test wait for a number of messages. */
export interface Inbox {
  readonly messages: readonly Json[]
  readonly listener: (message: Json) => void
  /** Resolves once so many messages have come. */
  arrived(count: number): Promise<readonly Json[]>
}

export function createInbox(): Inbox {
  const messages: Json[] = []
  const waiting: { readonly count: number; readonly resolve: (messages: readonly Json[]) => void }[] = []
  return {
    messages,
    listener: (message) => {
      messages.push(message)
      for (const entry of waiting) if (messages.length >= entry.count) entry.resolve(messages)
    },
    arrived: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve })
        if (messages.length >= count) resolve(messages)
      }),
  }
}
