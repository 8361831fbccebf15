import { type ProductRecord, STORE_PREFIX } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { InputCheck, LIMITS } from '../limits.ts'
import { addConnection } from '../pages.ts'
import { notFound } from '../refusals.ts'
import { requestError } from '../request-errors.ts'
import type { StoreTypes } from './store.ts'
import { findStore, storesVisibility } from './store-access.ts'
import { idPage, pageArgs } from './store-pages.ts'

export const SEARCH_LIMITS = { query: 500, hits: 50, usual: 10 } as const

/** Reads of stores: one, many, and what search finds in one. */
export function addStoreQueries(builder: Builder, types: StoreTypes): void {
  const connection = addConnection(builder, { name: 'Store', plural: 'stores', node: types.store, cursorType: 'String' })
  builder.queryField('store', (t) =>
    t.field({
      type: types.store,
      nullable: true,
      description: 'One store; null when it does not exist or this viewer may not see it.',
      args: { id: t.arg.id({ required: true, description: 'Id of the store.' }) },
      resolve: (_root, { id }, context) => findStore(context, id),
    }),
  )
  builder.queryField('stores', (t) =>
    t.field({
      type: connection,
      description: 'Stores that this viewer may see, newest first: their own; all for services and administrators.',
      args: { ...pageArgs(t), ownerId: t.arg.id({ description: 'Only those of this user. For services and administrators.' }) },
      resolve: (_root, { ownerId, ...page }, context) => {
        const visibility = storesVisibility(context, ownerId ?? undefined)
        const check = new InputCheck()
        check.text('ownerId', ownerId, { from: 1, to: LIMITS.ownerId })
        check.done()
        // What a user may not see is not there: nobody else's stores are in their list.
        const isHidden = visibility.kind === 'owner' && typeof ownerId === 'string' && visibility.ownerId !== ownerId
        return idPage(STORE_PREFIX, page, async (asked) =>
          isHidden ? { items: [], hasNext: false, hasPrevious: false } : context.services.stores.stores({ ...asked, visibility }),
        )
      },
    }),
  )
  addSearch(builder, types)
}

interface Hit {
  readonly product: ProductRecord
  readonly score: number
  readonly highlight: string
  readonly language: string
}

function addSearch(builder: Builder, { product }: StoreTypes): void {
  const hit = builder.objectRef<Hit>('SearchHit').implement({
    description: 'A product that a search found.',
    fields: (t) => ({
      product: t.field({ type: product, description: 'The product.', resolve: (from) => from.product }),
      score: t.exposeFloat('score', { description: 'How well it fits, 0 to 1; comparable within one answer.' }),
      highlight: t.exposeString('highlight', { description: 'Text of the product, with what was found between « and ».' }),
      language: t.exposeString('language', { description: 'ISO 639-1, of the highlight.' }),
    }),
  })
  builder.queryField('searchStore', (t) =>
    t.field({
      type: [hit],
      description: `What fits a question or some words best among the products that the shop shows, best first, at most as many as were asked for. A store without an index has none.`,
      args: {
        storeId: t.arg.id({ required: true, description: 'Id of the store.' }),
        query: t.arg.string({ required: true, description: `What is looked for, as people say it; 1 to ${SEARCH_LIMITS.query} characters.` }),
        first: t.arg.int({ defaultValue: SEARCH_LIMITS.usual, description: `How many, 1 to ${SEARCH_LIMITS.hits}.` }),
      },
      resolve: (_root, args, context) => search(context, args),
    }),
  )
}

interface SearchArgs {
  readonly storeId: string
  readonly query: string
  readonly first?: number | null | undefined
}

async function search(context: Context, { storeId: id, query, first }: SearchArgs): Promise<readonly Hit[]> {
  const store = await findStore(context, id)
  if (!store) throw requestError('NOT_FOUND', notFound('store').message)
  const check = new InputCheck()
  check.text('query', query, { from: 1, to: SEARCH_LIMITS.query })
  check.whole('first', first, { from: 1, to: SEARCH_LIMITS.hits })
  check.done()
  const found = await context.services.stores.search.find({ storeId: store.id, text: query, limit: first ?? SEARCH_LIMITS.usual })
  const products = await context.loaders.product.loadMany(found.map(({ productId }) => productId))
  return found.flatMap((each, index) => {
    const product = products[index]
    // It may be gone since the index was built.
    return product && !(product instanceof Error) && product.removedAt === null ? [{ ...each, product }] : []
  })
}
