import type { z } from 'zod'
import type { Role } from '../base/actor.ts'
import { type Backoff, DEFAULT_BACKOFF } from '../base/backoff.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import { FEATURES, type Feature } from '../base/features.ts'
import type { Json } from '../base/json.ts'
import type { Run } from './run.ts'

/**
 * One value describes an operation type; its typed start mutation, object type, steps, gates, metrics and forms derive from it.
 * Priorities, impacts and states are spelled as in the database (lower case); the API shows them in upper case.
 */
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const
export type Priority = (typeof PRIORITIES)[number]

export const SYSTEM_LEVELS = ['operational', 'degraded', 'maintenance', 'critical'] as const
export type SystemLevel = (typeof SYSTEM_LEVELS)[number]

export { FEATURES, type Feature }

export const IMPACT_SCOPES = ['owner', 'tenant', 'everybody'] as const
export type ImpactScope = (typeof IMPACT_SCOPES)[number]

export interface Impact {
  readonly level: SystemLevel
  readonly blocks: readonly Feature[]
  readonly warns: readonly Feature[]
  readonly scope: ImpactScope
}

export const NO_IMPACT: Impact = { level: 'operational', blocks: [], warns: [], scope: 'owner' }

/** How an operation ended, as its clean-up is told. */
export type CleanupOutcome = 'canceled' | 'failed'

export interface DefinitionParams<Input extends z.ZodObject, Result extends z.ZodType, Steps extends Readonly<Record<string, string>>> {
  /** UPPER_SNAKE_CASE, unique. */
  readonly type: string
  readonly title: string
  readonly description: string
  readonly priority: Priority
  /** How long it usually takes, until its own history knows better. */
  readonly estimate: Duration
  /** Running time that one attempt may take. */
  readonly timeout: Duration
  /** A closed subset of zod: objects, strings, numbers, booleans, enums and lists. Files are the extras of a type in `graphql/`. */
  readonly input: Input
  readonly result: Result
  /** Ordered: name → title. */
  readonly steps: Steps
  /** What is counted, plural: `rows`, `recipients`. */
  readonly unit?: string
  readonly impact?: Partial<Impact>
  /** The feature that it needs: while the feature is blocked for its owner it can't be started, retried or resumed. What was accepted before runs on. */
  readonly gate?: Feature
  readonly startableBy: readonly Role[]
  /** One active operation per key, of whatever type: `store:<id>` keeps a refresh and a rebuild of one store apart. So keys begin with what they are about. */
  readonly exclusive?: (input: z.output<Input>, ownerId: string) => string
  /** What happens to a second one: refused with ALREADY_RUNNING (the default), or queued behind the first. */
  readonly whenBusy?: 'refuse' | 'queue'
  readonly retry?: { readonly attempts: number; readonly backoff?: Partial<Backoff> }
  /** How long a finished operation is kept. */
  readonly retention?: Duration
  /** `false` with the sentence that explains it. */
  readonly pausable?: true | { readonly reason: string }
  /** How long a pause may wait for a boundary before the handler is aborted. */
  readonly pauseDeadline?: Duration
  /** How long a cancel may wait for the handler to end before it is fenced off. */
  readonly cancelDeadline?: Duration
  /** Non-terminal operations of this type that one owner may have. */
  readonly activePerOwner?: number
  /** Title of one operation, from its input. */
  readonly titleOf?: (input: z.output<Input>) => string
  readonly run: (run: Run<z.output<Input>, Extract<keyof Steps, string>>) => Promise<z.input<Result>>
  /** After cancel or final failure, run by a worker, also if the run never started or its worker died. Must be safe to repeat. */
  readonly cleanup?: (run: Run<z.output<Input>, Extract<keyof Steps, string>>, outcome: CleanupOutcome) => Promise<void>
}

/** A definition as the engine uses it: defaults filled in, durations in milliseconds, input type erased. */
export interface OperationDefinition {
  readonly type: string
  readonly title: string
  readonly description: string
  readonly priority: Priority
  readonly estimateMs: number
  readonly timeoutMs: number
  readonly input: z.ZodObject
  readonly result: z.ZodType
  readonly steps: readonly { readonly name: string; readonly title: string }[]
  readonly unit: string
  readonly impact: Impact
  readonly gate: Feature | undefined
  readonly startableBy: readonly Role[]
  readonly exclusive: ((input: Json, ownerId: string) => string) | undefined
  readonly whenBusy: 'refuse' | 'queue'
  readonly attempts: number
  readonly backoff: Backoff
  readonly retentionMs: number
  /** Why it can't be paused; `undefined` when it can. */
  readonly notPausableReason: string | undefined
  readonly pauseDeadlineMs: number
  readonly cancelDeadlineMs: number
  readonly activePerOwner: number | undefined
  readonly titleOf: ((input: Json) => string) | undefined
  /** Absent for operations that run elsewhere. */
  readonly run: ((run: Run<never, never>) => Promise<unknown>) | undefined
  readonly cleanup: ((run: Run<never, never>, outcome: CleanupOutcome) => Promise<void>) | undefined
}

const TYPE_NAME = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/

/** Describes an operation type. Throws at start, with a sentence, when the description contradicts itself. */
export function defineOperation<Input extends z.ZodObject, Result extends z.ZodType, const Steps extends Readonly<Record<string, string>>>(
  params: DefinitionParams<Input, Result, Steps>,
): OperationDefinition {
  if (!TYPE_NAME.test(params.type)) throw new Error(`operation type ${JSON.stringify(params.type)}: expected UPPER_SNAKE_CASE, such as STORE_CONNECTION`)
  if (params.startableBy.length === 0) throw new Error(`operation ${params.type}: startableBy names no role, so nobody could start it`)
  return {
    type: params.type,
    title: params.title,
    description: params.description,
    priority: params.priority,
    estimateMs: parseDuration(params.estimate),
    timeoutMs: parseDuration(params.timeout),
    input: params.input,
    result: params.result,
    steps: Object.entries(params.steps).map(([name, title]) => ({ name, title })),
    unit: params.unit ?? 'items',
    impact: { ...NO_IMPACT, ...params.impact },
    gate: params.gate,
    startableBy: params.startableBy,
    exclusive: params.exclusive as OperationDefinition['exclusive'],
    whenBusy: params.whenBusy ?? 'refuse',
    attempts: params.retry?.attempts ?? 5,
    backoff: { ...DEFAULT_BACKOFF, ...params.retry?.backoff },
    retentionMs: parseDuration(params.retention ?? '30d'),
    notPausableReason: typeof params.pausable === 'object' ? params.pausable.reason : undefined,
    pauseDeadlineMs: parseDuration(params.pauseDeadline ?? '10s'),
    cancelDeadlineMs: parseDuration(params.cancelDeadline ?? '10s'),
    activePerOwner: params.activePerOwner,
    titleOf: params.titleOf as OperationDefinition['titleOf'],
    run: params.run,
    cleanup: params.cleanup,
  }
}
