import type { ChannelName } from '../channels/channel.ts'
import type { NotificationCategory } from '../records.ts'
import { PRODUCT_DEFAULTS } from './product-defaults.ts'

/** What an administrator set for a tenant or for everybody. */
export interface PreferenceDefault {
  readonly enabled: boolean
  readonly locked: boolean
  readonly reason: string | null
}

/** What is known of one cell of the matrix; `undefined` where nothing was set. */
export interface PreferenceParts {
  readonly category: NotificationCategory
  readonly channel: ChannelName
  readonly user: boolean | undefined
  readonly tenant: PreferenceDefault | undefined
  readonly everybody: PreferenceDefault | undefined
}

export type PreferenceSource = 'user' | 'tenant' | 'everybody' | 'product'

export interface Preference {
  readonly enabled: boolean
  readonly locked: boolean
  /** Why it is locked, or as it is; of whoever set the default. */
  readonly reason: string | null
  readonly source: PreferenceSource
}

/** A lock for everybody wins over one for a tenant, so that the narrower can't undo the wider; else user > tenant > everybody > product. */
export function resolvePreference({ category, channel, user, tenant, everybody }: PreferenceParts): Preference {
  if (everybody?.locked) return { ...everybody, source: 'everybody' }
  if (tenant?.locked) return { ...tenant, source: 'tenant' }
  if (user !== undefined) return { enabled: user, locked: false, reason: null, source: 'user' }
  if (tenant) return { ...tenant, source: 'tenant' }
  if (everybody) return { ...everybody, source: 'everybody' }
  return { enabled: PRODUCT_DEFAULTS[category][channel], locked: false, reason: null, source: 'product' }
}
