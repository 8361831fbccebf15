import { randomInt } from 'node:crypto'

/** Random numbers that a failed test can repeat: `CHAOS_SEED=<the printed seed> npm test -- tests/chaos`. */
export interface SeededRandom {
  readonly seed: number
  /** From 0 up to, without, 1. */
  next(): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
}

export function seededRandom(seed = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31))): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    // A linear congruential generator (Numerical Recipes): simple and good enough to pick moments. Its high bits are the good ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return { seed, next, between: (least, most) => least + Math.floor(next() * (most - least + 1)) }
}
