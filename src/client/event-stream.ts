/** One message of `text/event-stream`. */
export interface StreamMessage {
  readonly event: string
  readonly data: string
}

/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) out of text that comes in pieces. */
export class EventStreamParser {
  #rest = ''

  /** The messages that are complete with this piece. Comments, which keep the connection open, are none. */
  push(piece: string): readonly StreamMessage[] {
    const blocks = (this.#rest + piece).split(/\r?\n\r?\n/)
    this.#rest = blocks.pop() ?? ''
    return blocks.flatMap((block) => {
      const fields = block.split(/\r?\n/).map((line) => /^(event|data): ?(.*)$/.exec(line))
      const event = fields.find((field) => field?.[1] === 'event')?.[2]
      const data = fields.flatMap((field) => (field?.[1] === 'data' ? [field[2] as string] : []))
      return event === undefined ? [] : [{ event, data: data.join('\n') }]
    })
  }
}
