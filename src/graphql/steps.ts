import type { OperationDefinition } from '../engine/definition.ts'
import type { OperationRecord, StepRecord } from '../engine/records.ts'

/** A step as the API shows it: its title, and where it stands even if it was never started. */
export interface StepView extends StepRecord {
  readonly title: string
  readonly durationMs: number | null
}

/** The definition's steps in their order, then those that only the records know (an older definition's, or another service's). */
export function stepsOf(record: OperationRecord, definition: OperationDefinition | undefined): readonly StepView[] {
  const records = new Map(record.steps.map((step) => [step.name, step]))
  const known = (definition?.steps ?? []).map(({ name, title }) => viewOf(records.get(name) ?? notStarted(name), title))
  const names = new Set(known.map((step) => step.name))
  return [...known, ...record.steps.filter((step) => !names.has(step.name)).map((step) => viewOf(step, step.name))]
}

const notStarted = (name: string): StepRecord => ({ name, state: 'pending', startedAt: null, finishedAt: null, message: null })

const viewOf = (step: StepRecord, title: string): StepView => ({
  ...step,
  title,
  durationMs: step.startedAt && step.finishedAt ? step.finishedAt.getTime() - step.startedAt.getTime() : null,
})
