const marked = new WeakSet()

/**
 * Marks a value whose shown form depends on nobody: whoever may be given it sees the same of it. One execution and one encoding then serve
 * all who ask for it in the same words, whoever they are. Never mark what some may see more of than others.
 */
export function markSameForAll<Value extends object>(value: Value): Value {
  marked.add(value)
  return value
}

export const isSameForAll = (value: unknown): boolean => typeof value === 'object' && value !== null && marked.has(value)
