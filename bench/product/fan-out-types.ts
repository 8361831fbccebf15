import { z } from 'zod'
import { defineOperation, type OperationDefinition } from '../../src/engine/definition.ts'
import { markOf } from './fan-out-messages.ts'

/** The user that owns the topic of this number. */
export const ownerOf = (topic: number): string => `user-${topic}`

export const FAN_OUT_TYPES = { items: 'FAN_OUT_ITEMS', progress: 'FAN_OUT_PROGRESS' } as const

/** Hands numbers to handlers, which wait for them. */
export class Ticks {
  readonly #numbers = new Map<string, number[]>()
  readonly #wakes = new Map<string, (number: number) => void>()
  #onWait: (() => void) | undefined

  next(id: string): Promise<number> {
    const number = this.#numbers.get(id)?.shift()
    if (number !== undefined) return Promise.resolve(number)
    return new Promise((resolve) => {
      this.#wakes.set(id, resolve)
      this.#onWait?.()
    })
  }

  give(id: string, number: number): void {
    const wake = this.#wakes.get(id)
    this.#wakes.delete(id)
    if (wake) wake(number)
    else this.#numbers.set(id, [...(this.#numbers.get(id) ?? []), number])
  }

  /** Resolves when all of these wait. */
  waiting(ids: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#onWait = () => {
        if (!ids.every((id) => this.#wakes.has(id))) return
        this.#onWait = undefined
        resolve()
      }
      this.#onWait()
    })
  }
}

/** More than a run can settle. */
const ITEMS = Array.from({ length: 2_000 }, (_, index) => index)

export function fanOutDefinitions(ticks: Ticks): readonly OperationDefinition[] {
  const shared = {
    title: 'Benchmark',
    description: 'Work that is watched by many.',
    priority: 'medium',
    estimate: '1m',
    timeout: '10m',
    input: z.object({}),
    result: z.object({}),
    steps: { work: 'Work' },
    startableBy: ['SERVICE'],
  } as const
  return [
    defineOperation({
      ...shared,
      type: FAN_OUT_TYPES.items,
      run: async (run) => {
        await run.step('work', async (step) => {
          await step.items(ITEMS, { key: String }, async () => {
            const number = await ticks.next(run.id)
            return { data: { note: markOf(number) } }
          })
        })
        return {}
      },
    }),
    defineOperation({
      ...shared,
      type: FAN_OUT_TYPES.progress,
      run: async (run) => {
        await run.step('work', async (step) => {
          while (!step.signal.aborted) {
            const number = await ticks.next(run.id)
            run.report({ succeeded: number, message: markOf(number) })
          }
        })
        return {}
      },
    }),
  ]
}
