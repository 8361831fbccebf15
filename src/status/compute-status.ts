import { FEATURES, type Feature, NO_IMPACT, SYSTEM_LEVELS, type SystemLevel } from '../engine/definition.ts'
import type { GivenCause, ImpactCause } from './cause.ts'
import { fromNow } from './expected-end.ts'
import { ACCESS_MODES, type AccessMode, levelOf, modeOf, worseLevel, worseMode } from './impact.ts'
import type { WindowView } from './window.ts'

export type { ImpactCause } from './cause.ts'

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
  /** Windows that are planned, next first. */
  readonly upcoming: readonly WindowView[]
  readonly observedAt: Date
}

export interface ComputeStatusParams {
  readonly causes: readonly GivenCause[]
  readonly upcoming?: readonly WindowView[]
  /** Instances can't tell each other what happens, so live updates may be late. */
  readonly isBusDegraded: boolean
  readonly now: Date
}

/** Beyond so many causes, lists of them end. */
export const MOST_CAUSES = 100

const BUS_CAUSE: ImpactCause = {
  type: null,
  title: 'Live updates may be a few seconds late',
  level: 'degraded',
  until: null,
  unknownBecause: null,
  operation: null,
  window: null,
  impact: { ...NO_IMPACT, level: 'degraded' },
}

/** The worst of everything that affects a user wins. */
export function computeStatus({ causes: given, upcoming = [], isBusDegraded, now }: ComputeStatusParams): SystemStatus {
  const affecting = given
    .map((cause) => ({ ...cause, ...fromNow(cause, now.getTime()), level: levelOf(cause.impact) }))
    .filter(({ level }) => level !== 'operational')
  const causes = [...affecting, ...(isBusDegraded ? [BUS_CAUSE] : [])].toSorted((left, right) => rank(right.level) - rank(left.level))
  const level = causes.map((cause) => cause.level).reduce(worseLevel, 'operational')
  const decisive = causes.filter((cause) => cause.level === level)
  return {
    level,
    message: messageOf(
      level,
      decisive.filter((cause) => cause !== BUS_CAUSE),
      isBusDegraded,
    ),
    estimatedRestorationAt: latestEnd(decisive),
    features: FEATURES.map((feature) => accessTo(feature, causes, now)),
    causes: causes.slice(0, MOST_CAUSES),
    upcoming,
    observedAt: now,
  }
}

/** Seconds until a feature may be used again, at least 1; null while it is allowed, or when nobody knows. */
export const retryAfterSeconds = ({ allowed, until }: Pick<FeatureAccess, 'allowed' | 'until'>, nowMs: number): number | null =>
  allowed || !until ? null : Math.max(1, Math.ceil((until.getTime() - nowMs) / 1_000))

const rank = (level: SystemLevel): number => SYSTEM_LEVELS.indexOf(level)
const modeRank = (mode: AccessMode): number => ACCESS_MODES.indexOf(mode)

/** The last of them; `null` when one is unknown, and when there are none. */
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

/** That the end of one of these is unknown, and why; `undefined` when all are known. */
function unknownEnd(causes: readonly ImpactCause[]): string | undefined {
  const unknown = causes.filter(({ until }) => until === null)
  const [first] = unknown
  if (!first) return undefined
  const { title, unknownBecause } = unknown.find((cause) => cause.unknownBecause !== null) ?? first
  if (unknownBecause === null) return 'when it ends is not known'
  return `when it ends is not known (${causes.length > 1 ? `${title}: ` : ''}${unknownBecause})`
}

function messageOf(level: SystemLevel, decisive: readonly ImpactCause[], isBusDegraded: boolean): string {
  const parts: string[] = []
  if (decisive.length > 0) parts.push(`${level}: ${titlesOf(decisive)}`)
  const unknown = unknownEnd(decisive)
  if (unknown) parts.push(unknown)
  if (isBusDegraded) parts.push('degraded: bus (live updates may be a few seconds late until it is back)')
  return parts.join('; ') || 'Everything works.'
}

const REASONS: Readonly<Record<Exclude<AccessMode, 'available'>, string>> = {
  warning: 'It may be affected by',
  read_only: 'Read only during',
  blocked: 'Blocked by',
}

function reasonOf(mode: AccessMode, decisive: readonly ImpactCause[]): string | null {
  if (mode === 'available') return null
  const unknown = unknownEnd(decisive)
  return `${REASONS[mode]}: ${titlesOf(decisive)}${unknown ? `; ${unknown}` : ''}.`
}

function accessTo(feature: Feature, all: readonly ImpactCause[], now: Date): FeatureAccess {
  const causes = all
    .filter(({ impact }) => modeOf(impact, feature) !== 'available')
    .toSorted((left, right) => modeRank(modeOf(right.impact, feature)) - modeRank(modeOf(left.impact, feature)))
  const mode = causes.map(({ impact }) => modeOf(impact, feature)).reduce(worseMode, 'available')
  const decisive = causes.filter(({ impact }) => modeOf(impact, feature) === mode)
  const until = latestEnd(decisive)
  const allowed = mode === 'available' || mode === 'warning'
  return {
    feature,
    mode,
    allowed,
    reason: reasonOf(mode, decisive),
    until,
    retryAfterSeconds: retryAfterSeconds({ allowed, until }, now.getTime()),
    causes: causes.slice(0, MOST_CAUSES),
  }
}
