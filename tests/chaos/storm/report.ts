import { rerunCommand } from './options.ts'
import type { Recovery } from './recovery.ts'
import type { StormReport } from './storm.ts'

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1_000).toFixed(1))
const list = (counts: ReadonlyMap<string | number, number>): string =>
  [...counts]
    .toSorted(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} × ${count}`)
    .join(', ') || 'none'

/** What a storm came to, for people. */
export function renderReport(report: StormReport): string {
  const { options, violations, recoveries, rss } = report
  const rows = recoveries.map((recovery) => rowOf(recovery))
  const memory = rss.map(({ name, beganMiB, endedMiB, livedMs }) => `${name} ${beganMiB} → ${endedMiB} MiB in ${seconds(livedMs)} s`).join('; ')
  return [
    `seed ${options.seed}: ${report.operations} operations, ${options.subscribers} subscribers, ${options.instances} instances, ${report.delivered} events delivered in ${seconds(report.tookMs)} s`,
    '',
    ...table(['at s', 'fault', 'away s', 'next event s', 'at every instance s'], rows),
    '',
    `clients were told: ${list(report.codes)}`,
    `sockets were closed with: ${list(report.closes)}`,
    `instances logged: ${list(report.facts)}`,
    `memory (RSS): ${memory}`,
    `drained within: ${report.drains.map((ms) => `${seconds(ms)} s`).join(', ') || '-'}`,
    '',
    ...(violations.length === 0
      ? ['Nothing was lost, repeated or left behind.']
      : [`${violations.length} VIOLATIONS:`, ...violations.map((text) => `- ${text}`)]),
    `Again: ${rerunCommand(options)}`,
  ].join('\n')
}

const rowOf = ({ atMs, name, awayMs, firstMs, allMs }: Recovery): readonly string[] => [seconds(atMs), name, seconds(awayMs), seconds(firstMs), seconds(allMs)]

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)]
}
