/**
 * Histograms whose buckets grow by a constant ratio, so that a quantile that is read from them is off by a known fraction of itself at most, and so
 * that histograms are merged by adding their counts: the DDSketch of Masson, Rim and Lee ("DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
 * Relative-Error Guarantees", PVLDB 12(12), 2019). Bucket 0 holds what is below 1; bucket i > 0 holds what is in (γ^(i-2), γ^(i-1)].
 * Values are whole, so a month of milliseconds needs some 430 buckets, and what is alike needs a few.
 */
export const RELATIVE_ERROR = 0.025
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)

/** Bucket → how many. */
export type Histogram = ReadonlyMap<number, number>

/** The bucket of an SQL expression; `null` for null. The only other place that knows the buckets is `bucketOf`. */
export const bucketSql = (value: string): string =>
  `case when ${value} < 1 then 0 when ${value} >= 1 then 1 + ceil(ln(${value}::float8) / ${LOG_GAMMA})::int end`

export const bucketOf = (value: number): number => (value < 1 ? 0 : 1 + Math.ceil(Math.log(value) / LOG_GAMMA))

/** What stands for every value of a bucket: at most `RELATIVE_ERROR` of it away from any of them. */
const valueOfBucket = (bucket: number): number => (bucket <= 0 ? 0 : (2 * GAMMA ** (bucket - 1)) / (GAMMA + 1))

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const merged = new Map<number, number>()
  for (const histogram of histograms) for (const [bucket, count] of histogram) merged.set(bucket, (merged.get(bucket) ?? 0) + count)
  return merged
}

/** From jsonb, whose keys are texts. */
export const parseHistogram = (counts: Readonly<Record<string, number>> | null): Histogram =>
  new Map(Object.entries(counts ?? {}).map(([bucket, count]) => [Number(bucket), count]))

/** The value that a share (0 to 1) of the values does not pass (lower nearest rank: of n values that of rank ⌊share × (n - 1)⌋ + 1); `null` when there are none. */
export function quantileOf(histogram: Histogram, share: number): number | null {
  const buckets = [...histogram].toSorted(([left], [right]) => left - right)
  const count = buckets.reduce((sum, [, some]) => sum + some, 0)
  const rank = Math.floor(share * (count - 1))
  let passed = 0
  for (const [bucket, some] of buckets) {
    passed += some
    if (passed > rank) return valueOfBucket(bucket)
  }
  return null
}

export const countOf = (histogram: Histogram): number => [...histogram.values()].reduce((sum, count) => sum + count, 0)
