import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { KnownRevocation } from '../revocation.ts'

/**
 * What was revoked after an instant, and what time it is: one row at least. Asked every half second by every instance, so it walks the
 * index on `revoked_at`, which mostly gives nothing.
 */
const READ_REVOCATIONS = statement(
  'revocation_read',
  `select moment.at as now_at, kind, key, revoked_at, until_at
   from (select now() as at) as moment
   left join revocation on revoked_at > to_timestamp($1::double precision / 1000) and (until_at is null or until_at > now())`,
)

interface Row {
  readonly now_at: Date
  readonly kind: 'user' | 'token' | null
  readonly key: string | null
  readonly revoked_at: Date | null
  readonly until_at: Date | null
}

export interface RevocationReading {
  /** The database's clock at the reading, milliseconds since the epoch. */
  readonly nowMs: number
  readonly revocations: readonly KnownRevocation[]
}

/** Those made after `afterMs` (database clock, milliseconds since the epoch). */
export async function readRevocations(executor: Executor, afterMs: number): Promise<RevocationReading> {
  const rows = await executor.run<Row>(READ_REVOCATIONS, [afterMs])
  return { nowMs: (rows[0] as Row).now_at.getTime(), revocations: rows.flatMap(toKnown) }
}

function toKnown({ kind, key, revoked_at, until_at }: Row): KnownRevocation[] {
  if (kind === null || key === null || revoked_at === null) return []
  return [{ kind, key, revokedAtMs: revoked_at.getTime(), untilMs: until_at?.getTime() ?? null }]
}
