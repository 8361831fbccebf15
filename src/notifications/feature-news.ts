import { FEATURES, type Feature, type Impact } from '../engine/definition.ts'
import type { FeatureAccess, SystemStatus } from '../status/compute-status.ts'
import { type AccessMode, modeOf, worseMode } from '../status/impact.ts'
import { clockTime } from './operation-news.ts'
import { KEYS, type NotificationDraft, type StoredNotification } from './stored-notification.ts'

/** Features that users know by name; `api` is the gate of changes, of which announcements tell. */
export const TOLD_FEATURES = FEATURES.filter((feature): feature is Exclude<Feature, 'api'> => feature !== 'api')
type ToldFeature = (typeof TOLD_FEATURES)[number]

export const FEATURE_NAMES: Readonly<Record<ToldFeature, string>> = { chat: 'Chat' }

/** Whether an impact reaches nobody but the owner. Without a tenant there is nobody else in it. */
export const isOwn = (impact: Impact, tenantId: string | null): boolean => impact.scope === 'owner' || (impact.scope === 'tenant' && tenantId === null)

export interface FeatureNewsParams {
  readonly userId: string
  readonly tenantId: string | null
  /** All that affects the user. */
  readonly status: SystemStatus
  /** What the user was told last of each feature. */
  readonly existing: (feature: ToldFeature) => StoredNotification | undefined
}

/**
 * What is to be said of features because of a user's own operations. Only a change of the mode is told, so nothing flaps. What reaches more people is told by
 * announcements, so "available again" is said only when that does not limit the feature either.
 */
export function featureNews({ userId, tenantId, status, existing }: FeatureNewsParams): NotificationDraft[] {
  return TOLD_FEATURES.flatMap((feature) => {
    const access = status.features.find((one) => one.feature === feature)
    if (!access) return []
    const known = existing(feature)
    const mode = ownMode(access, tenantId)
    const told = known && known.resolvedAt === null ? (known.data['mode'] as AccessMode) : 'available'
    if (mode === told) return []
    const said = mode === 'available' ? freeAgain(feature, access) : limited(feature, mode, access)
    const place = { existing: known, userId, tenantId, key: KEYS.feature(feature), category: 'status', operationId: null, operationType: null } as const
    return [{ ...place, ...said, count: 1, sourceVersion: 0, outcome: 'none', resolved: mode === 'available', isLoud: true }]
  })
}

const ownMode = ({ feature, causes }: FeatureAccess, tenantId: string | null): AccessMode =>
  causes
    .filter(({ operation }) => operation !== null && isOwn(operation.impact, tenantId))
    .reduce<AccessMode>((mode, { impact }) => worseMode(mode, modeOf(impact, feature)), 'available')

const LIMITS: Readonly<Record<Exclude<AccessMode, 'available'>, string>> = {
  warning: 'may show older data',
  read_only: 'is read only',
  blocked: 'is blocked',
}

/** Why, and until when, as far as that is known. */
const explained = ({ reason, until }: Pick<FeatureAccess, 'reason' | 'until'>): string =>
  `${reason ?? ''} ${until ? `It is expected to end at ${clockTime(until)}.` : 'When it ends is not known.'}`.trim()

function limited(feature: ToldFeature, mode: Exclude<AccessMode, 'available'>, access: FeatureAccess) {
  return {
    kind: 'warning',
    urgency: mode === 'warning' ? 'normal' : 'high',
    title: `${FEATURE_NAMES[feature]} ${LIMITS[mode]}`,
    body: explained(access),
    data: { feature, mode, reason: access.reason, until: access.until?.toISOString() ?? null },
  } as const
}

function freeAgain(feature: ToldFeature, access: FeatureAccess) {
  const data = { feature, mode: access.mode, reason: access.reason, until: access.until?.toISOString() ?? null }
  if (access.mode === 'available')
    return { kind: 'success', urgency: 'normal', title: `${FEATURE_NAMES[feature]} is available again`, body: null, data } as const
  const title = `${FEATURE_NAMES[feature]} ${LIMITS[access.mode]} by something else now`
  return { kind: 'info', urgency: 'normal', title, body: explained(access), data } as const
}
