/** What an administrator edits: rows whose description fits the pattern get the category. */
export interface CategoryRule {
  readonly id: string
  /** Text that the description contains, any case; `*` stands for anything between two texts. */
  readonly pattern: string
  readonly category: string
  /** Rules are tried in this order, equal ones in the order in which they were made; the first match wins. */
  readonly position: number
}

export interface CategoryMatcher {
  /** The category of the first rule that fits; null when none does. */
  categoryOf(description: string): string | null
}

export const LONGEST_PATTERN = 100
export const LONGEST_CATEGORY = 60
export const MOST_CATEGORY_RULES = 500

/** Rules ready for use. No regular expressions: a pattern is matched part by part from the left, in linear time whatever it is. */
export function createCategoryMatcher(rules: readonly CategoryRule[]): CategoryMatcher {
  const compiled = rules.map((rule) => ({ parts: patternParts(rule.pattern), category: rule.category })).filter((rule) => rule.parts.length > 0)
  return {
    categoryOf(description) {
      if (compiled.length === 0) return null
      const text = description.toLowerCase()
      return compiled.find((rule) => containsInOrder(text, rule.parts))?.category ?? null
    },
  }
}

/** The texts between the stars of a pattern. */
export const patternParts = (pattern: string): readonly string[] =>
  pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function containsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}
