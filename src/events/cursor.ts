/**
 * Cursors: opaque text for a position in one stream. 21 bytes (version, the stream's UUID, the sequence number), which is
 * 28 characters of base64url (RFC 4648) without padding.
 */
export interface Position {
  /** UUID of the stream. */
  readonly stream: string
  /** The last event that was seen; 0 for none. */
  readonly seq: number
}

const VERSION = 1
const TEXT = /^[\w-]{28}$/
const LARGEST_SEQ = 2_147_483_647

export function toCursor(position: Position): string {
  const bytes = Buffer.alloc(21)
  bytes[0] = VERSION
  bytes.write(position.stream.replaceAll('-', ''), 1, 'hex')
  bytes.writeUInt32BE(position.seq, 17)
  return bytes.toString('base64url')
}

/** `undefined` for anything that `toCursor` did not make. */
export function fromCursor(text: string): Position | undefined {
  if (!TEXT.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const seq = bytes.readUInt32BE(17)
  if (bytes[0] !== VERSION || seq > LARGEST_SEQ) return undefined
  const hex = bytes.toString('hex', 1, 17)
  return { stream: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`, seq }
}
