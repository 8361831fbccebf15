import type { CatalogueKind } from '../records.ts'
import type { ShopPage } from '../shop/shop-api.ts'
import { stageBatch } from './apply-rows.ts'
import { clean, LIMITS } from './clean.ts'
import { hasChangedSince, pagesAhead } from './shop-pages.ts'
import { countOurs, forgetSeen, isAnySeen, seeIds, stageGone } from './store/compare-ids.ts'
import { commitTo, nextTask, type Position, pageMessage, type ShopRun, type Task, targetOf } from './sync-run.ts'

type IdsPlace = {
  readonly part: 'ids'
  readonly round: number
  readonly page: string | null
  readonly number: number
  readonly pages: number
  readonly total: number
  readonly hasMoved: boolean
  readonly startedAt: string | null
}
type Place = IdsPlace | { readonly part: 'difference' } | { readonly part: 'missed'; readonly page: string | null; readonly number: number }

const FIRST_ROUND: IdsPlace = { part: 'ids', round: 1, page: null, number: 0, pages: 0, total: 0, hasMoved: false, startedAt: null }
const MOST_ROUNDS = 2

/**
 * Finds what is gone from the shop, and what we miss. Costs at most one request where the shop has as many as we. Else its ids are walked and compared
 * with ours in the database. The ids of a walk during which pages moved may lack one that is there, so such a walk is repeated once and what either
 * saw counts as there: what is taken for gone was absent twice. What we miss is looked for in all pages of the kind, up to the last of it
 * that is found: shops have no way to ask for several by id. Everything that differs is staged.
 */
export const reconcileTask =
  (sync: ShopRun, kind: CatalogueKind): Task =>
  async (start) => {
    let position = start
    while (position.task === start.task) {
      const place = position.place as Place | null
      if (place === null) position = await compareCounts(sync, kind, position)
      else if (place.part === 'ids') position = await readIds(sync, kind, position)
      else if (place.part === 'difference') position = await findDifference(sync, kind, position)
      else position = await readMissed(sync, kind, position)
    }
    return position
  }

async function compareCounts(sync: ShopRun, kind: CatalogueKind, position: Position): Promise<Position> {
  const target = targetOf(sync, kind)
  const { count, mustCompare, shopTotal } = await countOurs(sync.database, target)
  const isEqual = (total: number | null) => !mustCompare && total === count
  const end = () => commitTo(sync, nextTask(position), () => Promise.resolve())
  if (isEqual(shopTotal)) return end()
  const page = await sync.shop.ids(kind, { signal: sync.step.signal })
  if (isEqual(page.total)) return end()
  return keepIds(sync, kind, { position, place: FIRST_ROUND, page })
}

async function readIds(sync: ShopRun, kind: CatalogueKind, position: Position): Promise<Position> {
  const place = position.place as IdsPlace
  const page = await sync.shop.ids(kind, { page: place.page ?? undefined, signal: sync.step.signal })
  return keepIds(sync, kind, { position, place, page })
}

interface IdsPage {
  readonly position: Position
  readonly place: IdsPlace
  readonly page: ShopPage<string>
}

async function keepIds(sync: ShopRun, kind: CatalogueKind, { position, place: before, page }: IdsPage): Promise<Position> {
  const isFirst = before.startedAt === null
  const startedAt = before.startedAt ?? page.at.toISOString()
  const total = isFirst ? page.total : before.total
  const place: IdsPlace = {
    ...before,
    startedAt,
    total,
    page: page.next ?? null,
    number: before.number + 1,
    pages: isFirst ? Math.ceil(page.total / Math.max(1, page.items.length)) : before.pages,
    hasMoved: before.hasMoved || page.total !== total,
  }
  const isLast = page.next === undefined || page.items.length === 0
  const next = isLast ? await afterIds(sync, kind, place) : place
  sync.step.message(pageMessage(kind, 'comparing, page', place))
  return commitTo(sync, { ...position, place: next }, (transaction) =>
    seeIds(
      transaction,
      targetOf(sync, kind),
      page.items.map((id) => clean(id, LIMITS.code)),
    ),
  )
}

async function afterIds({ shop, step }: ShopRun, kind: CatalogueKind, place: IdsPlace): Promise<Place> {
  const isDone = place.number === 1 || place.round === MOST_ROUNDS
  const startedAt = place.startedAt as string
  const mayHaveMissed = !isDone && (place.hasMoved || (await hasChangedSince(shop, kind, { startedAt, signal: step.signal })))
  return mayHaveMissed ? { ...FIRST_ROUND, round: place.round + 1 } : { part: 'difference' }
}

const findDifference = (sync: ShopRun, kind: CatalogueKind, position: Position): Promise<Position> =>
  commitTo(sync, { ...position, place: { part: 'missed', page: null, number: 0 } }, (transaction) => stageGone(transaction, targetOf(sync, kind)))

async function readMissed(sync: ShopRun, kind: CatalogueKind, position: Position): Promise<Position> {
  const target = targetOf(sync, kind)
  const end = (at: Position) => commitTo(sync, nextTask(at), (transaction) => forgetSeen(transaction, target))
  if (!(await isAnySeen(sync.database, target))) return end(position)
  let at = position
  let { page: from, number } = position.place as Extract<Place, { part: 'missed' }>
  for await (const page of pagesAhead(sync.shop, kind, { page: from ?? undefined, signal: sync.step.signal })) {
    from = page.next ?? null
    number += 1
    sync.step.message(pageMessage(kind, 'looking for what was missed, page', { number, pages: Math.ceil(page.total / Math.max(1, page.received)) }))
    at = await commitTo(sync, { ...at, reread: at.reread + page.received, place: { part: 'missed', page: from, number } }, async (transaction) => {
      await stageBatch(transaction, target, { ...page, received: 0 })
      await forgetSeen(
        transaction,
        target,
        page.rows.map((row) => row.external_id),
      )
    })
    // What is still missed on the last page is gone again, or slipped through: the counts of the next sync tell.
    if (page.isLast || !(await isAnySeen(sync.database, target))) break
  }
  return end(at)
}
