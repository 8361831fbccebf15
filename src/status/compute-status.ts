import { FEATURES, type Feature, type Impact, NO_IMPACT, SYSTEM_LEVELS, type SystemLevel } from '../engine/definition.ts'
import type { OperationRecord } from '../engine/records.ts'
import { type AccessMode, levelOf, modeOf, worseLevel, worseMode } from './impact.ts'

/** What one unfinished operation, or a part of the server that is away, does to a user. */
export interface ImpactCause {
  /** `null`: no operation is behind it. */
  readonly type: string | null
  /** What may be shown to the user. */
  readonly title: string
  readonly level: SystemLevel
  /** When it is expected to end; `null`: unknown. */
  readonly until: Date | null
  /** Only where the user may see it. */
  readonly operation: OperationRecord | null
  readonly impact: Impact
}

export interface FeatureAccess {
  readonly feature: Feature
  readonly mode: AccessMode
  readonly allowed: boolean
  /** A sentence for people; `null` while it is available. */
  readonly reason: string | null
  readonly until: Date | null
  readonly retryAfterSeconds: number | null
  readonly causes: readonly ImpactCause[]
}

export interface SystemStatus {
  readonly level: SystemLevel
  readonly message: string
  /** When the most restrictive effect is expected to end; `null`: it has none, or the end is unknown and `message` says so. */
  readonly estimatedRestorationAt: Date | null
  readonly features: readonly FeatureAccess[]
  /** Most restrictive first. */
  readonly causes: readonly ImpactCause[]
  readonly observedAt: Date
}

export interface ComputeStatusParams {
  readonly causes: readonly Omit<ImpactCause, 'level'>[]
  /** Instances can't tell each other what happens, so live updates may be late. */
  readonly isBusDegraded: boolean
  readonly now: Date
}

const BUS_CAUSE: ImpactCause = {
  type: null,
  title: 'Live updates may be a few seconds late',
  level: 'degraded',
  until: null,
  operation: null,
  impact: { ...NO_IMPACT, level: 'degraded' },
}

/** The worst of everything that affects a user wins. */
export function computeStatus({ causes: given, isBusDegraded, now }: ComputeStatusParams): SystemStatus {
  const operations = given.map((cause) => ({ ...cause, level: levelOf(cause.impact) })).filter(({ level }) => level !== 'operational')
  const causes = [...operations, ...(isBusDegraded ? [BUS_CAUSE] : [])].toSorted((left, right) => rank(right.level) - rank(left.level))
  const level = causes.map((cause) => cause.level).reduce(worseLevel, 'operational')
  const decisive = causes.filter((cause) => cause.level === level)
  const estimatedRestorationAt = level === 'operational' ? null : latestEnd(decisive)
  return {
    level,
    message: messageOf({ level, decisive: decisive.filter((cause) => cause !== BUS_CAUSE), isBusDegraded, isEndKnown: estimatedRestorationAt !== null }),
    estimatedRestorationAt,
    features: FEATURES.map((feature) => accessTo(feature, causes, now)),
    causes,
    observedAt: now,
  }
}

const rank = (level: SystemLevel): number => SYSTEM_LEVELS.indexOf(level)

/** The last of them; `null` when one is unknown. */
function latestEnd(causes: readonly ImpactCause[]): Date | null {
  const ends = causes.map(({ until }) => until?.getTime() ?? null)
  return ends.length === 0 || ends.includes(null) ? null : new Date(Math.max(...ends.map(Number)))
}

const TITLES_SHOWN = 3

const titlesOf = (causes: readonly ImpactCause[]): string => {
  const titles = [...new Set(causes.map(({ title }) => title))]
  const more = titles.length - TITLES_SHOWN
  return titles.slice(0, TITLES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

interface MessageParams {
  readonly level: SystemLevel
  /** Operations of that level. */
  readonly decisive: readonly ImpactCause[]
  readonly isBusDegraded: boolean
  readonly isEndKnown: boolean
}

function messageOf({ level, decisive, isBusDegraded, isEndKnown }: MessageParams): string {
  const parts: string[] = []
  if (decisive.length > 0) parts.push(`${level}: ${titlesOf(decisive)}`)
  if (decisive.length > 0 && !isEndKnown) parts.push('when it ends is not known')
  if (isBusDegraded) parts.push('degraded: bus (live updates may be a few seconds late until it is back)')
  return parts.join('; ') || 'Everything works.'
}

const REASONS: Readonly<Record<Exclude<AccessMode, 'available'>, string>> = {
  warning: 'It may be affected by',
  read_only: 'Read only during',
  blocked: 'Blocked by',
}

function accessTo(feature: Feature, all: readonly ImpactCause[], now: Date): FeatureAccess {
  const causes = all.filter(({ impact }) => modeOf(impact, feature) !== 'available')
  const mode = causes.map(({ impact }) => modeOf(impact, feature)).reduce(worseMode, 'available')
  const decisive = causes.filter(({ impact }) => modeOf(impact, feature) === mode)
  const until = latestEnd(decisive)
  const allowed = mode === 'available' || mode === 'warning'
  return {
    feature,
    mode,
    allowed,
    reason: mode === 'available' ? null : `${REASONS[mode]}: ${titlesOf(decisive)}.`,
    until,
    retryAfterSeconds: allowed || !until ? null : Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1_000)),
    causes,
  }
}
