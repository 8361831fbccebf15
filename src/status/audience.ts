import type { OperationRecord } from '../engine/records.ts'

/** Whom something affects: `everybody`, `tenant:<id>` or `owner:<id>`, as operation_audience_idx has it. */
export type Audience = string

export const EVERYBODY: Audience = 'everybody'
export const ownerAudience = (userId: string): Audience => `owner:${userId}`
export const tenantAudience = (tenantId: string): Audience => `tenant:${tenantId}`

/** Whose status is asked for. */
export interface Subject {
  /** Null: of nobody in particular. */
  readonly userId: string | null
  readonly tenantId: string | null
}

/** All that a user belongs to. */
export const audiencesOf = ({ userId, tenantId }: Subject): readonly Audience[] => [
  EVERYBODY,
  ...(tenantId === null ? [] : [tenantAudience(tenantId)]),
  ...(userId === null ? [] : [ownerAudience(userId)]),
]

/** The one audience that an operation's impact reaches. One without a tenant that says "tenant" reaches its owner. */
export function audienceOf({ impact, ownerId, tenantId }: Pick<OperationRecord, 'impact' | 'ownerId' | 'tenantId'>): Audience {
  if (impact.scope === 'everybody') return EVERYBODY
  return impact.scope === 'tenant' && tenantId !== null ? tenantAudience(tenantId) : ownerAudience(ownerId)
}
