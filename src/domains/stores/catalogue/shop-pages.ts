import type { CatalogueKind } from '../records.ts'
import type { PageRequest, ShopApi } from '../shop/shop-api.ts'
import { READ_PAGE, type RowsPage } from './kinds.ts'

/** Pages of a shop one after the other: while one is being written the next one is asked for, and no more than these two are held. */
export async function* pagesAhead(
  shop: ShopApi,
  kind: CatalogueKind,
  { signal, ...first }: PageRequest,
): AsyncGenerator<RowsPage & { readonly isLast: boolean }, void, undefined> {
  const given = new AbortController()
  const either = AbortSignal.any([signal, given.signal])
  const ask = (request: Omit<PageRequest, 'signal'>): Promise<RowsPage> => {
    const asked = READ_PAGE[kind](shop, { ...request, signal: either })
    // A failure is met when its turn comes, or not at all.
    asked.catch(() => undefined)
    return asked
  }
  let next: Promise<RowsPage> | undefined = ask(first)
  try {
    while (next) {
      const page: RowsPage = await next
      // An empty page is the last one, whatever it says of others: a walk must end.
      const isLast = page.next === undefined || page.received === 0
      next = isLast ? undefined : ask({ page: page.next })
      yield { ...page, isLast }
    }
  } finally {
    given.abort()
    await next?.catch(() => undefined)
  }
}

/**
 * Whether anything of the kind was changed since an instant of the shop's clock. Pages are numbered, so what is added, removed or touched
 * while they are read moves others from page to page, and one may slip through between two requests. An addition shows here; a removal shows in
 * the totals of the pages, unless an addition made up for it. So a walk of one page, or one with equal totals after which this says no, missed nothing.
 */
export async function hasChangedSince(shop: ShopApi, kind: CatalogueKind, since: { readonly startedAt: string; readonly signal: AbortSignal }) {
  const { total } = await shop.ids(kind, { changedSince: new Date(since.startedAt), signal: since.signal })
  return total > 0
}
