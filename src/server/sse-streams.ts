import type { ExecutionResult } from 'graphql'
import type { Revocations } from '../auth/revocations.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import type { HttpCaller } from './http-caller.ts'
import { toPublicError } from './mask-errors.ts'
import { PerKeyLimit } from './per-key-limit.ts'
import { SseStream } from './sse-stream.ts'
import { TokenLife } from './token-life.ts'

/** Whose share of a limit is used: the viewer's, or that of an address while there is no viewer. */
export const shareOf = (viewer: Viewer | null, address: string | undefined): string => (viewer ? `user:${viewer.id}` : `address:${address ?? ''}`)

/** A place for one stream, taken before the stream exists. */
export interface StreamPlace {
  open(source: AsyncIterableIterator<ExecutionResult, undefined>): SseStream
  release(): void
}

/** All open SSE streams: bounded per user, ended when their token expires or is revoked, their client leaves or the server stops. */
export class SseStreams {
  readonly #clock: Clock
  readonly #revocations: Revocations
  readonly #perUser: PerKeyLimit
  readonly #open = new Map<SseStream, HttpCaller>()
  #isCut = false

  constructor(params: { readonly clock: Clock; readonly revocations: Revocations; readonly maxPerUser: number }) {
    this.#clock = params.clock
    this.#revocations = params.revocations
    this.#perUser = new PerKeyLimit(params.maxPerUser)
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
   * clients would stay away instead of reconnecting to another instance. One that is just being made is cut when it is there.
   */
  async cutAll(): Promise<void> {
    this.#isCut = true
    for (const [stream, caller] of this.#open) {
      caller.response.destroy()
      await stream.return()
    }
  }

  #track(source: AsyncIterableIterator<ExecutionResult, undefined>, caller: HttpCaller, release: () => void): SseStream {
    const leave = (): void => void stream.return()
    let life: TokenLife | undefined
    const stream = new SseStream(source, () => {
      life?.release()
      caller.response.off('close', leave)
      this.#open.delete(stream)
      release()
    })
    this.#open.set(stream, caller)
    const onEnd = (reason: string): void => void stream.endWith(toPublicError('UNAUTHENTICATED', reason))
    life = new TokenLife(caller.viewer, { clock: this.#clock, revocations: this.#revocations, onEnd })
    caller.response.once('close', leave)
    if (this.#isCut) caller.response.destroy()
    if (caller.response.destroyed) leave()
    return stream
  }
}
