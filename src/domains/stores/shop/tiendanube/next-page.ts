import type { CatalogueKind } from '../../records.ts'
import { ShopUnavailableError } from '../shop-errors.ts'

/**
 * Pages as they are stored: path and query below the shop's address (`/products?page=2&per_page=200`). A shop decides what its next page is called, but
 * not where it is: our token goes to the shop's own address and nowhere else.
 */
const LONGEST = 2_000

/** `undefined` where the header names no next page. Throws `ShopUnavailableError` for one at another address. */
export function nextPageOf(link: string | undefined, baseUrl: string, kind: CatalogueKind): string | undefined {
  const address = addressOf(link ?? '')
  if (address === undefined) return undefined
  const base = new URL(baseUrl)
  const next = URL.canParse(address, `${baseUrl}/`) ? new URL(address, `${baseUrl}/`) : undefined
  const isOwn = next?.origin === base.origin && next.username === '' && next.password === '' && next.pathname === `${base.pathname.replace(/\/$/, '')}/${kind}`
  if (!next || !isOwn || next.search.length > LONGEST) {
    throw new ShopUnavailableError(`${base.host} says that its next page of ${kind} is at another address, and the access token is sent to its own one only`)
  }
  return `/${kind}${next.search}`
}

/** `<https://…>; rel="next", <…>; rel="last"` */
function addressOf(link: string): string | undefined {
  for (const part of link.split(',')) {
    const match = /^\s*<([^<>]*)>([^<>]*)$/.exec(part)
    if (match && /;\s*rel\s*=\s*"?(?:[\w-]+ )*next\b/i.test(match[2] ?? '')) return match[1]
  }
  return undefined
}

/** Whether a stored page is one of ours: it is put behind the shop's address as it is. */
export const isPageOf = (page: string, kind: CatalogueKind): boolean =>
  page.length <= LONGEST + 20 && new RegExp(`^/${kind}\\?[\\x21-\\x7e]*$`).test(page) && !page.includes('#')
