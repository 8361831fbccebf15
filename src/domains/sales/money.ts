/**
 * Exact money: decimal texts outside, whole minor units (cents) inside, never floating point. How many digits a currency has is
 * ISO 4217's word; `Intl` follows what people write instead, and would take the cents from Colombian or Hungarian amounts.
 */
const DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0]),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3]),
])
const USUAL_DIGITS = 2

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

/** Digits before the point of any amount, a total included: sums stay far inside what databases and JSON readers of clients keep exactly as text. */
export const MOST_WHOLE_DIGITS = 12

/** Whether it is a currency code of ISO 4217, in upper case. */
export const isCurrency = (code: string): boolean => CURRENCIES.has(code)

/** Digits after the point. */
export const minorDigits = (currency: string): number => DIGITS[currency] ?? USUAL_DIGITS

const AMOUNT = /^(\d{1,12})(?:\.(\d{1,3}))?$/

/** Minor units of a decimal that is not negative; `undefined` when it is none, or has more digits than the currency. */
export function parseAmount(text: string, digits: number): bigint | undefined {
  const match = AMOUNT.exec(text)
  const decimals = match?.[2] ?? ''
  if (!match || decimals.length > digits) return undefined
  return BigInt(`${match[1]}${decimals.padEnd(digits, '0')}`)
}

/** The one text of an amount: all minor digits, no leading zeros. */
export function formatAmount(minor: bigint, digits: number): string {
  if (digits === 0) return minor.toString()
  const text = minor.toString().padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Whether a sum is too large to be an amount. */
export const isTooLarge = (minor: bigint, digits: number): boolean => minor >= 10n ** BigInt(MOST_WHOLE_DIGITS + digits)
