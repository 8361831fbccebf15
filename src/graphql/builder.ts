import SchemaBuilder from '@pothos/core'
import type { Viewer } from '../auth/viewer.ts'
import type { Actor, Role } from '../base/actor.ts'
import type { ErrorCode, InputIssue } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { PendingUpload } from '../base/pending-upload.ts'
import type { Feature, Impact, ImpactScope, OperationDefinition, Priority, SystemLevel } from '../engine/definition.ts'
import type { Action, AvailableAction, MetricsWindow, OperationFigures, ProgressView, RetryFrom, TypeMetrics, UsualTime } from '../engine/engine.ts'
import type { OperationEventType, OperationState } from '../engine/lifecycle.ts'
import type { Failure, OperationRecord, StepState } from '../engine/records.ts'
import type { FeedFrame, GapReason } from '../events/feed.ts'
import type { ChannelName } from '../notifications/channels/channel.ts'
import type { LastState } from '../notifications/delivery/store/destinations.ts'
import type { InboxSubject } from '../notifications/inbox.ts'
import type { PreferenceSource } from '../notifications/preferences/resolve-preference.ts'
import type { NotificationCategory } from '../notifications/records.ts'
import type { FeatureAccess, ImpactCause, SystemStatus } from '../status/compute-status.ts'
import type { AccessMode } from '../status/impact.ts'
import type { Context } from './context.ts'
import { GATE_PLUGIN } from './gate-plugin.ts'
import type { AskedMetrics } from './operation-metrics.ts'
import type { Connection, PageInfo } from './pages.ts'
import type * as refusals from './refusals.ts'
import type { StateReasonView } from './state-reason.ts'
import type { StepView } from './steps.ts'

/** What the API shows behind each name of the schema. Derived types (one per operation definition) are added to it at start. */

/** A read-only list may stand behind a list field, and a plain object behind JSON. */
type Same<Value> = { Input: Value; Output: Value }

/** As far as Pothos' types are concerned an enum is a scalar: there is no other way to refer to it by name. */
type Enums = {
  OperationType: Same<string>
  OperationState: Same<OperationState>
  ErrorCode: Same<ErrorCode>
  OperationEventType: Same<OperationEventType>
  OperationAction: Same<Action>
  Priority: Same<Priority>
  SystemLevel: Same<SystemLevel>
  Feature: Same<Feature>
  ImpactScope: Same<ImpactScope>
  AccessMode: Same<AccessMode>
  StepState: Same<StepState>
  RetryFrom: Same<RetryFrom>
  StreamGapReason: Same<GapReason>
  ActorKind: Same<Actor['kind']>
  Role: Same<Role>
  OperationOrderField: Same<'created_at' | 'updated_at'>
  OrderDirection: Same<'asc' | 'desc'>
  MetricsInterval: Same<'hour' | 'day'>
  NotificationCategory: Same<NotificationCategory>
  NotificationChannel: Same<ChannelName>
  PreferenceSource: Same<PreferenceSource>
  DeliveryState: Same<LastState>
}

// A type, not an interface: Pothos wants an index signature here.
type Scalars = Enums & {
  ID: { Input: string; Output: string }
  DateTime: Same<Date>
  JSONObject: { Input: JsonObject; Output: object }
  PositiveInt: Same<number>
  Cursor: Same<string>
  File: { Input: PendingUpload; Output: never }
  URL: { Input: URL; Output: string }
}

export type Frame = FeedFrame<OperationRecord>
export type FrameOf<Kind extends Frame['kind']> = Extract<Frame, { kind: Kind }>

/** Any frame of a lossless stream; those of business events have no subject, and those of inboxes tell all in their events. */
export type StreamFrame = FeedFrame<OperationRecord | InboxSubject | null>
export type BusinessEventFrame = Extract<FeedFrame<null>, { kind: 'event' }>

export interface OperationPayload {
  readonly __typename: 'OperationPayload'
  readonly operation: OperationRecord
  readonly replayed: boolean
}

export type StartResult =
  | OperationPayload
  | refusals.InvalidInputRefusal
  | refusals.ForbiddenRefusal
  | refusals.IdempotencyConflictRefusal
  | refusals.AlreadyRunningRefusal
  | refusals.FeatureBlockedRefusal
  | refusals.QuotaExceededRefusal
  | refusals.NotFoundRefusal

export type ControlResult =
  | OperationPayload
  | refusals.InvalidInputRefusal
  | refusals.NotFoundRefusal
  | refusals.ForbiddenRefusal
  | refusals.InvalidStateRefusal
  | refusals.VersionConflictRefusal
  | refusals.FeatureBlockedRefusal

interface Objects {
  Actor: Actor
  Viewer: Viewer
  StateReason: StateReasonView
  AvailableAction: AvailableAction
  OperationProgress: ProgressView
  OperationStep: StepView
  OperationFailure: Failure
  OperationImpact: Impact
  OperationMetrics: AskedMetrics
  OperationTypeMetrics: TypeMetrics
  OperationMetricsWindow: MetricsWindow
  OperationEstimate: UsualTime
  SystemStatus: SystemStatus
  FeatureAccess: FeatureAccess
  ImpactCause: ImpactCause
  OperationDefinition: OperationDefinition
  StepDefinition: OperationDefinition['steps'][number]
  InputIssue: InputIssue
  PageInfo: PageInfo
  OperationConnection: Connection<OperationRecord>
  OperationEventConnection: Connection<FrameOf<'event'>>
  OperationSnapshot: FrameOf<'snapshot'>
  OperationEvent: FrameOf<'event'>
  StreamCaughtUp: FrameOf<'caughtUp'>
  StreamGap: FrameOf<'gap'>
  OperationPayload: OperationPayload
  InvalidInputError: refusals.InvalidInputRefusal
  NotFoundError: refusals.NotFoundRefusal
  ForbiddenError: refusals.ForbiddenRefusal
  InvalidStateError: refusals.InvalidStateRefusal
  VersionConflictError: refusals.VersionConflictRefusal
  IdempotencyConflictError: refusals.IdempotencyConflictRefusal
  EventIdempotencyConflictError: refusals.EventIdempotencyConflictRefusal
  AlreadyRunningError: refusals.AlreadyRunningRefusal
  FeatureBlockedError: refusals.FeatureBlockedRefusal
  QuotaExceededError: refusals.QuotaExceededRefusal
  StartOperationResult: StartResult
  OperationControlResult: ControlResult
}

export interface Shapes {
  Context: Context
  DefaultFieldNullability: false
  Scalars: Scalars
  Interfaces: { Node: object; Operation: OperationRecord; OperationFigures: OperationFigures; Error: refusals.Refusal; StreamFrame: StreamFrame }
  Objects: Objects
}

/** One builder per schema: the derived types depend on the registered definitions. */
export const createBuilder = () => new SchemaBuilder<Shapes>({ plugins: [GATE_PLUGIN], defaultFieldNullability: false })
export type Builder = ReturnType<typeof createBuilder>
