import { createHash } from 'node:crypto'

/** Plain JSON values, and the few questions that we ask about them. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** JSON text with keys in one order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (value instanceof Date) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(',')}]`
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  entries.sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`
}

/** A short fingerprint of a value, equal for equal values. */
export const fingerprint = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 32)

/** Deepest nesting of arrays and objects; iterative, so that hostile input can't overflow the stack. */
export function jsonDepth(value: unknown, limit = Number.POSITIVE_INFINITY): number {
  let deepest = 0
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.value === null || typeof next.value !== 'object') continue
    const depth = next.depth + 1
    if (depth > deepest) deepest = depth
    if (deepest > limit) return deepest
    for (const child of Object.values(next.value)) open.push({ value: child, depth })
  }
  return deepest
}
