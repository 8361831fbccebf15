/** How clients are told that something passes: everything else that they are told is a violation. */
export interface Tolerance {
  /** Codes of GraphQL errors, and `NETWORK` for a connection that failed. */
  readonly codes: ReadonlySet<string>
  /** Codes of close frames; 1006 is a connection that broke. */
  readonly closes: ReadonlySet<number>
}

/** An instance was away, Redis or PostgreSQL were: a client tries again. 4499 is the client's own doing. */
export const STORMY: Tolerance = {
  codes: new Set(['UNAVAILABLE', 'RATE_LIMITED', 'NETWORK']),
  closes: new Set([1000, 1001, 1005, 1006, 1012, 1013, 4499]),
}
/** Instances are replaced in order: nothing but the word that sockets go elsewhere. */
export const ORDERLY: Tolerance = { codes: new Set(), closes: new Set([1000, 1012]) }

/** More of them tell nothing new. */
const MOST_VIOLATIONS = 100

/** What all clients of one storm went through. */
export class Journal {
  readonly violations: string[] = []
  readonly codes = new Map<string, number>()
  readonly closes = new Map<number, number>()
  /** Events that reached subscribers. */
  delivered = 0
  #isClosed = false
  readonly #tolerance: Tolerance
  readonly #listeners = new Set<(member: string, atMs: number) => void>()

  constructor(tolerance: Tolerance) {
    this.#tolerance = tolerance
  }

  /** True once what happens no longer counts: nobody tries again. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#isClosed = true
  }

  violate(text: string): void {
    if (!this.#isClosed && this.violations.length < MOST_VIOLATIONS) this.violations.push(text)
  }

  /** A client was refused; false: it must not try again, and that it came to this is a violation. */
  refused(who: string, codes: readonly string[], details: unknown): boolean {
    for (const code of codes) this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
    if (codes.length > 0 && codes.every((code) => this.#tolerance.codes.has(code))) return !this.#isClosed
    this.violate(`${who} was told ${codes.join(', ') || 'something without a code'}: ${describe(details)}`)
    return false
  }

  closed(who: string, code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
    if (!this.#tolerance.closes.has(code)) this.violate(`${who}'s socket was closed with ${code}`)
  }

  /** An event that happened at `atMs` (wall clock) reached a subscriber by this member of the fleet, as news. */
  arrived(member: string, atMs: number): void {
    for (const listener of this.#listeners) listener(member, atMs)
  }

  onArrival(listener: (member: string, atMs: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function describe(details: unknown): string {
  if (details instanceof Error) return `${details.name}: ${details.message}`
  return JSON.stringify(details)?.slice(0, 500) ?? String(details)
}

/** Codes of GraphQL errors; what is none of them failed on its way. */
export function codesOf(error: unknown): readonly string[] {
  const errors = Array.isArray(error) ? error : (error as { readonly errors?: unknown } | undefined)?.errors
  if (!Array.isArray(errors)) return ['NETWORK']
  return (errors as readonly { readonly extensions?: { readonly code?: unknown } }[]).map(({ extensions }) =>
    typeof extensions?.code === 'string' ? extensions.code : 'UNCODED',
  )
}
