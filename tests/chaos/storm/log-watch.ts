import { systemClock } from '../../../src/base/clock.ts'
import { isConnectionError } from '../../../src/database/errors.ts'

/** Facts that instances tell of in a storm, at `warn` or louder: what was away, and what they did about it. */
const STORMY_FACTS = new Set(['bus.lost', 'bus.connection.failed', 'operations.rescued', 'lease.lost', 'instance.lost'])
/** Facts that carry an error: PostgreSQL was away. Any other error is a mistake of ours. */
const FAILURES = new Set(['failure.contained', 'handler.failed'])
const ON_PURPOSE = /^The exercise fails at item \d+/
const HELD_WITHIN_MS = 10_000

interface LoggedError {
  readonly message?: string
  readonly code?: string
  readonly name?: string
  readonly cause?: LoggedError
}

interface Line {
  readonly fact?: string
  readonly where?: string
  readonly error?: LoggedError
}

/** Reads what instances write, as it comes. */
export class LogWatch {
  /** How often each fact was told; `failure.contained` with its place and what went wrong. */
  readonly facts = new Map<string, number>()
  readonly #violate: (text: string) => void
  readonly #partial = new Map<string, string>()
  readonly #asked = new Map<string, (counts: Readonly<Record<string, number>>) => void>()

  constructor(violate: (text: string) => void) {
    this.#violate = violate
  }

  /** A new process writes under this name: what the last one left unfinished is not its own. */
  begin(name: string): void {
    this.#partial.delete(name)
  }

  read(name: string, text: string): void {
    const lines = ((this.#partial.get(name) ?? '') + text).split('\n')
    this.#partial.set(name, lines.pop() ?? '')
    for (const line of lines) this.#take(name, line)
  }

  /** What the process holds for subscribers, in its own words. */
  async ask(name: string, pid: number): Promise<Readonly<Record<string, number>>> {
    const answered = Promise.withResolvers<Readonly<Record<string, number>>>()
    this.#asked.set(name, answered.resolve)
    const cancel = systemClock.after(HELD_WITHIN_MS, () => answered.reject(new Error(`${name} does not say what it holds`)))
    process.kill(pid, 'SIGWINCH')
    try {
      return await answered.promise
    } finally {
      cancel()
      this.#asked.delete(name)
    }
  }

  #take(name: string, line: string): void {
    if (line === '' || line.startsWith('batuta ready ')) return
    if (line.startsWith('holds ')) this.#asked.get(name)?.(JSON.parse(line.slice('holds '.length)) as Record<string, number>)
    else if (!this.#isExpected(line)) this.#violate(`${name} wrote ${line.slice(0, 1_500)}`)
  }

  #isExpected(line: string): boolean {
    const { fact, where, error } = parseLine(line) ?? {}
    if (!fact) return false
    const key = [fact, where, error?.code ?? error?.name].filter(Boolean).join(' ')
    this.facts.set(key, (this.facts.get(key) ?? 0) + 1)
    return STORMY_FACTS.has(fact) || (FAILURES.has(fact) && (isOutage(error) || ON_PURPOSE.test(error?.message ?? '')))
  }
}

function isOutage(error: LoggedError | undefined): boolean {
  if (!error) return false
  const { code, message, cause } = error
  return code === 'UNAVAILABLE' || isConnectionError(Object.assign(new Error(message), code === undefined ? {} : { code })) || isOutage(cause)
}

function parseLine(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line
  } catch {
    return undefined
  }
}
