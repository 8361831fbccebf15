import type { Readable } from 'node:stream'

/**
 * A file of a request whose bytes are still on their way. Nothing is buffered: reading the stream is what lets the client
 * send on. The resolver that gets one either consumes `stream()` to its end or calls `discard()`; the server discards
 * what nobody took. The value of the scalar `File`.
 */
export interface PendingUpload {
  /** As the client named it, without folders; never a path to write to. May be empty. */
  readonly fileName: string
  /** As the client declared it; not checked. */
  readonly mimeType: string
  /** Transfer encoding that the client declared, nearly always `7bit`. */
  readonly encoding: string
  /**
   * The bytes, once; a second call throws. Ends with `InvalidInputError` when the file is larger than allowed or the
   * request breaks off: whatever was read until then is not a file and must not be kept.
   */
  stream(): Readable
  /** Lets the bytes pass unread. Safe to call at any time and more than once. */
  discard(): void
}

const isFunction = (value: unknown): boolean => typeof value === 'function'

/** For the scalar: a value that clients can't make from JSON, because JSON has no functions. */
export function isPendingUpload(value: unknown): value is PendingUpload {
  return typeof value === 'object' && value !== null && isFunction((value as PendingUpload).stream) && isFunction((value as PendingUpload).discard)
}
