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

export const toCursor = (position: Position): string => cursorWriter(position.stream)(position.seq)

/** For many cursors of one stream; remembers the last one, because all live subscribers of a stream ask for the same. */
export function cursorWriter(stream: string): (seq: number) => string {
  const bytes = Buffer.alloc(21)
  bytes[0] = VERSION
  bytes.write(stream.replaceAll('-', ''), 1, 'hex')
  let last = { seq: -1, text: '' }
  return (seq) => {
    if (last.seq === seq) return last.text
    bytes.writeUInt32BE(seq, 17)
    last = { seq, text: bytes.toString('base64url') }
    return last.text
  }
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
