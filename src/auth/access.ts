import { ROLES, type Role } from '../base/actor.ts'
import type { Viewer } from './viewer.ts'

/**
 * Who may do what: one table, role × action, whose cells list the relations to the thing for which the answer is yes.
 * Pure, so that a wrong permission costs a unit test. `docs/access.md` is printed from it.
 */
export const ACCESS_ACTIONS = [
  'start',
  'raisePriority',
  'affectOthers',
  'openExternal',
  'read',
  'control',
  'changeReadOnly',
  'report',
  'askStatus',
  'steerSchedules',
  'editRules',
  'readTotals',
  'revoke',
  'sell',
  'readSales',
  'steerStatus',
  'setPreferences',
  'setDefaults',
  'readInbox',
  'readStore',
  'readShoppers',
  'controlStore',
  'chat',
] as const
export type AccessAction = (typeof ACCESS_ACTIONS)[number]

/** own: the viewer owns it. opened: the viewer created it for somebody else. tenant: another owner of the same tenant. other: anybody else's, or nobody's. */
export const RELATIONS = ['own', 'opened', 'tenant', 'other'] as const
export type Relation = (typeof RELATIONS)[number]

const NONE: readonly Relation[] = []
const OWN: readonly Relation[] = ['own']

export const ACCESS: Readonly<Record<AccessAction, Readonly<Record<Role, readonly Relation[]>>>> = {
  start: { USER: OWN, SERVICE: RELATIONS, ADMIN: RELATIONS },
  raisePriority: { USER: NONE, SERVICE: RELATIONS, ADMIN: RELATIONS },
  affectOthers: { USER: NONE, SERVICE: RELATIONS, ADMIN: RELATIONS },
  openExternal: { USER: NONE, SERVICE: RELATIONS, ADMIN: RELATIONS },
  read: { USER: OWN, SERVICE: ['own', 'opened'], ADMIN: RELATIONS },
  control: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
  changeReadOnly: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  report: { USER: NONE, SERVICE: ['opened'], ADMIN: RELATIONS },
  askStatus: { USER: OWN, SERVICE: RELATIONS, ADMIN: RELATIONS },
  steerSchedules: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  editRules: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  readTotals: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
  revoke: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  sell: { USER: NONE, SERVICE: RELATIONS, ADMIN: RELATIONS },
  readSales: { USER: NONE, SERVICE: ['opened'], ADMIN: RELATIONS },
  steerStatus: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  setPreferences: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
  setDefaults: { USER: NONE, SERVICE: NONE, ADMIN: RELATIONS },
  readInbox: { USER: OWN, SERVICE: OWN, ADMIN: OWN },
  readStore: { USER: OWN, SERVICE: RELATIONS, ADMIN: RELATIONS },
  readShoppers: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
  controlStore: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
  chat: { USER: OWN, SERVICE: OWN, ADMIN: RELATIONS },
}

/** What each action is, for people. */
export const ACTION_MEANINGS: Readonly<Record<AccessAction, string>> = {
  start: 'Start an operation of a type that the role may start (an operation for another owner is not `own`)',
  raisePriority: "Ask for a priority above the definition's",
  affectOthers: 'Give an operation an impact on more people than its owner',
  openExternal: 'Open an operation that another service runs',
  read: 'See an operation, its history and its live progress',
  control: 'Pause, resume, cancel and retry an operation',
  changeReadOnly: 'Change anything while the API is read only (level CRITICAL, gate `api`)',
  report: 'Report, complete and fail an external operation',
  askStatus: 'Ask for the system status and the feature access of a user',
  steerSchedules: 'Run, pause, resume and change schedules',
  editRules: 'Edit rules that apply to everybody (categories of imports)',
  readTotals: 'Read metrics of operations',
  revoke: 'Revoke the access of a user, or a token',
  sell: 'Make a sale; confirm its payment, change and cancel it, whoever made it',
  readSales: 'See sales; all of them, as they happen, and the badge of new ones: administrators',
  steerStatus: 'Close and open gates, plan and end maintenances; see who did',
  setPreferences: 'See and change preferences, quiet hours and destinations of notifications',
  setDefaults: 'Set and lock the preferences of a tenant or of everybody',
  readInbox: 'See an inbox of notifications, as it changes; dismiss what is in it and mark it as seen',
  readStore: 'See a store with its products, and search it; its operations are started by whoever may start operations for its owner',
  readShoppers: "See a store's orders and customers, which are personal data of the people who buy there",
  controlStore: 'Rename and disconnect a store',
  chat: "Chat with a store's agent; each reads their own chats only",
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

const ALLOWED: Decision = { allowed: true }
const refused = (reason: string): Decision => ({ allowed: false, reason })

/** The table's answer for a viewer who has any of the relations. */
export function isAllowed(viewer: Pick<Viewer, 'roles'>, action: AccessAction, relations: readonly Relation[]): boolean {
  return viewer.roles.some((role) => relations.some((relation) => ACCESS[action][role].includes(relation)))
}

/** Whose an operation is. */
export interface Ownership {
  readonly ownerId: string
  readonly createdById: string
  readonly tenantId: string | null
}

export function relationsOf(viewer: Pick<Viewer, 'id' | 'tenantId'>, thing: Ownership): readonly Relation[] {
  const relations: Relation[] = []
  if (thing.ownerId === viewer.id) relations.push('own')
  if (thing.createdById === viewer.id) relations.push('opened')
  if (relations.length > 0) return relations
  return viewer.tenantId !== null && thing.tenantId === viewer.tenantId ? ['tenant'] : ['other']
}

export interface StartWish {
  /** Roles that the definition names. */
  readonly startableBy: readonly Role[]
  /** The priority asked for is above the definition's. */
  readonly priorityRaised: boolean
  /** The owner is somebody else. */
  readonly actsForOther: boolean
  /** The impact reaches beyond the owner. */
  readonly impactOnOthers: boolean
}

/** An administrator may start what services and users may; a service what users may. */
const INCLUDED: Readonly<Record<Role, readonly Role[]>> = { USER: ['USER'], SERVICE: ['SERVICE', 'USER'], ADMIN: ROLES }

const holdsOne = (viewer: Pick<Viewer, 'roles'>, roles: readonly Role[]): boolean =>
  viewer.roles.some((held) => INCLUDED[held].some((role) => roles.includes(role)))

export function mayStart(viewer: Pick<Viewer, 'roles'>, wish: StartWish): Decision {
  if (!holdsOne(viewer, wish.startableBy)) return refused(`only ${wish.startableBy.join(' or ')} may start this type of operation`)
  return mayWish(viewer, 'start', wish)
}

/** For work that another service runs and reports. */
export function mayOpenExternal(viewer: Pick<Viewer, 'roles'>, wish: Omit<StartWish, 'startableBy'>): Decision {
  return mayWish(viewer, 'openExternal', wish)
}

function mayWish(viewer: Pick<Viewer, 'roles'>, action: 'start' | 'openExternal', wish: Omit<StartWish, 'startableBy'>): Decision {
  const relation: readonly Relation[] = wish.actsForOther ? ['other'] : OWN
  if (!isAllowed(viewer, action, relation)) {
    const onlyServices = 'only SERVICE or ADMIN may'
    return refused(action === 'openExternal' ? `${onlyServices} open external operations` : `${onlyServices} act for another user`)
  }
  if (wish.priorityRaised && !isAllowed(viewer, 'raisePriority', relation))
    return refused("only SERVICE or ADMIN may raise the priority above the definition's")
  if (wish.impactOnOthers && !isAllowed(viewer, 'affectOthers', relation)) return refused('only SERVICE or ADMIN may affect other users')
  return ALLOWED
}

export function mayRead(viewer: Viewer, thing: Ownership): Decision {
  return isAllowed(viewer, 'read', relationsOf(viewer, thing)) ? ALLOWED : refused('only its owner or an administrator may see this operation')
}

export function mayControl(viewer: Viewer, thing: Ownership): Decision {
  return isAllowed(viewer, 'control', relationsOf(viewer, thing)) ? ALLOWED : refused('only its owner or an administrator may control this operation')
}

export function mayReport(viewer: Viewer, operation: { readonly createdById: string }): Decision {
  const relation: Relation = operation.createdById === viewer.id ? 'opened' : 'other'
  return isAllowed(viewer, 'report', [relation]) ? ALLOWED : refused('only the service that opened this operation may report for it')
}

/** For business events; the roles are those that their definition names. */
export function mayFollowEvents(viewer: Pick<Viewer, 'roles'>, readableBy: readonly Role[]): Decision {
  return holdsOne(viewer, readableBy) ? ALLOWED : refused(`only ${readableBy.join(' or ')} may follow these events`)
}

export function mayPublishEvents(viewer: Pick<Viewer, 'roles'>, publishableBy: readonly Role[]): Decision {
  return holdsOne(viewer, publishableBy) ? ALLOWED : refused(`only ${publishableBy.join(' or ')} may publish these events`)
}

/** For actions that concern a user, or everybody (`userId` null). */
export function mayDo(
  viewer: Viewer,
  action: 'askStatus' | 'steerStatus' | 'steerSchedules' | 'editRules' | 'readTotals' | 'revoke' | 'setPreferences' | 'setDefaults',
  userId: string | null,
): Decision {
  return isAllowed(viewer, action, [userId === viewer.id ? 'own' : 'other']) ? ALLOWED : refused('only an administrator may do this')
}

/** Whether changes through the API stay open while it is read only. */
export const mayChangeReadOnly = (viewer: Pick<Viewer, 'roles'>): boolean => isAllowed(viewer, 'changeReadOnly', OWN)

/** Whose operations lists and live lists show. `opened`: also those that the viewer opened for others. */
export function visibilityOf(viewer: Viewer): { readonly kind: 'all' } | { readonly kind: 'owner'; readonly ownerId: string; readonly opened?: true } {
  if (isAllowed(viewer, 'read', ['other'])) return { kind: 'all' }
  return { kind: 'owner', ownerId: viewer.id, ...(isAllowed(viewer, 'read', ['opened']) && { opened: true }) }
}

/** For making sales, and for changing any whose id is known: who takes the payment is often not who sold. */
export function maySell(viewer: Pick<Viewer, 'roles'>): Decision {
  return isAllowed(viewer, 'sell', ['other']) ? ALLOWED : refused('only SERVICE or ADMIN may sell')
}

export function mayReadSale(viewer: Viewer, sale: { readonly createdById: string }): Decision {
  const relation: Relation = sale.createdById === viewer.id ? 'opened' : 'other'
  return isAllowed(viewer, 'readSales', [relation]) ? ALLOWED : refused('only who made it and administrators may see this sale')
}

/** Whose sales lists show; `undefined`: nobody's. */
export function salesVisibilityOf(viewer: Viewer): { readonly kind: 'all' } | { readonly kind: 'creator'; readonly creatorId: string } | undefined {
  if (isAllowed(viewer, 'readSales', ['other'])) return { kind: 'all' }
  return isAllowed(viewer, 'readSales', ['opened']) ? { kind: 'creator', creatorId: viewer.id } : undefined
}

/** Whose a store is. */
export type StoreOwnership = Omit<Ownership, 'createdById'>

export function mayUseStore(viewer: Viewer, action: 'readStore' | 'readShoppers' | 'controlStore', store: StoreOwnership): Decision {
  const relations = relationsOf(viewer, { ...store, createdById: store.ownerId })
  return isAllowed(viewer, action, relations) ? ALLOWED : refused('only its owner or an administrator may do this to a store')
}

/** Whose stores lists show. */
export const storesVisibilityOf = (viewer: Viewer): { readonly kind: 'all' } | { readonly kind: 'owner'; readonly ownerId: string } =>
  isAllowed(viewer, 'readStore', ['other']) ? { kind: 'all' } : { kind: 'owner', ownerId: viewer.id }

/** Services chat for nobody. */
export function mayChat(viewer: Viewer, store: { readonly ownerId: string }): Decision {
  const relation: Relation = store.ownerId === viewer.id ? 'own' : 'other'
  return isAllowed(viewer, 'chat', [relation]) ? ALLOWED : refused("only a store's owner and administrators chat with its agent")
}

/** Viewers of one class are allowed the same towards everything: all administrators are one class, everybody else is alone. */
export function visibilityClass(viewer: Viewer | null): string {
  if (!viewer) return 'anonymous'
  if (viewer.roles.includes('ADMIN')) return 'administrators'
  return JSON.stringify([viewer.id, viewer.tenantId, viewer.roles.toSorted()])
}

/** The table as Markdown, for `docs/access.md`. */
export function accessTable(): string {
  const cell = (relations: readonly Relation[]) => (relations.length === RELATIONS.length ? 'any' : relations.join(', ') || '–')
  const rows = ACCESS_ACTIONS.map((action) => `| ${ACTION_MEANINGS[action]} | ${ROLES.map((role) => cell(ACCESS[action][role])).join(' | ')} |`)
  return [`| action | ${ROLES.join(' | ')} |`, '| --- | --- | --- | --- |', ...rows].join('\n')
}
