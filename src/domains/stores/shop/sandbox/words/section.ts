/** Words that the products of a sandbox shop are made of. Everything in both of its languages. */
export interface Both {
  readonly es: string
  readonly en: string
}

/** What the variants of a product differ in. */
export type Choice = 'sizes' | 'shoeSizes' | 'colours' | 'capacities' | 'none'

export interface Line {
  readonly name: Both
  /** In thousands of the shop's currency. */
  readonly prices: readonly [least: number, most: number]
  readonly choice: Choice
  /** What it is for, a sentence. */
  readonly use: Both
}

export interface Section {
  readonly name: Both
  /** What its products are made of; ends a name: "Remera" "de algodón". */
  readonly makes: readonly Both[]
  readonly lines: readonly Line[]
}

type Row = readonly [es: string, en: string, least: number, most: number, choice: Choice, useEs: string, useEn: string]

export function section(name: Both, makes: readonly (readonly [es: string, en: string])[], rows: readonly Row[]): Section {
  return {
    name,
    makes: makes.map(([es, en]) => ({ es, en })),
    lines: rows.map(([es, en, least, most, choice, useEs, useEn]) => ({ name: { es, en }, prices: [least, most], choice, use: { es: useEs, en: useEn } })),
  }
}
