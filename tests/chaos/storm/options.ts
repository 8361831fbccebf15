import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

/** What can go wrong in a storm. `freeze`: an instance sleeps longer than its lease. `cut`: every connection to every instance is reset. */
export const FAULT_KINDS = ['kill', 'freeze', 'redis-kill', 'redis-freeze', 'postgres-restart', 'cut'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface StormOptions {
  /** Decides the order and the moments of the faults, and what is started. */
  readonly seed: number
  readonly operations: number
  readonly subscribers: number
  readonly instances: number
  /** Each kind as often as any other, give or take one. */
  readonly faults: number
  /** How long Redis stays frozen. */
  readonly freezeSeconds: number
  /** A storm that takes longer has failed. */
  readonly withinSeconds: number
  /** Instead of faults every instance is replaced, one after the other, as a deploy does. */
  readonly rolling: boolean
}

const DEFAULTS = { operations: 1_000, subscribers: 200, instances: 3, faults: 12, freezeSeconds: 10, withinSeconds: 300 }
type NumberName = Exclude<keyof StormOptions, 'rolling'>
const NAMES: Readonly<Record<NumberName, string>> = {
  seed: 'seed',
  operations: 'operations',
  subscribers: 'subscribers',
  instances: 'instances',
  faults: 'faults',
  freezeSeconds: 'freeze-seconds',
  withinSeconds: 'within-seconds',
}

/** Options as the command line gives them. Throws a `TypeError` that says what was expected. */
export function parseStormOptions(args: readonly string[]): StormOptions {
  const numbers = Object.fromEntries(Object.values(NAMES).map((name) => [name, { type: 'string' as const }]))
  const parsed = parseArgs({ args: [...args], options: { ...numbers, rolling: { type: 'boolean' } } })
  const values: Readonly<Record<string, string | boolean | undefined>> = parsed.values
  const numberOf = (name: NumberName, fallback: number, least: number): number => {
    const text = values[NAMES[name]]
    const value = text === undefined ? fallback : Number(text)
    if (!Number.isInteger(value) || value < least) throw new TypeError(`expected --${NAMES[name]} to be a whole number from ${least} on, got ${String(text)}`)
    return value
  }
  return {
    seed: numberOf('seed', randomInt(2 ** 31), 0),
    operations: numberOf('operations', DEFAULTS.operations, 1),
    subscribers: numberOf('subscribers', DEFAULTS.subscribers, 1),
    instances: numberOf('instances', DEFAULTS.instances, 1),
    faults: numberOf('faults', DEFAULTS.faults, 0),
    freezeSeconds: numberOf('freezeSeconds', DEFAULTS.freezeSeconds, 1),
    withinSeconds: numberOf('withinSeconds', DEFAULTS.withinSeconds, 1),
    rolling: values['rolling'] === true,
  }
}

/** The command that repeats a storm. */
export const rerunCommand = (options: StormOptions): string =>
  [
    'npm run chaos --',
    ...Object.entries(NAMES).map(([key, name]) => `--${name} ${options[key as NumberName]}`),
    ...(options.rolling ? ['--rolling'] : []),
  ].join(' ')
