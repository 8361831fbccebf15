import type { Actor } from '../../base/actor.ts'
import type { Executor } from '../../database/database.ts'
import { statement } from '../../database/statement.ts'
import type { RevocationRecord, RevocationTarget } from '../revocation.ts'

/**
 * One row per target. Repeated, it covers the tokens issued since, and is kept as long as the longer of both wishes; `greatest` and
 * `least` ignore null, which here means for ever. The instant is taken after the row's lock, so it never goes back.
 */
const REVOKE_ACCESS = statement(
  'revocation_revoke_access',
  `insert into revocation as known (kind, key, reason, revoked_by, until_at)
   select $1, $2, $3, $4::jsonb, least($5::timestamptz, clock_timestamp() + $6::double precision * interval '1 ms')
   where exists (select from revocation where kind = $1 and key = $2) or (select count(*) from revocation) < $7::integer
   on conflict (kind, key) do update set
     reason = excluded.reason, revoked_by = excluded.revoked_by, revoked_at = greatest(known.revoked_at, clock_timestamp()),
     until_at = case when known.until_at is null or excluded.until_at is null then null else greatest(known.until_at, excluded.until_at) end
   returning kind, key, reason, revoked_by, revoked_at, until_at`,
)

export interface RevokeAccessParams {
  readonly target: RevocationTarget
  readonly reason: string
  readonly revokedBy: Actor
  /** When the last of these tokens has expired, where that is known. */
  readonly until: Date | undefined
  /** How long any token can live from now on, where that is known. */
  readonly longestLifeMs: number | undefined
  /** Rows that the table may have. */
  readonly most: number
}

interface RevocationRow {
  readonly kind: 'user' | 'token'
  readonly key: string
  readonly reason: string
  readonly revoked_by: Actor
  readonly revoked_at: Date
  readonly until_at: Date | null
}

/** `undefined` when there are too many. */
export async function revokeAccess(executor: Executor, params: RevokeAccessParams): Promise<RevocationRecord | undefined> {
  const { target, reason, revokedBy, until, longestLifeMs, most } = params
  const values = [target.kind, target.key, reason, JSON.stringify(revokedBy), until ?? null, longestLifeMs ?? null, most]
  const [row] = await executor.run<RevocationRow>(REVOKE_ACCESS, values)
  return row && { kind: row.kind, key: row.key, reason: row.reason, revokedBy: row.revoked_by, revokedAt: row.revoked_at, until: row.until_at }
}
