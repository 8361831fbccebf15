/** A driver is one process that measures one thing: parameters come as JSON in the first argument, figures go as JSON to standard output. */
export const readParams = <Params>(): Params => JSON.parse(process.argv[2] ?? '{}') as Params

/** Ends the process: what a drained queue still holds is of no interest. */
export function answer(figures: Readonly<Record<string, number | readonly number[]>>): never {
  console.log(JSON.stringify(figures))
  process.exit(0)
}

/** The value below which a share (0 to 1) of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
