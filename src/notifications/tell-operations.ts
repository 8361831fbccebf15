import { newUuid } from '../base/ids.ts'
import type { OperationRecord } from '../engine/records.ts'
import { type Counts, countsOf, groupNews, isFull, totalOf } from './group-tally.ts'
import type { OperationNews } from './operation-news.ts'
import type { Member } from './store/members.ts'
import type { Recent, UserType } from './store/read-recent.ts'
import { isGroup, KEYS, type NotificationDraft, OUTCOMES, type Outcome, type StoredNotification } from './stored-notification.ts'

/** An operation that something happened to, and what is known of it in its owner's inbox. */
export interface Happening {
  readonly operation: OperationRecord
  readonly news: OperationNews
  /** Its own notification. */
  readonly existing: StoredNotification | undefined
  /** Its place in a group. */
  readonly member: Member | undefined
}

export interface TellParams {
  /** One per operation. */
  readonly happenings: readonly Happening[]
  /** Of each owner and type among them. */
  readonly recentOf: (pair: UserType) => Recent
  /** Groups that members among them belong to, by id. */
  readonly groups: ReadonlyMap<string, StoredNotification>
  /** What people call a type. */
  readonly nameOf: (type: string) => string
}

/** What is to be written. */
export interface Telling {
  readonly drafts: NotificationDraft[]
  readonly removed: StoredNotification[]
  readonly joining: Member[]
  /** Operations that leave their group. */
  readonly leaving: string[]
}

/** Outcomes of one type within five minutes that stand alone; one more, and they become a group. */
const MOST_ALONE = 3
/** Notifications of one user and type that tell of progress at the same time. */
const MOST_PROGRESS = 3

/** Decides, without any I/O, what becomes of inboxes because of what happened to operations. */
export function tellOperations(params: TellParams): Telling {
  const telling: Telling = { drafts: [], removed: [], joining: [], leaving: [] }
  const tallies = new Tallies(params)
  for (const [, some] of Map.groupBy(params.happenings.filter(isNews), ({ operation }) => JSON.stringify([operation.ownerId, operation.type]))) {
    const { ownerId: userId, type } = (some[0] as Happening).operation
    const recent = params.recentOf({ userId, type })
    tellUnfinished(
      some.filter(({ news }) => !isOutcome(news.phase)),
      { recent, telling, tallies },
    )
    tellOutcomes(
      some.filter(({ news }) => isOutcome(news.phase)),
      { recent, telling, tallies },
    )
  }
  tallies.settle(telling)
  return telling
}

const isOutcome = (phase: OperationNews['phase']): phase is Outcome => (OUTCOMES as readonly string[]).includes(phase)

/** Whether it says something that is not known yet. */
function isNews({ operation, news, existing, member }: Happening): boolean {
  const known = existing?.sourceVersion ?? member?.operationVersion
  if (known === undefined) return news.phase !== 'waiting'
  // A milestone may be told after what is stored of the progress; an outcome is told once.
  return known < operation.version || (known === operation.version && existing !== undefined && news.phase === 'progress')
}

interface Telled {
  readonly recent: Recent
  readonly telling: Telling
  readonly tallies: Tallies
}

/** While many of a type come, and a group of them is open, starts are not told one by one. */
function tellUnfinished(happenings: readonly Happening[], { recent, telling, tallies }: Telled): void {
  const isBusy = openGroup(recent) !== undefined
  let room = MOST_PROGRESS - recent.progressCount
  for (const { operation, news, existing, member } of happenings) {
    if (member) {
      telling.leaving.push(operation.id)
      tallies.leave(member)
    }
    const isSame = existing?.title === news.title && existing.body === news.body && existing.kind === news.kind
    if (existing && isSame) continue
    if (!existing && news.phase !== 'paused' && (room <= 0 || (isBusy && !member))) continue
    if (!existing) room -= 1
    telling.drafts.push(draftOf({ operation, news, existing }, { outcome: 'none', isLoud: news.phase === 'paused' }))
  }
}

function tellOutcomes(happenings: readonly Happening[], { recent, telling, tallies }: Telled): void {
  const [first] = happenings
  if (!first) return
  const ids = new Set(happenings.map(({ operation }) => operation.id))
  const alone = recent.outcomes.filter((one) => !isGroup(one) && one.operationId !== null && !ids.has(one.operationId))
  const open = openGroup(recent)
  for (const { member } of happenings) if (member) tallies.leave(member)
  if (!open && alone.length + happenings.length <= MOST_ALONE) {
    for (const { operation, news, existing, member } of happenings) {
      if (member) telling.leaving.push(operation.id)
      telling.drafts.push(draftOf({ operation, news, existing }, { outcome: 'now', isLoud: true }))
    }
    return
  }
  const group = open ? tallies.of(open) : tallies.begin(first.operation)
  const join = (member: Omit<Member, 'notificationId'>) => telling.joining.push(group.join(member))
  for (const one of open ? [] : alone) {
    join({ operationId: one.operationId as string, outcome: one.data['phase'] as Outcome, operationVersion: one.sourceVersion })
    telling.removed.push(one)
  }
  for (const { operation, news, existing } of happenings) {
    join({ operationId: operation.id, outcome: news.phase as Outcome, operationVersion: operation.version })
    if (existing) telling.removed.push(existing)
  }
}

const openGroup = ({ outcomes }: Recent): StoredNotification | undefined => outcomes.find((one) => isGroup(one) && !isFull(one))

function draftOf(
  { operation, news, existing }: Pick<Happening, 'operation' | 'news' | 'existing'>,
  how: Pick<NotificationDraft, 'outcome' | 'isLoud'>,
): NotificationDraft {
  const { phase: _phase, ...said } = news
  return {
    existing,
    userId: operation.ownerId,
    tenantId: operation.tenantId,
    key: KEYS.operation(operation.id),
    ...said,
    operationId: operation.id,
    operationType: operation.type,
    count: 1,
    sourceVersion: operation.version,
    resolved: false,
    ...how,
  }
}

/** A group whose members change, with its counts as they will be. */
class Tally {
  readonly id: string
  readonly #existing: StoredNotification | undefined
  readonly #of: Pick<NotificationDraft, 'userId' | 'tenantId'> & { readonly type: string }
  #counts: Counts
  #joined = false

  constructor(existing: StoredNotification | undefined, of: Tally['of']) {
    this.id = existing?.id ?? newUuid()
    this.#existing = existing
    this.#of = of
    this.#counts = countsOf(existing)
  }

  get of() {
    return this.#of
  }

  join(member: Omit<Member, 'notificationId'>): Member {
    this.#joined = true
    this.#add(member.outcome, 1)
    return { ...member, notificationId: this.id }
  }

  leave({ outcome }: Member): void {
    this.#add(outcome, -1)
  }

  settle(telling: Telling, name: string): void {
    if (totalOf(this.#counts) <= 0) {
      if (this.#existing) telling.removed.push(this.#existing)
      return
    }
    const { userId, tenantId, type } = this.#of
    const place = { existing: this.#existing, id: this.id, userId, tenantId, key: this.#existing?.key ?? KEYS.group(type, this.id) }
    const rest = { operationId: null, operationType: type, sourceVersion: 0, resolved: false }
    const how = { outcome: this.#joined ? ('now' as const) : ('kept' as const), isLoud: this.#joined }
    telling.drafts.push({ ...place, ...groupNews(name, this.#counts), ...rest, ...how })
  }

  #add(outcome: Outcome, by: number): void {
    this.#counts = { ...this.#counts, [outcome]: Math.max(0, this.#counts[outcome] + by) }
  }
}

class Tallies {
  readonly #params: Pick<TellParams, 'groups' | 'nameOf'>
  readonly #byId = new Map<string, Tally>()

  constructor(params: Pick<TellParams, 'groups' | 'nameOf'>) {
    this.#params = params
  }

  of(group: StoredNotification): Tally {
    return this.#byId.get(group.id) ?? this.#keep(new Tally(group, { ...group, type: group.operationType ?? '' }))
  }

  begin({ ownerId: userId, tenantId, type }: OperationRecord): Tally {
    return this.#keep(new Tally(undefined, { userId, tenantId, type }))
  }

  leave(member: Member): void {
    const group = this.#params.groups.get(member.notificationId)
    if (group) this.of(group).leave(member)
  }

  settle(telling: Telling): void {
    for (const tally of this.#byId.values()) tally.settle(telling, this.#params.nameOf(tally.of.type))
  }

  #keep(tally: Tally): Tally {
    this.#byId.set(tally.id, tally)
    return tally
  }
}
