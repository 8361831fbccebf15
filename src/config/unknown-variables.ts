import { VARIABLE_NAMES } from './variables.ts'

/** Variables that start like this are ours, so one that we don't know is a mistake. Others may belong to anybody. */
const OUR_PREFIXES = [
  'BATUTA_',
  'AUTH_',
  'DATABASE_',
  'REDIS_',
  'UPLOAD_',
  'WORKER_',
  'INSTANCE_',
  'LEASE_',
  'SANDBOX_',
  'ALLOWED_',
  'PAN_',
  'NOTIFICATION_',
  'ALERT_EMAIL_',
  'SEARCH_',
  'CHAT_',
  'EMBEDDINGS_',
  'WHATSAPP_',
]

/** One sentence for each variable that was probably meant for us but has no such name. */
export function unknownVariables(names: readonly string[]): readonly string[] {
  const problems: string[] = []
  for (const name of names) {
    if ((VARIABLE_NAMES as readonly string[]).includes(name)) continue
    const upper = name.toUpperCase()
    const nearest = nearestName(upper)
    const isNear = nearest.distance <= toleranceFor(nearest.name)
    if (!isNear && !OUR_PREFIXES.some((prefix) => upper.startsWith(prefix))) continue
    const hint = nearest.distance <= Math.max(toleranceFor(nearest.name), upper.length / 3) ? `; did you mean ${nearest.name}?` : '; see docs/configuration.md'
    problems.push(`unknown variable ${name}${hint}`)
  }
  return problems
}

/** Short names have many innocent neighbours. */
const toleranceFor = (name: string): number => (name.length <= 5 ? 1 : 2)

function nearestName(name: string): { readonly name: string; readonly distance: number } {
  let nearest = { name: '', distance: Number.POSITIVE_INFINITY }
  for (const known of VARIABLE_NAMES) {
    const distance = editDistance(name, known)
    if (distance < nearest.distance) nearest = { name: known, distance }
  }
  return nearest
}

/** Optimal string alignment: insertions, deletions, substitutions, and swaps of neighbours. */
export function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      let least = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (isSame ? 0 : 1))
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (isSwap) least = Math.min(least, (beforePrevious[column - 2] ?? 0) + 1)
      current.push(least)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.length] ?? 0
}
