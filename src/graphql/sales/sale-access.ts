import { mayReadSale, maySell, salesVisibilityOf } from '../../auth/access.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { uuidOf } from '../../base/ids.ts'
import { SALE_PREFIX, type SaleRecord, type SaleVisibility } from '../../domains/sales/records.ts'
import { viewerOf } from '../authorize.ts'
import type { Context } from '../context.ts'
import { forbidden, notFound, Refused } from '../refusals.ts'
import { requestError } from '../request-errors.ts'

const ADMINISTRATORS_ONLY = 'Only administrators see new sales.'

/** Whose sales this viewer may see. Throws the request error FORBIDDEN for whom there are none. */
export function demandSalesReader(context: Context): SaleVisibility {
  const visibility = salesVisibilityOf(viewerOf(context))
  if (!visibility) throw requestError('FORBIDDEN', 'Only administrators see sales, and services those that they made.')
  return visibility
}

/** For the badge. Throws the request error FORBIDDEN. */
export function demandSalesWatcher(context: Context): Viewer {
  const viewer = viewerOf(context)
  if (salesVisibilityOf(viewer)?.kind !== 'all') throw requestError('FORBIDDEN', ADMINISTRATORS_ONLY)
  return viewer
}

/** For mutations. Throws `Refused`. */
export function demandSeller(context: Context): Viewer {
  const viewer = viewerOf(context)
  if (!maySell(viewer).allowed) throw new Refused(forbidden('Only services and administrators sell.'))
  return viewer
}

export const saleOrNull = (context: Context, sale: SaleRecord | undefined): SaleRecord | null =>
  sale && mayReadSale(viewerOf(context), { createdById: sale.createdBy.id }).allowed ? sale : null

/** The sale with this id of the API, if it exists and this viewer may see it. */
export async function findSale(context: Context, id: string): Promise<SaleRecord | null> {
  viewerOf(context)
  const uuid = uuidOf(SALE_PREFIX, id)
  return uuid === undefined ? null : saleOrNull(context, await context.loaders.sale.load(uuid))
}

/** For mutations that change a sale, whoever made it: the service that takes the payment is often not the one that sold. Throws `Refused`. */
export async function saleToChange(context: Context, id: string): Promise<{ readonly viewer: Viewer; readonly saleId: string }> {
  const viewer = demandSeller(context)
  const uuid = uuidOf(SALE_PREFIX, id)
  const sale = uuid === undefined ? undefined : await context.loaders.sale.load(uuid)
  if (!sale) throw new Refused(notFound('sale'))
  return { viewer, saleId: sale.id }
}
