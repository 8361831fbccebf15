/** What the demo shows of an operation, as text. Pure. */
export interface ProgressShown {
  readonly state: string
  readonly done: number
  /** Null while unknown. */
  readonly total: number | null
  readonly percentage: number | null
  readonly unit: string
  readonly remainingSeconds: number | null
}

const counted = new Intl.NumberFormat('en-US')
const BAR_CELLS = 30
const FULL = '█'
const EMPTY = '░'
const ENDED = ['COMPLETED', 'FAILED', 'CANCELED']

/** `4,200 of 18,000 rows · 23 % · about 3 s left`; what is unknown is left out. */
export function progressText(progress: ProgressShown): string {
  const { done, total, unit, percentage } = progress
  const amount = total === null ? `${counted.format(done)} ${unit}` : `${counted.format(done)} of ${counted.format(total)} ${unit}`
  const share = percentage === null ? [] : [`${Math.floor(percentage)} %`]
  return [amount, ...share, ...pace(progress)].join(' · ')
}

function pace({ state, remainingSeconds }: ProgressShown): readonly string[] {
  if (state !== 'RUNNING') return [state.toLowerCase()]
  return remainingSeconds === null ? [] : [`about ${durationText(remainingSeconds)} left`]
}

/** Rounded as people say it: `40 s`, `3 min`, `2 h`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}

/** The bar with its text, cut to the width of the terminal, because a line that wraps can't be drawn over. */
export function progressLine(progress: ProgressShown, columns: number): string {
  const full = Math.floor(((progress.percentage ?? 0) / 100) * BAR_CELLS)
  const line = `  ${FULL.repeat(full)}${EMPTY.repeat(BAR_CELLS - full)}  ${progressText(progress)}`
  return line.slice(0, Math.max(1, columns - 1))
}

/** Whether a log that gets a line only now and then should say it: a new state, or `step` percent more. */
export function isWorthALine(shown: ProgressShown | undefined, next: ProgressShown, step: number): boolean {
  if (shown === undefined || shown.state !== next.state) return true
  const before = Math.floor((shown.percentage ?? 0) / step)
  return Math.floor((next.percentage ?? 0) / step) > before && !ENDED.includes(next.state)
}
