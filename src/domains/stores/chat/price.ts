import type { ChatLanguage } from './words.ts'

/** `12500.50` and ARS: "ARS 12.500,50" in Spanish, "ARS 12,500.50" in English; whole amounts without decimals. Exact: the text of a decimal goes in. */
export function formatPrice(amount: string, currency: string | null, language: ChatLanguage): string {
  const [whole = '0', decimals = ''] = amount.split('.')
  const [group, point] = language === 'es' ? ['.', ','] : [',', '.']
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, group)
  const number = /^0*$/.test(decimals) ? grouped : `${grouped}${point}${decimals}`
  return currency === null ? number : `${currency} ${number}`
}
