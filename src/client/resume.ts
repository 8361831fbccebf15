import type { DocumentNode } from 'graphql'
import { type LosslessStream, prepareDocument } from './prepare-document.ts'

/** A frame of a lossless stream, as far as resuming needs it. */
export interface StreamFrame {
  readonly __typename?: string
  readonly cursor?: string
  readonly seq?: number
  readonly reason?: string
}

/** What was lost, and why: `RETENTION`, `UNKNOWN_CURSOR` or `BEYOND_HEAD`. A snapshot follows. */
export interface Gap {
  readonly reason: string
}

export interface ResumptionParams {
  readonly document: DocumentNode
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  /** Told once per gap, before the frame itself is passed on. */
  readonly onGap?: ((gap: Gap) => void) | undefined
}

interface Result {
  readonly data?: unknown
}

/**
 * Keeps a subscription's place. Send `document` with `variables`, and give every result to `take`: the cursor moves on in `variables`, in place, so
 * that whoever sends the same object again (graphql-ws does, on each reconnect) goes on where it was.
 */
export class Resumption {
  readonly document: DocumentNode
  readonly variables: Record<string, unknown>
  readonly #stream: LosslessStream | undefined
  readonly #onGap: ((gap: Gap) => void) | undefined
  #lastSeq = 0
  #isInGap = false

  constructor({ document, variables, onGap }: ResumptionParams) {
    const prepared = prepareDocument(document)
    this.document = prepared.document
    this.variables = { ...variables }
    this.#stream = prepared.stream
    this.#onGap = onGap
  }

  /** True for a lossless stream. The others give the current state whenever they are subscribed: they need no place. */
  get isLossless(): boolean {
    return this.#stream !== undefined
  }

  /** False for a result that the app has had already. */
  take(result: Result): boolean {
    const frame = this.#frameOf(result)
    if (!this.#stream || !frame?.cursor) return true
    if (frame.__typename === 'StreamGap') return this.#takeGap(frame)
    if (frame.seq !== undefined && frame.seq <= this.#lastSeq) return false
    this.#isInGap = false
    this.#lastSeq = frame.seq ?? this.#lastSeq
    this.variables[this.#stream.afterVariable] = frame.cursor
    return true
  }

  #frameOf({ data }: Result): StreamFrame | undefined {
    const fields = data as Readonly<Record<string, StreamFrame | undefined>> | null | undefined
    return this.#stream && fields ? fields[this.#stream.responseKey] : undefined
  }

  /** The cursor stays where it was until the snapshot is here: cut in between, the server must say it again, and the app need not hear it again. */
  #takeGap(frame: StreamFrame): boolean {
    if (this.#isInGap) return false
    this.#isInGap = true
    this.#lastSeq = 0
    this.#onGap?.({ reason: frame.reason ?? 'UNKNOWN_CURSOR' })
    return true
  }
}
