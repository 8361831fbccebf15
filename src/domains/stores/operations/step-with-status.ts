import type { Json } from '../../../base/json.ts'
import type { Run, StepRun } from '../../../engine/run.ts'
import type { StoreStatus } from '../records.ts'
import { markStatus } from '../store/mark-status.ts'

/**
 * Runs a step that begins by saying what the store is in the middle of: a retry that skips the steps before it says so too. Not to be used for
 * the step that ends with another status: a run that goes on after that one was finished must not take it back.
 */
export const stepWithStatus =
  <Name extends string>(run: Run<{ readonly storeId: string }, Name>, status: StoreStatus) =>
  <Value extends Json | void>(name: Name, work: (step: StepRun) => Promise<Value>): Promise<Value> =>
    run.step(name, async (step) => {
      await run.transaction((transaction) => markStatus(transaction, run.input.storeId, status))
      return work(step)
    })
