import type { TokenFacts } from '../auth/revocations.ts'
import type { KnownRevocation, RevocationTarget } from './revocation.ts'

type Entry = Pick<KnownRevocation, 'revokedAtMs' | 'untilMs'>

/** What this process knows of revocations: two maps, asked for every request. As large as the table, which is bounded. */
export class RevocationList {
  readonly #users = new Map<string, Entry>()
  readonly #tokens = new Map<string, Entry>()

  get size(): number {
    return this.#users.size + this.#tokens.size
  }

  /** `iat` counts whole seconds, so a token of the very second of the revocation is refused too; one that does not say when it was issued always is. */
  isRevoked({ id, tokenId, tokenIssuedAtMs }: TokenFacts): boolean {
    if (tokenId !== undefined && this.#tokens.has(tokenId)) return true
    const user = this.#users.get(id)
    return user !== undefined && (tokenIssuedAtMs === undefined || tokenIssuedAtMs <= user.revokedAtMs)
  }

  /** Adds what is new and answers how many were; rows that were read before change nothing. */
  add(revocations: readonly KnownRevocation[]): number {
    let count = 0
    for (const { kind, key, revokedAtMs, untilMs } of revocations) {
      const entries = this.#of(kind)
      if ((entries.get(key)?.revokedAtMs ?? Number.NEGATIVE_INFINITY) >= revokedAtMs) continue
      entries.set(key, { revokedAtMs, untilMs })
      count += 1
    }
    return count
  }

  /** Forgets those whose tokens have all expired. */
  forget(nowMs: number): void {
    for (const entries of [this.#users, this.#tokens]) {
      for (const [key, { untilMs }] of entries) if (untilMs !== null && untilMs <= nowMs) entries.delete(key)
    }
  }

  #of(kind: RevocationTarget['kind']): Map<string, Entry> {
    return kind === 'user' ? this.#users : this.#tokens
  }
}
