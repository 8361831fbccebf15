import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import { atInstant } from './expiry.ts'
import type { HttpCaller } from './http-caller.ts'
import { toPublicError } from './mask-errors.ts'
import { PerKeyLimit } from './per-key-limit.ts'
import { SseStream } from './sse-stream.ts'

/** Whose share of a limit is used: the viewer's, or that of an address while there is no viewer. */
export const shareOf = (viewer: Viewer | null, address: string | undefined): string => (viewer ? `user:${viewer.id}` : `address:${address ?? ''}`)

/** A place for one stream, taken before the stream exists. */
export interface StreamPlace {
  open(source: AsyncIterableIterator<ExecutionResult, undefined>): SseStream
  release(): void
}

/** All open SSE streams: bounded per user, ended when their token expires, their client leaves or the server stops. */
export class SseStreams {
  readonly #clock: Clock
  readonly #perUser: PerKeyLimit
  readonly #open = new Map<SseStream, HttpCaller>()

  constructor(clock: Clock, maxPerUser: number) {
    this.#clock = clock
    this.#perUser = new PerKeyLimit(maxPerUser)
  }

  get size(): number {
    return this.#open.size
  }

  reserve(caller: HttpCaller): StreamPlace | undefined {
    const release = this.#perUser.take(shareOf(caller.viewer, caller.request.socket.remoteAddress))
    return release && { release, open: (source) => this.#track(source, caller, release) }
  }

  /**
   * Ends all streams by cutting their connections: `event: complete` would say that there is nothing more to come, and
   * clients would stay away instead of reconnecting to another instance.
   */
  async cutAll(): Promise<void> {
    for (const [stream, caller] of this.#open) {
      caller.response.destroy()
      await stream.return()
    }
  }

  #track(source: AsyncIterableIterator<ExecutionResult, undefined>, caller: HttpCaller, release: () => void): SseStream {
    const leave = (): void => void stream.return()
    let cancelExpiry: (() => void) | undefined
    const stream = new SseStream(source, () => {
      cancelExpiry?.()
      caller.response.off('close', leave)
      this.#open.delete(stream)
      release()
    })
    this.#open.set(stream, caller)
    const expiresAtMs = caller.viewer?.tokenExpiresAtMs
    if (expiresAtMs !== undefined) {
      cancelExpiry = atInstant(this.#clock, expiresAtMs, () => void stream.endWith(toPublicError('UNAUTHENTICATED', 'the token has expired')))
    }
    caller.response.once('close', leave)
    if (caller.response.destroyed) leave()
    return stream
  }
}
