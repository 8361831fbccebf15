import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { PermanentError } from '../../base/errors.ts'
import { defineOperation, type OperationDefinition } from '../../engine/definition.ts'
import type { StepRun } from '../../engine/run.ts'

/** Simulated work, named as such: it shows the life of an operation without touching anything. */
export const SANDBOX_TYPE = 'SANDBOX_EXERCISE'

/** A position is stored about this often, so that pause and cancel are quick and the database isn't busy with them. */
const CHECKPOINT_EVERY_MS = 200
/** Without a wait per item, this many items go between two positions. */
const CHECKPOINT_EVERY_ITEMS = 500

const input = z.object({
  items: z.int().min(1).max(100_000).default(100).describe('How many simulated items it works through.'),
  itemMs: z.int().min(0).max(5_000).default(50).describe('How long each item takes, milliseconds.'),
  failAt: z.int().min(1).max(100_000).optional().describe('The item at which it fails; absent: it does not fail.'),
  failAs: z
    .enum(['retryable', 'permanent'])
    .meta({ typeName: 'SandboxFailure', description: 'Whether the failure goes away by itself at the second attempt, or stays.' })
    .default('retryable'),
})

const result = z.object({
  items: z.int().describe('Simulated items that were worked through.'),
  sandbox: z.literal(true).describe('Always true: nothing real was done.'),
})

type Exercise = z.output<typeof input>

/** The definition of the sandbox exercise. `clock` is what the simulated work waits on. */
export const sandboxExercise = (clock: Clock): OperationDefinition =>
  defineOperation({
    type: SANDBOX_TYPE,
    title: 'Sandbox exercise',
    description: 'Simulated work that shows the life of an operation: progress, pause, resume, cancel, failure and retry. It changes nothing.',
    priority: 'low',
    estimate: '10s',
    timeout: '2h',
    input,
    result,
    steps: { prepare: 'Prepare', work: 'Work through the items', finish: 'Finish' },
    startableBy: ['USER', 'ADMIN', 'SERVICE'],
    retry: { attempts: 3 },
    retention: '1d',
    titleOf: (exercise) => `Sandbox exercise (${exercise.items} items)`,
    run: async (run) => {
      const { items } = run.input
      await run.step('prepare', async () => run.report({ total: items, succeeded: 0, unit: 'items', message: 'Simulated work' }))
      await run.step('work', (step) =>
        workThrough({ clock, step, exercise: run.input, attempt: run.attempt, onItem: (done) => run.report({ total: items, succeeded: done }) }),
      )
      await run.step('finish', async () => run.report({ message: 'Simulated work is finished' }))
      return { items, sandbox: true as const }
    },
  })

interface WorkParams {
  readonly clock: Clock
  readonly step: StepRun
  readonly exercise: Exercise
  readonly attempt: number
  readonly onItem: (done: number) => void
}

async function workThrough({ clock, step, exercise, attempt, onItem }: WorkParams): Promise<void> {
  const between = exercise.itemMs === 0 ? CHECKPOINT_EVERY_ITEMS : Math.max(1, Math.floor(CHECKPOINT_EVERY_MS / exercise.itemMs))
  for (let item = Number(step.position ?? 0) + 1; item <= exercise.items; item += 1) {
    if (item === exercise.failAt) failOnPurpose(exercise, attempt)
    if (exercise.itemMs > 0) await clock.sleep(exercise.itemMs, step.signal)
    step.signal.throwIfAborted()
    onItem(item)
    if (item % between === 0 || item === exercise.items) await step.checkpoint(item)
  }
}

function failOnPurpose(exercise: Exercise, attempt: number): void {
  if (exercise.failAs === 'permanent') throw new PermanentError('SANDBOX_FAILURE', `The exercise fails at item ${exercise.failAt}, as asked.`)
  if (attempt === 1) throw new Error(`The exercise fails at item ${exercise.failAt} in its first attempt, as asked.`)
}
