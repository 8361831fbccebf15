/**
 * Card numbers never leave the parser: whatever text is kept, sent or logged went through here. A run of 13 or more digits,
 * also with up to two spaces, dashes, dots or underscores between the digits, keeps its last four only. Longer runs than a card number has (19) are
 * masked too, because a card number may hide in them.
 */
const DIGIT_RUN = /\p{Nd}(?:[\s.\-\u2010-\u2015_]{0,2}\p{Nd}){12,}/gu
const ALL_BUT_LAST_FOUR = /\p{Nd}(?=(?:\P{Nd}*\p{Nd}){4})/gu
const SHORTEST_RUN = 13

/** The text with card numbers masked. */
export function maskDigits(text: string): string {
  if (text.length < SHORTEST_RUN) return text
  return text.replace(DIGIT_RUN, (run) => run.replace(ALL_BUT_LAST_FOUR, '*'))
}

/** For text that is meant to be a card number: all digits but the last four are masked, however many there are. */
export const maskCard = (text: string): string => maskDigits(text.replace(ALL_BUT_LAST_FOUR, '*'))

const LONGEST_QUOTE = 60

/** A found value as sentences show it: short, in one line, card numbers masked. */
export function quoteFound(text: string): string {
  const shown = maskDigits(text).replace(/\s+/g, ' ').trim()
  if (shown === '') return 'nothing'
  return shown.length > LONGEST_QUOTE ? `${shown.slice(0, LONGEST_QUOTE)}…` : shown
}
