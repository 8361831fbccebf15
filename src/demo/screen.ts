import { isWorthALine, type ProgressShown, progressLine, progressText } from './progress-line.ts'

export interface ScreenParams {
  readonly write: (text: string) => void
  /** A terminal, where a line can be drawn over; else every line stays. */
  readonly isTerminal: boolean
  /** Width of the terminal at this moment. */
  readonly columns: () => number
}

const CLEAR_LINE = '\r\x1b[2K'
/** Without a terminal, a line for so many percent. */
const LINE_PER_PERCENT = 10

/** Lines that stay, and below them one bar that moves. */
export class Screen {
  readonly #params: ScreenParams
  #bar: ProgressShown | undefined

  constructor(params: ScreenParams) {
    this.#params = params
  }

  /** A line that stays. */
  say(text: string): void {
    const over = this.#params.isTerminal && this.#bar ? CLEAR_LINE : ''
    this.#params.write(`${over}${text}\n`)
    if (this.#params.isTerminal && this.#bar) this.#draw(this.#bar)
  }

  /** The bar as it is now. */
  show(progress: ProgressShown): void {
    const before = this.#bar
    this.#bar = progress
    if (this.#params.isTerminal) this.#draw(progress)
    else if (isWorthALine(before, progress, LINE_PER_PERCENT)) this.#params.write(`  ${progressText(progress)}\n`)
  }

  /** Leaves the bar where it is; what follows goes below it. */
  release(): void {
    if (this.#bar && this.#params.isTerminal) this.#params.write('\n')
    this.#bar = undefined
  }

  #draw(progress: ProgressShown): void {
    this.#params.write(`${CLEAR_LINE}${progressLine(progress, this.#params.columns())}`)
  }
}
