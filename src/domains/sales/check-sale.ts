import { type InputIssue, InvalidInputError } from '../../base/errors.ts'
import { formatAmount, isCurrency, isTooLarge, MOST_WHOLE_DIGITS, minorDigits, parseAmount } from './money.ts'
import type { SaleChannel, SaleContent, SaleLine } from './records.ts'

/** The business rules of what sellers send. Each refusal names its place; all of them are told at once. */
export const SALE_LIMITS = { reference: 100, customer: 200, sku: 64, name: 200, lines: 100, quantity: 1_000_000, reason: 500 } as const

/** A sale as it was sent. */
export interface SaleWish {
  readonly reference: string
  readonly customer: string
  readonly channel: SaleChannel
  readonly currency: string
  readonly lines: readonly SaleLine[]
}

/** Parts of a sale that may change later; what is absent stays. */
export interface SaleChange {
  readonly customer?: string | undefined
  readonly channel?: SaleChannel | undefined
  readonly lines?: readonly SaleLine[] | undefined
}

/** What a sale holds, and the sum of its lines. */
export interface CheckedSale {
  readonly content: SaleContent
  readonly total: string
}

/** Checks a new sale. Throws `InvalidInputError` with paths such as `input.lines.2.quantity`. */
export function checkSale(wish: SaleWish): CheckedSale {
  const issues: InputIssue[] = []
  const reference = checkText(issues, { path: 'input.reference', text: wish.reference, most: SALE_LIMITS.reference })
  const customer = checkText(issues, { path: 'input.customer', text: wish.customer, most: SALE_LIMITS.customer })
  if (!isCurrency(wish.currency)) issues.push({ path: 'input.currency', message: 'expected a currency code of ISO 4217 in upper case, such as USD' })
  const { lines, total } = checkLines(issues, wish.lines, minorDigits(wish.currency))
  if (issues.length > 0) throw new InvalidInputError(issues)
  return { content: { reference, customer, channel: wish.channel, currency: wish.currency, lines }, total }
}

/** The content of a sale after a change. Throws `InvalidInputError`. */
export function checkChange(known: CheckedSale, change: SaleChange): CheckedSale {
  const issues: InputIssue[] = []
  const { content } = known
  const customer =
    change.customer === undefined ? content.customer : checkText(issues, { path: 'input.customer', text: change.customer, most: SALE_LIMITS.customer })
  const changed = change.lines && checkLines(issues, change.lines, minorDigits(content.currency))
  if (issues.length > 0) throw new InvalidInputError(issues)
  return {
    content: { ...content, customer, channel: change.channel ?? content.channel, lines: changed?.lines ?? content.lines },
    total: changed?.total ?? known.total,
  }
}

/** A payment reference; one payment pays for one sale. Throws `InvalidInputError`. */
export const checkPaymentReference = (text: string): string => single({ path: 'input.paymentReference', text, most: SALE_LIMITS.reference })

/** Why a sale was canceled, where somebody said so. Throws `InvalidInputError`. */
export const checkReason = (text: string | undefined): string | null =>
  text === undefined || text.trim() === '' ? null : single({ path: 'input.reason', text, most: SALE_LIMITS.reason })

interface TextRule {
  readonly path: string
  readonly text: string
  readonly most: number
}

function single(rule: TextRule): string {
  const issues: InputIssue[] = []
  const text = checkText(issues, rule)
  if (issues.length > 0) throw new InvalidInputError(issues)
  return text
}

/** Answers the text without blanks around it. */
function checkText(issues: InputIssue[], { path, text, most }: TextRule): string {
  const clean = text.trim()
  if (clean === '' || clean.length > most) issues.push({ path, message: `expected 1 to ${most} characters, got ${clean.length}` })
  // Neither is text that the database or a JSON reader would keep as it is.
  else if (/\p{Cc}/u.test(clean) || !clean.isWellFormed()) issues.push({ path, message: 'expected plain text on one line' })
  return clean
}

function checkLines(issues: InputIssue[], lines: readonly SaleLine[], digits: number): { readonly lines: readonly SaleLine[]; readonly total: string } {
  if (lines.length === 0 || lines.length > SALE_LIMITS.lines) {
    issues.push({ path: 'input.lines', message: `expected 1 to ${SALE_LIMITS.lines} lines, got ${lines.length}` })
    return { lines: [], total: '0' }
  }
  const checked = lines.map((line, index) => checkLine(issues, line, { path: `input.lines.${index}`, digits }))
  const sum = checked.reduce((total, { line, price }) => total + price * BigInt(line.quantity), 0n)
  if (isTooLarge(sum, digits)) issues.push({ path: 'input.lines', message: `expected a total of at most ${MOST_WHOLE_DIGITS} digits before the point` })
  return { lines: checked.map(({ line }) => line), total: formatAmount(sum, digits) }
}

/** Answers the line with its price in minor units; what is wrong with it is among the issues, so the rest of the answer is of no use then. */
function checkLine(
  issues: InputIssue[],
  line: SaleLine,
  { path, digits }: { readonly path: string; readonly digits: number },
): { readonly line: SaleLine; readonly price: bigint } {
  const sku = checkText(issues, { path: `${path}.sku`, text: line.sku, most: SALE_LIMITS.sku })
  const name = checkText(issues, { path: `${path}.name`, text: line.name, most: SALE_LIMITS.name })
  const countable = Number.isInteger(line.quantity) && line.quantity >= 1 && line.quantity <= SALE_LIMITS.quantity
  if (!countable) issues.push({ path: `${path}.quantity`, message: `expected a whole number from 1 to ${SALE_LIMITS.quantity}, got ${line.quantity}` })
  const price = parseAmount(line.unitPrice, digits)
  if (price === undefined) issues.push({ path: `${path}.unitPrice`, message: priceExpected(digits) })
  return {
    line: { sku, name, quantity: countable ? line.quantity : 1, unitPrice: formatAmount(price ?? 0n, digits) },
    price: price ?? 0n,
  }
}

const priceExpected = (digits: number): string =>
  digits === 0
    ? `expected a whole amount of at most ${MOST_WHOLE_DIGITS} digits, such as "1200": this currency has no decimals`
    : `expected a decimal such as "12.50", with at most ${MOST_WHOLE_DIGITS} digits before and ${digits} after the point`
