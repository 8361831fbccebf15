import {
  mayControl,
  mayDo,
  mayFollowEvents,
  mayOpenExternal,
  mayPublishEvents,
  mayRead,
  mayReport,
  mayStart,
  type Ownership,
  visibilityClass,
  visibilityOf,
} from '../auth/access.ts'
import type { Viewer } from '../auth/viewer.ts'
import { uuidOf } from '../base/ids.ts'
import { type Impact, type OperationDefinition, PRIORITIES, type Priority } from '../engine/definition.ts'
import type { Visibility } from '../engine/engine.ts'
import type { OperationRecord } from '../engine/records.ts'
import type { EventsDefinition } from '../events/define-events.ts'
import type { PreferenceOwner } from '../notifications/preferences/preferences.ts'
import type { LiveQuestion } from '../status/live/status-watcher.ts'
import type { Context } from './context.ts'
import { forbidden, notFound, Refused } from './refusals.ts'
import { requestError, unauthenticated } from './request-errors.ts'

/** Who may see and do what, asked in one place: every resolver comes through here. What is invisible looks like what does not exist. */

/** The viewer; throws UNAUTHENTICATED when nobody is signed in. */
export function viewerOf(context: Context): Viewer {
  if (!context.viewer) throw unauthenticated()
  return context.viewer
}

export const visibility = (context: Context): Visibility => visibilityOf(viewerOf(context))

const ownershipOf = (record: OperationRecord): Ownership => ({ ownerId: record.ownerId, createdById: record.createdBy.id, tenantId: record.tenantId })

/** The record, if this viewer may see it. A type that this process does not know is shown to nobody: an older version may run beside a newer one. */
export function visible(context: Context, record: OperationRecord | undefined): record is OperationRecord {
  const viewer = viewerOf(context)
  return record !== undefined && context.services.engine.registry.get(record.type) !== undefined && mayRead(viewer, ownershipOf(record)).allowed
}

export const orNull = (context: Context, record: OperationRecord | undefined): OperationRecord | null => (visible(context, record) ? record : null)

/** The operation with this id of the API, if it exists and this viewer may see it. */
export async function findOperation(context: Context, id: string): Promise<OperationRecord | null> {
  viewerOf(context)
  const uuid = uuidOf('operation', id)
  return uuid === undefined ? null : orNull(context, await context.services.engine.byId(uuid))
}

/** For subscriptions, which can't answer with data: throws the request error NOT_FOUND. */
export async function findOperationOrThrow(context: Context, id: string): Promise<OperationRecord> {
  const record = await findOperation(context, id)
  if (!record) throw requestError('NOT_FOUND', notFound('operation').message)
  return record
}

/** Why this viewer may not control an operation that they see; `undefined` when they may. */
export function controlRefusal(context: Context, record: OperationRecord): string | undefined {
  const decision = mayControl(viewerOf(context), ownershipOf(record))
  return decision.allowed ? undefined : sentence(decision.reason)
}

/** For mutations that control an operation. Throws `Refused`. */
export async function operationToControl(context: Context, id: string): Promise<OperationRecord> {
  const record = await findOperation(context, id)
  if (!record) throw new Refused(notFound('operation'))
  const refusal = controlRefusal(context, record)
  if (refusal) throw new Refused(forbidden(refusal))
  return record
}

/** For mutations by which another service reports on its work. Throws `Refused`. */
export async function operationToReport(context: Context, id: string): Promise<OperationRecord> {
  const record = await findOperation(context, id)
  if (!record) throw new Refused(notFound('operation'))
  if (context.services.engine.registry.getOrThrow(record.type).run)
    throw new Refused(forbidden('Batuta runs this operation itself; only external operations are reported on.'))
  const decision = mayReport(viewerOf(context), { createdById: record.createdBy.id })
  if (!decision.allowed) throw new Refused(forbidden(sentence(decision.reason)))
  return record
}

export interface StartGrant {
  readonly ownerId: string
  readonly tenantId: string | null
  readonly actor: Viewer['actor']
  /** Quotas are for users who act for themselves. */
  readonly exemptFromQuota: boolean
}

export interface StartClaim {
  readonly definition: OperationDefinition
  readonly ownerId: string | undefined
  readonly priority: Priority | undefined
  readonly impact?: Partial<Impact> | undefined
}

/** Whether this viewer may start that, and for whom. Throws `Refused`. */
export function grantStart(context: Context, { definition, ownerId, priority, impact }: StartClaim): StartGrant {
  const viewer = viewerOf(context)
  const refused = context.services.refusedTypes.get(definition.type)
  if (refused) throw new Refused(forbidden(refused))
  const scope = impact?.scope ?? definition.impact.scope
  const wish = {
    priorityRaised: priority !== undefined && PRIORITIES.indexOf(priority) > PRIORITIES.indexOf(definition.priority),
    actsForOther: ownerId !== undefined && ownerId !== viewer.id,
    impactOnOthers: scope !== 'owner',
  }
  const decision = definition.run ? mayStart(viewer, { ...wish, startableBy: definition.startableBy }) : mayOpenExternal(viewer, wish)
  if (!decision.allowed) throw new Refused(forbidden(sentence(decision.reason)))
  return {
    ownerId: ownerId ?? viewer.id,
    tenantId: viewer.tenantId,
    actor: viewer.actor,
    exemptFromQuota: viewer.roles.includes('ADMIN') || viewer.roles.includes('SERVICE'),
  }
}

/** Whether this viewer could start operations of this type for themselves. */
export function startable(context: Context, definition: OperationDefinition): boolean {
  const decision = mayStart(viewerOf(context), {
    startableBy: definition.startableBy,
    priorityRaised: false,
    actsForOther: false,
    impactOnOthers: definition.impact.scope !== 'owner',
  })
  return decision.allowed && definition.run !== undefined && !context.services.refusedTypes.has(definition.type)
}

/** For subscriptions to business events, which can't answer with data: throws the request errors UNAUTHENTICATED and FORBIDDEN. */
export function demandFollower(context: Context, { readableBy }: EventsDefinition): Viewer {
  const viewer = viewerOf(context)
  const decision = mayFollowEvents(viewer, readableBy)
  if (!decision.allowed) throw requestError('FORBIDDEN', sentence(decision.reason))
  return viewer
}

/** For mutations that publish business events. Throws `Refused`. */
export function demandPublisher(context: Context, { publishableBy }: EventsDefinition): Viewer {
  const viewer = viewerOf(context)
  const decision = mayPublishEvents(viewer, publishableBy)
  if (!decision.allowed) throw new Refused(forbidden(sentence(decision.reason)))
  return viewer
}

/** Why this viewer may not take access away; `undefined` when they may. */
export function revocationRefusal(context: Context): string | undefined {
  const viewer = viewerOf(context)
  if (viewer.isLocalAdmin) return 'Without authentication there is no token to revoke, and the local administrator stays; configure authentication instead.'
  const decision = mayDo(viewer, 'revoke', null)
  return decision.allowed ? undefined : sentence(decision.reason)
}

/** For rules that apply to everybody. Throws `Refused`. */
export function demandRuleEditor(context: Context): Viewer {
  const viewer = viewerOf(context)
  const decision = mayDo(viewer, 'editRules', null)
  if (!decision.allowed) throw new Refused(forbidden(sentence(decision.reason)))
  return viewer
}

const PREFERENCES_REFUSED = 'Only an administrator may do this for another user.'

/** Whose preferences and destinations this viewer asks for; for mutations. Throws `Refused`. */
export function preferencesOwner(context: Context, userId: string | undefined): PreferenceOwner {
  const owner = findPreferencesOwner(context, userId)
  if (!owner) throw new Refused(forbidden(PREFERENCES_REFUSED))
  return owner
}

/** Likewise for queries, which can't answer with data: throws the request error FORBIDDEN. */
export function preferencesOwnerOrThrow(context: Context, userId: string | undefined): PreferenceOwner {
  const owner = findPreferencesOwner(context, userId)
  if (!owner) throw requestError('FORBIDDEN', PREFERENCES_REFUSED)
  return owner
}

/** `undefined`: of somebody whose preferences are none of this viewer's business. */
export function findPreferencesOwner(context: Context, userId: string | undefined): PreferenceOwner | undefined {
  const viewer = viewerOf(context)
  const subject = userId ?? viewer.id
  if (!mayDo(viewer, 'setPreferences', subject).allowed) return undefined
  // Which tenant another user belongs to only their own token says.
  return { userId: subject, tenantId: subject === viewer.id ? viewer.tenantId : null }
}

/** For defaults and locks of preferences. Throws `Refused`. */
export function demandDefaultsEditor(context: Context): Viewer {
  const viewer = viewerOf(context)
  if (!mayDo(viewer, 'setDefaults', null).allowed) throw new Refused(forbidden('Only an administrator may do this.'))
  return viewer
}

/** Whose operations metrics are computed of; `undefined`: everybody's. */
export function totalsOwner(context: Context): string | undefined {
  const viewer = viewerOf(context)
  return mayDo(viewer, 'readTotals', null).allowed ? undefined : viewer.id
}

/** Whose status this viewer asks for: their own, or that of a user, taken for one of the viewer's tenant. Throws the request error FORBIDDEN. */
export function statusQuestion(context: Context, userId: string | undefined): LiveQuestion {
  const viewer = viewerOf(context)
  const subject = userId ?? viewer.id
  if (!mayDo(viewer, 'askStatus', subject).allowed) throw requestError('FORBIDDEN', 'Only SERVICE or ADMIN may ask for the status of another user.')
  return {
    userId: subject,
    tenantId: viewer.tenantId,
    isVisible: (operation) => visible(context, operation),
    seesAuthors: seesAuthors(context),
    sight: visibilityClass(viewer),
  }
}

/** Whether this viewer may know who closed a gate, or planned a maintenance. */
export const seesAuthors = (context: Context): boolean => mayDo(viewerOf(context), 'steerStatus', null).allowed

/** For gates and maintenances. Throws `Refused`. */
export function demandStatusSteerer(context: Context): Viewer {
  const viewer = viewerOf(context)
  const decision = mayDo(viewer, 'steerStatus', null)
  if (!decision.allowed) throw new Refused(forbidden(sentence(decision.reason)))
  return viewer
}

/** Reasons of the access table are clauses; the API answers with sentences. */
const sentence = (clause: string): string => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
