import { type InputIssue, InvalidInputError } from '../base/errors.ts'
import { jsonDepth } from '../base/json.ts'

/** Limits of what clients may send. They protect the database and the other clients; each refusal names the path, what came and what was expected. */
export const LIMITS = {
  title: 200,
  reason: 500,
  message: 1_000,
  idempotencyKey: 200,
  ownerId: 200,
  subject: 255,
  tokenId: 500,
  name: 100,
  search: 200,
  cursor: 500,
  jsonDepth: 20,
  jsonBytes: 64 * 1024,
  /** Of the whole input of a typed start, whose schema bounds each part. */
  inputBytes: 1_000_000,
  ids: 100,
  pageSize: 100,
  count: 2_147_483_647,
  runAtDays: 366,
  deadlineSeconds: { from: 1, to: 86_400 },
  estimateSeconds: { from: 1, to: 604_800 },
  intervalMs: { from: 50, to: 60_000 },
} as const

const DAY_MS = 86_400_000

type Maybe<Value> = Value | null | undefined

/** Gathers what is wrong with an input, so that all of it is told at once and nothing is done before. */
export class InputCheck {
  readonly #issues: InputIssue[] = []

  add(path: string, message: string): void {
    this.#issues.push({ path, message })
  }

  /** A text of `from` to `to` characters that the database can keep. */
  text(path: string, value: Maybe<string>, length: { readonly from?: number; readonly to: number }): void {
    if (value === null || value === undefined) return
    const from = length.from ?? 0
    if (value.length > length.to || value.trim().length < from) {
      this.add(path, `expected a text of ${from} to ${length.to} characters, got one of ${value.length}`)
    } else if (!isStorable(value)) this.add(path, 'expected plain text, got a NUL character or half of a surrogate pair')
  }

  /** A whole number; GraphQL has checked that it is one. */
  whole(path: string, value: Maybe<number>, range: { readonly from: number; readonly to: number }): void {
    if (value === null || value === undefined) return
    if (value < range.from || value > range.to) this.add(path, `expected a whole number from ${range.from} to ${range.to}, got ${value}`)
  }

  list(path: string, value: Maybe<readonly unknown[]>, most: number): void {
    if (value && value.length > most) this.add(path, `expected at most ${most} entries, got ${value.length}`)
  }

  /** A list without repetitions; what it names is a closed set, so it can't get long. */
  set(path: string, value: Maybe<readonly string[]>): void {
    const twice = value?.find((entry, index) => value.indexOf(entry) !== index)
    if (twice !== undefined) this.add(path, `expected each entry once, got ${twice.toUpperCase()} again`)
  }

  /** When work may start: anything before a year from now; the past means at once. */
  runAt(path: string, value: Maybe<Date>, nowMs: number): void {
    if (value && value.getTime() > nowMs + LIMITS.runAtDays * DAY_MS) {
      this.add(path, `expected an instant within the next ${LIMITS.runAtDays} days, got ${value.toISOString()}`)
    }
  }

  json(path: string, value: Maybe<object>, most: number = LIMITS.jsonBytes): void {
    if (!value) return
    const depth = jsonDepth(value, LIMITS.jsonDepth)
    const bytes = depth > LIMITS.jsonDepth ? 0 : Buffer.byteLength(JSON.stringify(value))
    if (depth > LIMITS.jsonDepth) this.add(path, `expected JSON at most ${LIMITS.jsonDepth} levels deep, got a deeper one`)
    else if (bytes > most) this.add(path, `expected JSON of at most ${most} bytes, got ${bytes}`)
    else this.#texts(path, value)
  }

  /** True while nothing was wrong. */
  get isGood(): boolean {
    return this.#issues.length === 0
  }

  /** Throws `InvalidInputError` when anything was wrong. */
  done(): void {
    if (this.#issues.length > 0) throw new InvalidInputError(this.#issues)
  }

  /** The depth is known to be small here. */
  #texts(path: string, value: unknown): void {
    if (typeof value === 'string' && !isStorable(value)) this.add(path, 'expected plain text, got a NUL character or half of a surrogate pair')
    if (typeof value !== 'object' || value === null) return
    for (const [key, entry] of Object.entries(value)) {
      if (!isStorable(key)) this.add(path, 'expected plain names, got a NUL character or half of a surrogate pair')
      else this.#texts(`${path}.${key}`, entry)
    }
  }
}

/** PostgreSQL refuses NUL in any text, and lone surrogates in jsonb. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed()

/** Checks and throws in one go, for inputs of one value. */
export function checkInput(check: (input: InputCheck) => void): void {
  const input = new InputCheck()
  check(input)
  input.done()
}
