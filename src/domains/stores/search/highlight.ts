import { spanishForm, toWords } from './question.ts'

const LONGEST = 240
const BEFORE = 60

/** A text cut around its first hit, with what was found between « and »; plain text, which may hold anything that the shop wrote. `found`: words as `search_text` has them. */
export function highlight(title: string, description: string, found: ReadonlySet<string>): string {
  const passage = cut(description.replace(/\s+/g, ' ').trim(), found)
  return [mark(title, found), mark(passage, found)].filter((part) => part !== '').join(' — ')
}

const isFound = (word: string, found: ReadonlySet<string>): boolean => toWords(word).some((folded) => found.has(folded) || found.has(spanishForm(folded)))

function mark(text: string, found: ReadonlySet<string>): string {
  // Of one that is not ours, a reader could not tell.
  return text.replace(/[«»]/g, '"').replace(/[\p{L}\p{M}]+|\p{N}+/gu, (word) => (isFound(word, found) ? `«${word}»` : word))
}

function cut(text: string, found: ReadonlySet<string>): string {
  if (text.length <= LONGEST) return text
  const hit = [...text.matchAll(/[\p{L}\p{M}]+|\p{N}+/gu)].find(([word]) => isFound(word, found))?.index ?? 0
  const from = hit > BEFORE ? text.indexOf(' ', hit - BEFORE) + 1 : 0
  const end = text.lastIndexOf(' ', from + LONGEST)
  return `${from > 0 ? '… ' : ''}${text.slice(from, end > from ? end : from + LONGEST)}${from + LONGEST < text.length ? ' …' : ''}`
}
