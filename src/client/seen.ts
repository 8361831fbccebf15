/** A part of an answer, independent of aliases: a scalar, a list, or a `Part` for an object. */
export type Held = unknown

/** An object without an identity of its own, by field and arguments. */
export class Part {
  readonly type: string
  readonly fields: ReadonlyMap<string, Held>

  constructor(type: string, fields: ReadonlyMap<string, Held>) {
    this.type = type
    this.fields = fields
  }
}

interface HeldField {
  /** The version or the revision at which it was seen. */
  readonly order: number
  readonly value: Held
}

/** The newest that was seen of one object: each field with the version or revision of the answer that it came with. */
export class Newest {
  readonly #fields = new Map<string, HeldField>()
  readonly #tops = new Map<string, number>()

  /** Highest order that was seen of a part ('' for the object's own version). */
  top(part: string): number {
    return this.#tops.get(part) ?? Number.NEGATIVE_INFINITY
  }

  raise(part: string, order: number): void {
    if (order > this.top(part)) this.#tops.set(part, order)
  }

  get(key: string): HeldField | undefined {
    return this.#fields.get(key)
  }

  /** Holds what is not older than what is held; two answers of the same order add to each other. */
  hold(key: string, order: number, value: Held): void {
    const held = this.#fields.get(key)
    if (held && held.order > order) return
    this.#fields.set(key, { order, value: held?.order === order ? merged(held.value, value) : value })
  }
}

function merged(before: Held, now: Held): Held {
  if (before instanceof Part && now instanceof Part && before.type === now.type) {
    const fields = new Map(before.fields)
    for (const [key, value] of now.fields) fields.set(key, fields.has(key) ? merged(fields.get(key), value) : value)
    return new Part(now.type, fields)
  }
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length) return now.map((each, index) => merged(before[index], each))
  return now
}

const DEFAULT_LIMIT = 1_000

/** What was seen of the objects that were seen last. The one that was not seen for longest is forgotten first, so its memory is bounded. */
export class Seen {
  readonly #limit: number
  readonly #objects = new Map<string, Newest>()

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit
  }

  get size(): number {
    return this.#objects.size
  }

  of(type: string, id: string): Newest {
    const key = `${type}:${id}`
    const newest = this.#objects.get(key) ?? new Newest()
    this.#objects.delete(key)
    this.#objects.set(key, newest)
    if (this.#objects.size > this.#limit) this.#objects.delete(this.#objects.keys().next().value as string)
    return newest
  }

  /** Forgets everything: after somebody else signed in, or when the server says that its history is another one. */
  clear(): void {
    this.#objects.clear()
  }
}
