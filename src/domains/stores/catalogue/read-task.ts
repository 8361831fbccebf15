import type { CatalogueKind } from '../records.ts'
import type { Sink } from './apply-rows.ts'
import { hasChangedSince, pagesAhead } from './shop-pages.ts'
import { endWalk, findUntils, type WalkEnd } from './store/walks.ts'
import { commitTo, nextTask, type Position, pageMessage, reportReceived, type ShopRun, targetOf } from './sync-run.ts'

/** What is asked for again next time: the shop's clock may differ between its servers, and a change shows there a while after it was made. */
const OVERLAP_MS = 60_000

type ReadPlace = {
  /** The page to ask for next. */
  readonly page: string | null
  /** Pages that are done. */
  readonly number: number
  readonly pages: number
  /** As the first page said. */
  readonly total: number
  /** A later page said something else. */
  readonly hasMoved: boolean
  readonly received: number
  /** By the shop's clock, when the first page was asked for. */
  readonly startedAt: string
  /** Every page of the kind, not only what changed. */
  readonly isFull: boolean
}

/** Reads a kind, whole when it never was, else what changed since the last time, page by page. */
export const readTask =
  (sync: ShopRun, kind: CatalogueKind, sink: Sink) =>
  async (position: Position): Promise<Position> => {
    const { step, shop, database } = sync
    const { signal } = step
    let place = position.place as ReadPlace | null
    let at = position
    const since = place ? null : (await findUntils(database, sync.storeId))[kind]
    const isFull = place ? place.isFull : since === null
    const first = place ? { page: place.page ?? undefined } : { changedSince: since ?? undefined }
    for await (const page of pagesAhead(shop, kind, { ...first, signal })) {
      const before: ReadPlace = place ?? firstPlace(page, isFull)
      place = {
        ...before,
        page: page.next ?? null,
        number: before.number + 1,
        hasMoved: before.hasMoved || page.total !== before.total,
        received: before.received + page.received,
      }
      const end = page.isLast ? await endOf(sync, kind, place) : undefined
      const totals = { ...at.totals, [kind]: end ? place.received : place.total }
      const next: Position = { ...at, received: at.received + page.received, totals, place }
      at = await commitTo(sync, end ? nextTask(next) : next, async (transaction) => {
        await sink(transaction, targetOf(sync, kind), page)
        if (end) await endWalk(transaction, targetOf(sync, kind), end)
      })
      reportReceived(sync, at, pageMessage(kind, 'page', place))
    }
    return at
  }

const firstPlace = (page: { readonly total: number; readonly received: number; readonly at: Date }, isFull: boolean): ReadPlace => ({
  page: null,
  number: 0,
  pages: page.received === 0 ? 1 : Math.ceil(page.total / page.received),
  total: page.total,
  hasMoved: false,
  received: 0,
  startedAt: page.at.toISOString(),
  isFull,
})

/**
 * Nothing is lost when pages move (see `hasChangedSince`): if they may have moved, a whole walk has its ids compared with ours afterwards, and a walk of
 * changes is repeated by the next sync, because the instant that it asks from stays. What changes after a page was read is asked for
 * next time, which begins before this walk did.
 */
async function endOf({ shop, step }: ShopRun, kind: CatalogueKind, { number, total, hasMoved, startedAt, isFull }: ReadPlace): Promise<WalkEnd> {
  const mayHaveMissed = number > 1 && (hasMoved || (await hasChangedSince(shop, kind, { startedAt, signal: step.signal })))
  const until = new Date(Date.parse(startedAt) - OVERLAP_MS)
  return isFull ? { until, mustCompare: mayHaveMissed, shopTotal: total } : { until: mayHaveMissed ? null : until, mustCompare: false, shopTotal: null }
}
