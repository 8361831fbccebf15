import type { JsonObject } from '../../../../base/json.ts'
import { chance, chosen, pick } from './chance.ts'
import { HOME, KITCHEN, PETS } from './words/home.ts'
import { ELECTRONICS, OUTDOORS, STATIONERY, TOYS } from './words/leisure.ts'
import { BRANDS, COLLECTIONS, COLOURS, same } from './words/people.ts'
import type { Both, Choice, Line, Section } from './words/section.ts'
import { BEAUTY, CLOTHING, FOOTWEAR } from './words/wear.ts'

/** Products as the REST API shows them, each made from the seed of its shop and its number. */
const SECTIONS: readonly Section[] = [CLOTHING, KITCHEN, ELECTRONICS, OUTDOORS, HOME, FOOTWEAR, BEAUTY, TOYS, PETS, STATIONERY]
const LINES: readonly { readonly section: Section; readonly line: Line; readonly category: number }[] = SECTIONS.flatMap((section, category) =>
  section.lines.map((line) => ({ section, line, category })),
)

const LINE_STEP = 77

/** Ids of a shop's things begin here, as those of a shop that is in use. */
export const FIRST_PRODUCT_ID = 41_000_001
const FIRST_CATEGORY_ID = 7_001
const FIRST_VARIANT_ID = 910_000_001
/** So many ids are kept for the variants of one product. */
const VARIANTS_EACH = 16

export interface Making {
  readonly seed: number
  /** From 0. */
  readonly index: number
  /** Milliseconds since the epoch. */
  readonly updatedAt: number
}

/** What a product is called and costs: what an order of it says. */
export interface ProductBasics {
  readonly id: number
  /** Of its first variant. */
  readonly variantId: number
  readonly name: Both
  /** With two digits. */
  readonly price: string
  readonly sku: string
}

const variantIdOf = (index: number, position: number): number => FIRST_VARIANT_ID + index * VARIANTS_EACH + position

const DAY_MS = 86_400_000
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+0000`

/** Each line once, in an order of the shop's own, then the same lines in another make, and then in another collection. */
function designOf(seed: number, index: number) {
  const round = Math.floor(index / LINES.length)
  // The step shares no divisor with the number of lines, so that every line comes once in a round.
  const at = (index * LINE_STEP + chosen(LINES.length, seed)) % LINES.length
  const { section, line, category } = LINES[at] as (typeof LINES)[number]
  const make = section.makes[(round + chosen(section.makes.length, seed, at)) % section.makes.length] as Both
  const series = Math.floor(round / section.makes.length)
  const suffix = series === 0 ? '' : ` ${collectionOf(series - 1)}`
  const name: Both = { es: `${line.name.es} ${make.es}${suffix}`, en: `${line.name.en} ${make.en}${suffix}` }
  return { section, line, make, category, name }
}

function collectionOf(series: number): string {
  const cycle = Math.floor(series / COLLECTIONS.length)
  return `${COLLECTIONS[series % COLLECTIONS.length] ?? ''}${cycle === 0 ? '' : ` ${cycle + 1}`}`
}

export function basicsOf(seed: number, index: number): ProductBasics {
  const { line, name } = designOf(seed, index)
  const [least, most] = line.prices
  const thousands = least + chosen((most - least) * 2 + 1, seed, index, 1) / 2
  return {
    id: FIRST_PRODUCT_ID + index,
    variantId: variantIdOf(index, 0),
    name,
    price: `${Math.round(thousands * 1_000) - 10}.00`,
    sku: `SB-${String(index + 1).padStart(5, '0')}`,
  }
}

export function makeProduct({ seed, index, updatedAt }: Making): JsonObject {
  const { section, line, make, category, name } = designOf(seed, index)
  const basics = basicsOf(seed, index)
  const handle = { es: slugOf(name.es), en: slugOf(name.en) }
  return {
    id: basics.id,
    name: { ...name },
    description: {
      es: `<p>${line.use.es}</p><p>${line.name.es} ${make.es}. Env&iacute;o a todo el pa&iacute;s.</p>`,
      en: `<p>${line.use.en}</p><p>${line.name.en} ${make.en}. Shipped everywhere in the country.</p>`,
    },
    handle,
    attributes: line.choice === 'none' ? [] : [{ ...ATTRIBUTES[line.choice] }],
    variants: makeVariants({ seed, index, updatedAt }, line.choice, basics),
    images: [{ id: basics.id * 10, position: 1, product_id: basics.id, src: `//sandbox.invalid/images/${handle.es}.jpg` }],
    categories: [{ id: FIRST_CATEGORY_ID + category, name: { ...section.name } }],
    brand: pick(BRANDS, seed, index, 2),
    tags: `${section.name.es.toLowerCase()}, ${line.name.es.toLowerCase()}`,
    published: chance(seed, index, 3) < 0.97,
    free_shipping: chance(seed, index, 4) < 0.3,
    canonical_url: `https://sandbox.invalid/productos/${handle.es}/`,
    created_at: iso(updatedAt - 30 * DAY_MS),
    updated_at: iso(updatedAt),
  }
}

const ATTRIBUTES: Readonly<Record<Exclude<Choice, 'none'>, Both>> = {
  sizes: { es: 'Talle', en: 'Size' },
  shoeSizes: { es: 'Número', en: 'Size' },
  colours: { es: 'Color', en: 'Colour' },
  capacities: { es: 'Tamaño', en: 'Size' },
}
const SIZES = ['S', 'M', 'L', 'XL'].map(same)
const CAPACITIES: readonly Both[] = [
  { es: 'Chico', en: 'Small' },
  { es: 'Mediano', en: 'Medium' },
  { es: 'Grande', en: 'Large' },
]

function valuesOf(choice: Choice, seed: number, index: number): readonly (Both | undefined)[] {
  const first = chosen(COLOURS.length, seed, index, 5)
  if (choice === 'sizes') return SIZES
  if (choice === 'shoeSizes') return ['36', '38', '40', '42', '44'].map(same)
  if (choice === 'capacities') return CAPACITIES
  if (choice === 'colours') return [0, 1, 2].map((next) => COLOURS[(first + next) % COLOURS.length])
  return [undefined]
}

function makeVariants({ seed, index, updatedAt }: Making, choice: Choice, basics: ProductBasics): JsonObject[] {
  const isReduced = chance(seed, index, 6) < 0.15
  return valuesOf(choice, seed, index).map((value, position) => ({
    id: variantIdOf(index, position),
    product_id: basics.id,
    values: value ? [{ ...value }] : [],
    price: basics.price,
    promotional_price: isReduced ? `${Math.round(Number(basics.price) * 0.8)}.00` : null,
    sku: value ? `${basics.sku}-${position + 1}` : basics.sku,
    stock_management: true,
    stock: chosen(25, seed, index, 7, position),
    updated_at: iso(updatedAt),
  }))
}

const slugOf = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
