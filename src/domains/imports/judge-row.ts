import { STATEMENT_COLUMNS } from './csv/read-header.ts'
import {
  type Card,
  checkAmount,
  checkCard,
  checkCurrency,
  checkDate,
  checkInstallment,
  checkText,
  type ImportRule,
  type Installment,
  Refusal,
} from './rules.ts'

/** A row that keeps all rules; texts as in the file, not masked yet. */
export interface CleanRow {
  readonly card: Card
  readonly holder: string
  readonly date: string
  readonly description: string
  readonly amount: string
  readonly currency: string
  readonly installment: Installment | null
  readonly reference: string
}

/** The first rule that a row breaks. */
export class BrokenRule {
  readonly rule: ImportRule
  readonly column: string
  readonly found: string
  readonly expected: string
  constructor(rule: ImportRule, column: number, found: string, refusal: Refusal) {
    this.rule = rule
    this.column = STATEMENT_COLUMNS[column] as string
    this.found = found
    this.expected = refusal.expected
  }
}

/** Applies the rules in their order. `columns` says where each of `STATEMENT_COLUMNS` stands among the cells. */
export function judgeRow(cells: readonly string[], columns: readonly number[], today: string): CleanRow | BrokenRule {
  const at = (column: number): string => (cells[columns[column] as number] as string).trim()
  const card = checkCard(at(0))
  if (card instanceof Refusal) return new BrokenRule('CARD', 0, at(0), card)
  const date = checkDate(at(2), today)
  if (date instanceof Refusal) return new BrokenRule('DATE', 2, at(2), date)
  const description = checkText(at(3))
  if (description instanceof Refusal) return new BrokenRule('DESCRIPTION', 3, at(3), description)
  const amount = checkAmount(at(4))
  if (amount instanceof Refusal) return new BrokenRule('AMOUNT', 4, at(4), amount)
  const currency = checkCurrency(at(5))
  if (currency instanceof Refusal) return new BrokenRule('CURRENCY', 5, at(5), currency)
  const installment = checkInstallment(at(6))
  if (installment instanceof Refusal) return new BrokenRule('INSTALLMENT', 6, at(6), installment)
  const reference = checkText(at(7))
  if (reference instanceof Refusal) return new BrokenRule('REFERENCE', 7, at(7), reference)
  return { card, holder: at(1), date, description, amount, currency, installment, reference }
}
