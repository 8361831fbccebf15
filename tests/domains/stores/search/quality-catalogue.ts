import { FAMILIES_OF_CLOTHES } from './quality-clothes.ts'
import { FAMILIES_OF_THE_HOUSE } from './quality-house.ts'

/** The catalogue that the fifty questions are about: a general shop, Spanish and English, with near-duplicates in every family. */
export interface QualityProduct {
  readonly key: string
  readonly name: Readonly<Record<string, string>>
  readonly description: Readonly<Record<string, string>>
  readonly brand: string
  readonly categories: readonly Readonly<Record<string, string>>[]
  readonly tags: readonly string[]
  /** Each is one variant's options. */
  readonly options: readonly Readonly<Record<string, string>>[]
  readonly price: number
}

/** Products that differ in a few words. A product: key, Spanish name, English name, brand, price, and words of its own for its descriptions. */
export interface Family {
  readonly category: readonly [es: string, en: string]
  readonly es: string
  readonly en: string
  readonly sizes?: readonly string[]
  readonly products: readonly (readonly [key: string, es: string, en: string, brand: string, price: number, moreEs?: string, moreEn?: string, tags?: string])[]
}

export const QUALITY_CATALOGUE: readonly QualityProduct[] = [...FAMILIES_OF_CLOTHES, ...FAMILIES_OF_THE_HOUSE].flatMap((family) =>
  family.products.map(([key, es, en, brand, price, moreEs = '', moreEn = '', tags = '']) => ({
    key,
    name: { es, en },
    description: { es: `${family.es} ${moreEs}`.trim(), en: `${family.en} ${moreEn}`.trim() },
    brand,
    categories: [{ es: family.category[0], en: family.category[1] }],
    tags: tags === '' ? [] : tags.split(' '),
    options: (family.sizes ?? []).map((size) => ({ es: size, en: size })),
    price,
  })),
)
