import { toTypeId } from '../../base/ids.ts'
import { PRODUCT_PREFIX, type ProductRecord, type Texts, textIn, type VariantRecord } from '../../domains/stores/records.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'

const isProduct = (value: unknown): value is ProductRecord => typeof value === 'object' && value !== null && 'isPublished' in value

/** The longest language tags that shops use have five characters (`es-AR`); whatever is no language simply fits no text. */
const LANGUAGE = "ISO 639-1 language, such as es; by default the shop's own. Where there is no text in it, another one is given."

/** In the language asked for, else in the shop's own, else in any. */
async function inLanguage(context: Context, storeId: string, asked: string | null | undefined): Promise<(texts: Texts) => string> {
  const store = await context.loaders.store.load(storeId)
  return (texts) => textIn(texts, asked ?? null, store?.language ?? null)
}

/** A product as its shop has it, and its variants. `Product.store` is added where stores are. */
export function addProduct(builder: Builder) {
  const variant = addVariant(builder)
  const product = builder.objectRef<ProductRecord>('Product').implement({
    description: "A product of a store's catalogue, as its shop had it when it was read last.",
    interfaces: ['Node'],
    isTypeOf: isProduct,
    fields: (t) => ({
      id: t.id({ description: 'Id of the product, such as product_01jd3k….', resolve: ({ id }) => toTypeId(PRODUCT_PREFIX, id) }),
      externalId: t.exposeString('externalId', { description: "The shop's own id of it." }),
      name: t.string({
        description: 'Its name.',
        args: { language: t.arg.string({ description: LANGUAGE }) },
        resolve: async ({ storeId, name }, { language }, context) => (await inLanguage(context, storeId, language))(name),
      }),
      description: t.string({
        description: 'Its description as plain text; may be empty.',
        args: { language: t.arg.string({ description: LANGUAGE }) },
        resolve: async (from, { language }, context) => (await inLanguage(context, from.storeId, language))(from.description),
      }),
      categories: t.stringList({
        description: 'Names of its categories, as many as the shop gives.',
        args: { language: t.arg.string({ description: LANGUAGE }) },
        resolve: async (from, { language }, context) => from.categories.map(await inLanguage(context, from.storeId, language)),
      }),
      variants: t.field({
        type: [variant],
        description: "Its variants in the shop's order, as many as the shop gives.",
        resolve: (from, _args, { loaders }) => loaders.variants.load(from.id),
      }),
    }),
  })
  addPlainFields(builder, product)
  return product
}

export type ProductRef = ReturnType<typeof addProduct>

function addPlainFields(builder: Builder, product: ProductRef): void {
  builder.objectFields(product, (t) => ({
    handle: t.exposeString('handle', { description: 'Its name in addresses.' }),
    brand: t.exposeString('brand', { nullable: true, description: 'Its brand, where the shop says one.' }),
    tags: t.exposeStringList('tags', { description: 'Words that the shop gave it, as many as there are.' }),
    published: t.boolean({ description: 'Whether the shop shows it; search finds only what is shown.', resolve: (from) => from.isPublished }),
    price: t.exposeString('price', { nullable: true, description: 'Price of its cheapest variant: exact decimal, such as 12.50; null: it has none.' }),
    currency: t.string({
      nullable: true,
      description: 'ISO 4217, of its prices; null while the shop has not said it.',
      resolve: async (from, _args, { loaders }) => (await loaders.store.load(from.storeId))?.currency ?? null,
    }),
    stock: t.exposeInt('stock', { nullable: true, description: 'How many there are of all variants; null: not counted.' }),
    imageUrl: t.exposeString('imageUrl', { nullable: true, description: 'Address of its picture, where it has one.' }),
    url: t.exposeString('url', { nullable: true, description: 'Its page in the shop, where it has one.' }),
    removed: t.boolean({ description: 'True when it is gone from the shop; lists and search leave it out.', resolve: (from) => from.removedAt !== null }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When we last wrote something new of it.' }),
  }))
}

function addVariant(builder: Builder) {
  return builder.objectRef<VariantRecord>('ProductVariant').implement({
    description: 'A variant of a product: a size, a color …',
    fields: (t) => ({
      externalId: t.exposeString('externalId', { description: "The shop's own id of it." }),
      sku: t.exposeString('sku', { nullable: true, description: "The shop's stock number, where it has one." }),
      options: t.stringList({
        description: 'What makes it different (Red, M), as many as the shop gives.',
        args: { language: t.arg.string({ description: LANGUAGE }) },
        resolve: async (from, { language }, context) => {
          const product = await context.loaders.product.load(from.productId)
          return product ? from.options.map(await inLanguage(context, product.storeId, language)) : []
        },
      }),
      price: t.exposeString('price', { nullable: true, description: 'Its price: exact decimal; null: it has none.' }),
      promotionalPrice: t.exposeString('promotionalPrice', { nullable: true, description: 'Its price while a promotion lasts, where there is one.' }),
      stock: t.exposeInt('stock', { nullable: true, description: 'How many there are; null: not counted.' }),
    }),
  })
}
