/**
 * Chance that follows from its parts alone, so that a shop with 50,000 products keeps none of them: each is made anew, and the same, when it is asked for.
 * A number in [0, 1).
 */
export function chance(...parts: readonly number[]): number {
  let hash = 0x2545f491
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  return (hash >>> 0) / 2 ** 32
}

/** A whole number from 0 to below `below`. */
export const chosen = (below: number, ...parts: readonly number[]): number => Math.floor(chance(...parts) * below)

export const pick = <Item>(items: readonly Item[], ...parts: readonly number[]): Item => items[chosen(items.length, ...parts)] as Item

/** A seed that follows from a text. */
export function seedOf(text: string): number {
  let seed = 0
  for (const letter of text) seed = (Math.imul(seed, 31) + (letter.codePointAt(0) ?? 0)) | 0
  return seed
}
