import type { CardKeys } from './card-keys.ts'
import type { CategoryMatcher } from './categories.ts'
import type { FilePosition, RawRecord } from './csv/read-records.ts'
import { BrokenRule, type CleanRow, judgeRow } from './judge-row.ts'
import { maskCard, maskDigits, quoteFound } from './mask.ts'
import { checkColumnCount, type ImportRule } from './rules.ts'
import type { StatementPlan } from './statement-plan.ts'

export interface RejectedRecord {
  readonly line: number
  readonly rule: ImportRule
  /** Where, what was expected, what was found; card numbers masked. */
  readonly message: string
  /** Original cells, card numbers masked. */
  readonly cells: readonly string[]
}

export interface JudgeParams {
  readonly plan: StatementPlan
  readonly keys: CardKeys
  readonly categories: CategoryMatcher
}

/**
 * One batch of records, judged and laid out as columns, the shape that the insert statement takes. Holds no record longer
 * than the batch lives; of accepted rows it keeps the cells by reference, for those that turn out to be duplicates.
 */
export class RowBatch {
  readonly lines: number[] = []
  readonly rowHashes: string[] = []
  readonly cardLast4: string[] = []
  readonly cardFingerprints: (string | null)[] = []
  readonly holders: string[] = []
  readonly dates: string[] = []
  readonly descriptions: string[] = []
  readonly amounts: string[] = []
  readonly currencies: string[] = []
  readonly installments: (number | null)[] = []
  readonly installmentsOf: (number | null)[] = []
  readonly references: string[] = []
  readonly categories: (string | null)[] = []
  readonly rejects: RejectedRecord[] = []
  readonly #cells: (readonly string[])[] = []
  readonly #params: JudgeParams
  #end: FilePosition | undefined
  #size = 0

  constructor(params: JudgeParams) {
    this.#params = params
  }

  /** Records, accepted or not. */
  get size(): number {
    return this.#size
  }

  /** The place after the last record. */
  get end(): FilePosition | undefined {
    return this.#end
  }

  add(record: RawRecord): void {
    this.#size += 1
    this.#end = record.end
    const count = checkColumnCount(record.cells.length, this.#params.plan.columnCount)
    if (count) this.#reject(record, 'COLUMN_COUNT', `Row ${record.line}: ${count.expected}, found ${record.cells.length}`)
    else this.#judge(record)
  }

  /** An accepted row that the database found to be there already. */
  duplicateAt(line: number): RejectedRecord {
    const cells = this.#cells[this.lines.indexOf(line)] ?? []
    const message = `Row ${line}: expected a row that is not in this file yet, found the same card, date, amount and reference in an earlier row`
    return { line, rule: 'DUPLICATE', message, cells: this.#masked(cells) }
  }

  #judge(record: RawRecord): void {
    const { plan } = this.#params
    const row = judgeRow(record.cells, plan.columns, plan.today)
    if (row instanceof BrokenRule) {
      const found = quoteFound(row.rule === 'CARD' ? maskCard(row.found) : row.found)
      this.#reject(record, row.rule, `Row ${record.line}, ${row.column}: ${row.expected}, found ${found}`)
    } else this.#accept(record, row)
  }

  #accept(record: RawRecord, row: CleanRow): void {
    const { keys, categories } = this.#params
    const description = maskDigits(row.description)
    this.lines.push(record.line)
    this.rowHashes.push(keys.rowHash(row.card, row.date, row.amount, row.reference))
    this.cardLast4.push(row.card.last4)
    this.cardFingerprints.push(keys.fingerprint(row.card))
    this.holders.push(maskDigits(row.holder))
    this.dates.push(row.date)
    this.descriptions.push(description)
    this.amounts.push(row.amount)
    this.currencies.push(row.currency)
    this.installments.push(row.installment?.number ?? null)
    this.installmentsOf.push(row.installment?.of ?? null)
    this.references.push(maskDigits(row.reference))
    this.categories.push(categories.categoryOf(description))
    this.#cells.push(record.cells)
  }

  #reject(record: RawRecord, rule: ImportRule, message: string): void {
    this.rejects.push({ line: record.line, rule, message, cells: this.#masked(record.cells) })
  }

  #masked(cells: readonly string[]): string[] {
    const card = this.#params.plan.columns[0]
    return cells.map((cell, index) => (index === card ? maskCard(cell) : maskDigits(cell)))
  }
}
