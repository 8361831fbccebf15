/** How many letters must be inserted, left out, replaced, or swapped with their neighbour to make one word of the other. */
export function editDistance(left: string, right: string): number {
  let before: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      const least = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1))
      current.push(swapped ? Math.min(least, (before[column - 2] ?? 0) + 1) : least)
    }
    before = previous
    previous = current
  }
  return previous[right.length] ?? 0
}

/** How many slips are forgiven: none in words so short that one makes another word of them. */
export const forgiven = (word: string): number => (word.length < 3 || /\d/.test(word) ? 0 : word.length < 6 ? 1 : 2)
