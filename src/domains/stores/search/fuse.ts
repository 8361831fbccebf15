import type { SearchHitRecord } from './search-index.ts'

/** The usual constant of reciprocal rank fusion: how little the first places differ. */
const DAMPING = 60

/** One list of two, by the ranks that a hit has in them; 1 is the first of both. */
export function fuse(...lists: readonly (readonly SearchHitRecord[])[]): readonly SearchHitRecord[] {
  const fused = new Map<string, SearchHitRecord>()
  for (const list of lists) {
    for (const [index, hit] of list.entries()) {
      const share = (DAMPING + 1) / (DAMPING + 1 + index) / lists.length
      const known = fused.get(hit.productId)
      fused.set(hit.productId, known ? { ...known, score: known.score + share } : { ...hit, score: share })
    }
  }
  return [...fused.values()].toSorted((left, right) => right.score - left.score || (left.productId < right.productId ? -1 : 1))
}
