import { GraphQLError } from 'graphql'
import { mayChangeReadOnly } from '../auth/access.ts'
import type { Feature } from '../base/features.ts'
import type { FeatureAccess } from '../status/compute-status.ts'
import { modeOf } from '../status/impact.ts'
import { statusQuestion, viewerOf } from './authorize.ts'
import type { Context } from './context.ts'
import type { FeatureBlockedRefusal } from './refusals.ts'

/** For whom a gate must be open, and what can't be in its own way. */
export interface GateSubject {
  /** The viewer, or the user for whom a service acts. */
  readonly userId: string
  /** UUID of the operation that is asked about: an operation never blocks itself. */
  readonly except?: string | undefined
  /** Set for starts: a repetition of one that was accepted is answered, whatever is blocked since (by that very operation, perhaps). */
  readonly start?: { readonly type: string; readonly idempotencyKey: string | null | undefined }
}

/** Thrown where a feature is blocked; the gate plugin makes it data or a request error, as the mutation's result has it. */
export class FeatureBlocked extends Error {
  readonly refusal: FeatureBlockedRefusal

  constructor(refusal: FeatureBlockedRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }

  /** For results that have no member for it. `feature` is spelled as in the API. */
  toRequestError(): GraphQLError {
    const { code, message, feature, until, retryAfterSeconds } = this.refusal
    return new GraphQLError(message, { extensions: { code, feature: feature.toUpperCase(), until: until?.toISOString() ?? null, retryAfterSeconds } })
  }
}

/** The one place that asks how far a user can use a feature: what is committed counts, on whatever instance. */
const accessOf = (context: Context, userId: string, feature: Feature): Promise<FeatureAccess> =>
  context.services.status.access(statusQuestion(context, userId), feature)

/** Throws `FeatureBlocked` when the feature can't be used for this user now. Administrators change things while the API is read only. */
export async function demandGate(context: Context, feature: Feature, subject: GateSubject): Promise<void> {
  if (feature === 'api' && mayChangeReadOnly(viewerOf(context))) return
  const access = await accessOf(context, subject.userId, feature)
  if (access.allowed || isOwnDoing(access, subject.except) || (await isRepetition(context, subject))) return
  const { until, retryAfterSeconds } = access
  throw new FeatureBlocked({
    __typename: 'FeatureBlockedError',
    code: 'FEATURE_BLOCKED',
    // The reason says why an end is not known.
    message: [`${WHAT[feature]} at the moment.`, access.reason, ...(until ? [`It is expected to end at ${until.toISOString()}.`] : [])].join(' '),
    feature,
    until,
    retryAfterSeconds,
  })
}

/** What is not possible, for people. */
const WHAT: Readonly<Record<Feature, string>> = { chat: "The chat can't be used", api: 'Nothing can be changed' }

/** Whether nothing but the operation itself is in the way. */
function isOwnDoing({ feature, causes }: FeatureAccess, except: string | undefined): boolean {
  if (except === undefined) return false
  return causes.every(({ operation, impact }) => operation?.id === except || ['available', 'warning'].includes(modeOf(impact, feature)))
}

async function isRepetition(context: Context, { userId, start }: GateSubject): Promise<boolean> {
  if (!start?.idempotencyKey) return false
  const key = { ownerId: userId, startedById: viewerOf(context).id, type: start.type, idempotencyKey: start.idempotencyKey }
  return context.services.engine.hasStarted(key)
}
