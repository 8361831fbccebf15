import { lifecycle, OPERATION_STATES, type Outcome, TERMINAL_STATES, TRIGGERS, type Trigger, type Variant } from '../src/engine/lifecycle.ts'

/** The lifecycle table as people read it: Markdown and Mermaid, printed from the table that the statements use. */

const cell = (outcome: Outcome): string => {
  if (outcome === 'refused') return 'refused'
  if (outcome === 'ignored') return '–'
  return `**${outcome.to}** ${outcome.event === null ? '(no event)' : `(\`${outcome.event}\`)`}`
}

const BY_USERS: readonly Trigger[] = ['pause', 'resume', 'cancel', 'retry']
const BY_WORKERS = TRIGGERS.filter((trigger) => !BY_USERS.includes(trigger))

const part = (variant: Variant, triggers: readonly Trigger[]): string => {
  const table = lifecycle(variant)
  const rows = OPERATION_STATES.map((state) => `| ${state} | ${triggers.map((trigger) => cell(table[state][trigger])).join(' | ')} |`)
  return [`| state | ${triggers.join(' | ')} |`, `| --- |${' --- |'.repeat(triggers.length)}`, ...rows].join('\n')
}

/** Two tables, because twelve columns fit no page: what users and services ask for, then what workers and the scheduler find. */
export const lifecycleTables = (variant: Variant): string => [part(variant, BY_USERS), '', part(variant, BY_WORKERS)].join('\n')

/** Cells of a variant that differ from the plain one. */
export function lifecycleDifferences(variant: Variant): string {
  const [plain, other] = [lifecycle('plain'), lifecycle(variant)]
  const rows = OPERATION_STATES.flatMap((state) =>
    TRIGGERS.filter((trigger) => cell(plain[state][trigger]) !== cell(other[state][trigger])).map(
      (trigger) => `| ${state} | ${trigger} | ${cell(plain[state][trigger])} | ${cell(other[state][trigger])} |`,
    ),
  )
  return ['| state | trigger | plain | here |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** A Mermaid state diagram of the plain variant: one arrow for each pair of states, with all that leads along it. */
export function lifecycleDiagram(): string {
  const table = lifecycle('plain')
  const arrows = OPERATION_STATES.flatMap((from) => {
    const byTarget = new Map<string, Trigger[]>()
    for (const trigger of TRIGGERS) {
      const outcome = table[from][trigger]
      if (typeof outcome !== 'string' && outcome.to !== from) byTarget.set(outcome.to, [...(byTarget.get(outcome.to) ?? []), trigger])
    }
    return [...byTarget].map(([to, triggers]) => `  ${from} --> ${to}: ${triggers.join(', ')}`)
  })
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> queued', ...arrows, ...TERMINAL_STATES.map((state) => `  ${state} --> [*]`), '```'].join('\n')
}
