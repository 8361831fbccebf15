import type { ImportRule } from '../src/domains/imports/rules.ts'

/**
 * Card statements made up for demonstrations, tests and benchmarks: the same seed gives the same text. Nine rows of each
 * thousand break a rule, one rule each; what an import must count follows from the definition, not from an import.
 */
export interface SampleParams {
  readonly rows: number
  readonly seed?: number
}

export interface SampleExpectation {
  readonly accepted: number
  readonly rejected: number
  readonly byRule: Readonly<Partial<Record<ImportRule, number>>>
  /** Exact decimal sums of the accepted rows by currency. */
  readonly totals: readonly { readonly currency: string; readonly amount: string; readonly count: number }[]
}

export const SAMPLE_HEADER = 'card,holder,date,description,amount,currency,installment,reference\n'
const DEFAULT_SEED = 18_000
const ROWS_PER_CHUNK = 500

// Card numbers that payment providers publish for tests; they pass Luhn and belong to nobody.
const CARDS = [
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '4012888888881881',
  '5105105105105100',
  '6011111111111117',
  '3530111333300000',
  '************4242',
]
const HOLDERS = ['ANA LOPEZ', 'BRUNO DIAZ', 'CARLA NUÑEZ', 'DAVID KIM', 'ELENA ROSSI', 'FELIPE GÓMEZ', 'GRACE OKAFOR', 'HUGO MARTÍN']
const MERCHANTS = [
  'MERCADO LIBRE',
  'UBER TRIP',
  'CAFÉ MARTÍNEZ',
  'COTO SUPERMERCADO',
  'YPF FULL',
  'NETFLIX.COM',
  'SPOTIFY',
  'FARMACITY',
  'ZARA, FLORIDA ST',
  'AMAZON MARKETPLACE',
  'PANADERÍA "LA ESPIGA"',
  'AEROLINEAS ARGENTINAS',
  'BOOKING.COM',
  'WALMART',
  'LIBRERÍA EL ATENEO',
  'SHELL STATION',
  'STARBUCKS',
  'IKEA',
  'EL CORTE INGLÉS',
  'RAPPI',
]
const CURRENCIES = ['ARS', 'ARS', 'ARS', 'USD', 'EUR']

// Which rows of each thousand break which rule. A duplicate repeats the row ROWS_BACK before it, which is a good one.
const BROKEN: ReadonlyMap<number, ImportRule> = new Map([
  [103, 'CARD'],
  [205, 'DATE'],
  [307, 'DESCRIPTION'],
  [411, 'AMOUNT'],
  [513, 'CURRENCY'],
  [617, 'INSTALLMENT'],
  [719, 'REFERENCE'],
  [823, 'COLUMN_COUNT'],
  [929, 'DUPLICATE'],
])
const ROWS_BACK = 150

interface SampleRow {
  card: string
  holder: string
  date: string
  description: string
  cents: number
  currency: string
  installment: string
  reference: string
}

const ruleOf = (index: number): ImportRule | undefined => BROKEN.get(index % 1_000)

/** The text of the statement in chunks, header first. */
export async function* sampleStatement({ rows, seed = DEFAULT_SEED }: SampleParams): AsyncGenerator<string, void, undefined> {
  let lines = [SAMPLE_HEADER]
  for (let index = 1; index <= rows; index += 1) {
    lines.push(lineOf(seed, index))
    if (lines.length < ROWS_PER_CHUNK) continue
    yield lines.join('')
    lines = []
  }
  if (lines.length > 0) yield lines.join('')
}

/** What an import of the statement must come to. */
export function expectedOf({ rows, seed = DEFAULT_SEED }: SampleParams): SampleExpectation {
  const byRule: Partial<Record<ImportRule, number>> = {}
  const sums = new Map<string, { cents: bigint; count: number }>()
  let rejected = 0
  for (let index = 1; index <= rows; index += 1) {
    const rule = ruleOf(index)
    if (rule) {
      byRule[rule] = (byRule[rule] ?? 0) + 1
      rejected += 1
      continue
    }
    const { currency, cents } = rowAt(seed, index)
    const sum = sums.get(currency) ?? { cents: 0n, count: 0 }
    sums.set(currency, { cents: sum.cents + BigInt(cents), count: sum.count + 1 })
  }
  const totals = [...sums]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([currency, sum]) => ({ currency, amount: decimal(sum.cents, '.'), count: sum.count }))
  return { accepted: rows - rejected, rejected, byRule, totals }
}

function lineOf(seed: number, index: number): string {
  const rule = ruleOf(index)
  const row = rowAt(seed, rule === 'DUPLICATE' ? index - ROWS_BACK : index)
  const amount = decimal(BigInt(row.cents), index % 7 === 0 ? ',' : '.')
  const cells = [row.card, row.holder, row.date, row.description, amount, row.currency, row.installment, row.reference]
  if (rule) spoil(cells, rule)
  return `${cells.map(quoted).join(',')}\n`
}

function spoil(cells: string[], rule: ImportRule): void {
  if (rule === 'CARD') cells[0] = '4111111111111112'
  else if (rule === 'DATE') cells[2] = '31/02/24'
  else if (rule === 'DESCRIPTION') cells[3] = ' '
  else if (rule === 'AMOUNT') cells[4] = '1.234,56'
  else if (rule === 'CURRENCY') cells[5] = 'U$S'
  else if (rule === 'INSTALLMENT') cells[6] = '4/3'
  else if (rule === 'REFERENCE') cells[7] = ''
  else if (rule === 'COLUMN_COUNT') cells.pop()
}

/** A good row; the reference makes it unique. */
function rowAt(seed: number, index: number): SampleRow {
  const random = randomOf(seed, index)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? ''
  const month = String(1 + Math.floor(random() * 12)).padStart(2, '0')
  const day = String(1 + Math.floor(random() * 28)).padStart(2, '0')
  const parts = random() < 0.2 ? 2 + Math.floor(random() * 11) : 0
  return {
    card: pick(CARDS),
    holder: pick(HOLDERS),
    date: random() < 0.5 ? `2024-${month}-${day}` : `${day}/${month}/2024`,
    description: pick(MERCHANTS),
    cents: (random() < 0.05 ? -1 : 1) * (100 + Math.floor(random() ** 3 * 50_000_000)),
    currency: pick(CURRENCIES),
    installment: parts > 0 ? `${1 + Math.floor(random() * parts)}/${parts}` : '',
    reference: `REF-${String(index).padStart(8, '0')}`,
  }
}

/** Mulberry32, a small generator of good enough randomness (public domain, Tommy Ettinger). */
function randomOf(seed: number, index: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b)) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function decimal(cents: bigint, point: string): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}${point}${digits.slice(-2)}`
}

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
