import { newUuid } from '../../../src/base/ids.ts'
import type { Json } from '../../../src/base/json.ts'
import type { Database } from '../../../src/database/database.ts'
import type { ImportServices } from '../../../src/domains/imports/services.ts'
import type { OperationServices, ProgressReport, Run, StepRun } from '../../../src/engine/run.ts'

/**
 * What the engine keeps of an operation, in memory, and runs on it that can be cut off at a commit. For tests of the steps alone: thousands of
 * cut-offs would take the engine itself too long. The import through the real engine has tests of its own.
 */
export class FakeOperation {
  readonly id = newUuid()
  readonly reports: ProgressReport[] = []
  readonly positions = new Map<string, Json>()
  readonly results = new Map<string, Json>()

  /** A run of the operation; `cutAfter` commits it stops as if the process had died right after the commit. */
  run<Input, Name extends string>(params: FakeRunParams<Input>): Run<Input, Name> {
    const { database, services } = params
    let commits = 0
    const stepRun = (name: string): StepRun => ({
      signal: new AbortController().signal,
      position: this.positions.get(name),
      commit: async (position, work) => {
        const value = await database.transaction(work)
        this.positions.set(name, JSON.parse(JSON.stringify(position)) as Json)
        commits += 1
        if (commits === params.cutAfter) throw new CutOffError()
        return value
      },
      checkpoint: (position) => Promise.resolve(void this.positions.set(name, position)),
      items: () => Promise.reject(new Error('not used')),
      message: () => {},
    })
    return {
      id: this.id,
      input: params.input,
      ownerId: params.ownerId,
      tenantId: null,
      createdBy: { kind: 'user', id: params.ownerId },
      attempt: 1,
      signal: new AbortController().signal,
      services: { imports: services } as OperationServices,
      step: async (name, work) => {
        if (this.results.has(name)) return this.results.get(name) as never
        const result = await work(stepRun(name))
        this.results.set(name, result ?? null)
        return result
      },
      report: (progress) => void this.reports.push(progress),
      advance: () => {},
      forget: () => {
        this.positions.clear()
        this.results.clear()
        return Promise.resolve()
      },
      transaction: (work) => database.transaction(work),
    }
  }
}

export interface FakeRunParams<Input> {
  readonly input: Input
  readonly ownerId: string
  readonly database: Database
  readonly services: ImportServices
  readonly cutAfter?: number
}

export class CutOffError extends Error {}
