import type { Feature, SystemLevel } from '../engine/definition.ts'
import { FEATURE_NAMES, TOLD_FEATURES } from './feature-news.ts'
import { clockTime } from './operation-news.ts'
import { KEYS, type NotificationDraft, type StoredNotification } from './stored-notification.ts'

/** Something that affects more people than one: a gate, a maintenance, an operation. */
export interface AnnouncementSource {
  readonly id: string
  /** What it is called, in front of everybody whom it reaches. */
  readonly name: string
  /** Whom it reaches; `null`: everybody. */
  readonly tenantId: string | null
  /** Grows when its words change. */
  readonly version: number
  readonly phase: 'planned' | 'current'
  readonly level: SystemLevel
  readonly blocks: readonly Feature[]
  readonly readOnly: readonly Feature[]
  readonly warns: readonly Feature[]
  readonly startsAt: Date | null
  readonly until: Date | null
}

export interface Recipient {
  readonly userId: string
  readonly tenantId: string | null
}

export interface AnnouncementParams {
  readonly recipient: Recipient
  readonly sources: readonly AnnouncementSource[]
  /** What the recipient was told that has not ended, or that is about one of the sources. */
  readonly known: readonly StoredNotification[]
  /** Whether a source that is not among `sources` goes on nevertheless. */
  readonly goesOn: (sourceId: string) => boolean
}

/** What a recipient is to be told: what is new or was edited, and what has ended of that which the recipient knows. */
export function announcementDrafts({ recipient, sources, known, goesOn }: AnnouncementParams): NotificationDraft[] {
  const byKey = new Map(known.map((one) => [one.key, one]))
  const keys = new Set(sources.map(({ id }) => KEYS.announcement(id)))
  const reaching = sources.filter(({ tenantId }) => tenantId === null || tenantId === recipient.tenantId)
  const now = reaching.flatMap((source) => {
    const existing = byKey.get(KEYS.announcement(source.id))
    return existing && isTold(existing, source) ? [] : [begun(recipient, source, existing)]
  })
  const over = known.filter((one) => one.resolvedAt === null && !keys.has(one.key) && !goesOn(sourceIdOf(one)))
  return [...now, ...over.map((existing) => ended(existing))]
}

export const sourceIdOf = ({ key }: Pick<StoredNotification, 'key'>): string => key.slice(KEYS.announcement('').length)

const isTold = ({ data, sourceVersion, resolvedAt }: StoredNotification, { phase, version }: AnnouncementSource): boolean =>
  resolvedAt === null && data['phase'] === phase && sourceVersion >= version

function begun(recipient: Recipient, source: AnnouncementSource, existing: StoredNotification | undefined): NotificationDraft {
  const { id, name, phase, level, blocks, readOnly, warns, startsAt, until, version } = source
  const isPlanned = phase === 'planned'
  return {
    existing,
    ...recipient,
    key: KEYS.announcement(id),
    category: 'announcement',
    kind: isPlanned ? 'info' : 'warning',
    urgency: isPlanned ? 'normal' : urgencyOf(source),
    title: isPlanned ? `Planned: ${name}` : name,
    body: [timeOf(source), ...effectsOf(source)].join(' '),
    operationId: null,
    operationType: null,
    count: 1,
    data: { sourceId: id, name, phase, level, blocks, readOnly, warns, startsAt: startsAt?.toISOString() ?? null, until: until?.toISOString() ?? null },
    sourceVersion: version,
    outcome: 'none',
    resolved: false,
    isLoud: true,
  }
}

const urgencyOf = ({ level, blocks, readOnly }: AnnouncementSource) => {
  if (level === 'critical') return 'critical'
  return blocks.length + readOnly.length > 0 ? 'high' : 'normal'
}

function timeOf({ phase, startsAt, until }: AnnouncementSource): string {
  const end = until ? ` until ${clockTime(until)}` : ''
  if (phase === 'planned' && startsAt) return `From ${clockTime(startsAt)}${end}.`
  return until ? `It is expected to end at ${clockTime(until)}.` : 'When it ends is not known.'
}

/** Sentences for people. */
function effectsOf({ phase, level, blocks, readOnly, warns }: AnnouncementSource): string[] {
  const is = phase === 'planned' ? 'will be' : 'is'
  const may = phase === 'planned' ? 'may then' : 'may'
  const named = (features: readonly Feature[]) => TOLD_FEATURES.filter((feature) => features.includes(feature)).map((feature) => FEATURE_NAMES[feature])
  return [
    ...named(blocks).map((name) => `${name} ${is} blocked.`),
    ...named(readOnly).map((name) => `${name} ${is} read only.`),
    ...named(warns).map((name) => `${name} ${may} show older data.`),
    ...(level === 'critical' || [...blocks, ...readOnly].includes('api')
      ? [`Nothing ${phase === 'planned' ? 'will be' : 'can be'} changed meanwhile; reading goes on.`]
      : []),
  ]
}

/** One that never began did not end. */
function ended(existing: StoredNotification): NotificationDraft {
  const { data } = existing
  const name = typeof data['name'] === 'string' ? data['name'] : existing.title
  const never = data['phase'] === 'planned'
  return {
    ...existing,
    existing,
    kind: never ? 'info' : 'success',
    urgency: 'normal',
    title: never ? `${name} will not take place` : `${name} has ended`,
    body: null,
    data: { ...data, phase: 'ended' },
    outcome: 'none',
    resolved: true,
    isLoud: true,
  }
}
