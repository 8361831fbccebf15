import type { Case, Contestant } from './cases.ts'
import type { Machine } from './machine.ts'
import type { Figures } from './measure.ts'

export interface Measured {
  readonly case: Case
  readonly results: ReadonlyMap<Contestant, readonly Figures[]>
}

/** The median run of each contestant, and the share of the first one's figure. */
export function toMarkdown(machine: Machine, measured: readonly Measured[]): string {
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`)
  const head = `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Node ${machine.node}, PostgreSQL ${machine.postgres} (${settings.join(', ')}), ${machine.at}, load before ${machine.loadBefore}`
  return [head, ...measured.map(tableOf)].join('\n\n')
}

function tableOf({ case: one, results }: Measured): string {
  const rows = one.contestants.map((contestant) => {
    const runs = results.get(contestant) ?? []
    const median = medianRun(runs, one.figures[0]?.key ?? '')
    return [contestant.name, ...one.figures.map((figure) => shown(median?.[figure.key], figure.digits)), String(runs.length)]
  })
  const head = ['', ...one.figures.map((figure) => figure.label), 'runs']
  return [`**${one.title}** (${one.unit})`, '', line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function shown(value: number | readonly number[] | undefined, digits: number): string {
  if (value === undefined) return '–'
  if (typeof value !== 'number') return value.map((part) => shown(part, digits)).join(' ')
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function medianRun(runs: readonly Figures[], key: string): Figures | undefined {
  const sorted = runs.toSorted((left, right) => Number(left[key]) - Number(right[key]))
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

/** Everything that was measured, for machines. */
export function toJson(machine: Machine, measured: readonly Measured[]): string {
  const cases = measured.map(({ case: one, results }) => ({
    name: one.name,
    title: one.title,
    unit: one.unit,
    contestants: one.contestants.map((contestant) => ({ name: contestant.name, params: contestant.params, runs: results.get(contestant) ?? [] })),
  }))
  return JSON.stringify({ machine, cases }, null, 2)
}
