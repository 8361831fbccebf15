import type { Clock } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { OperationDefinition } from '../definition.ts'
import { InterruptionError, type InterruptionKind, LeaseLostError } from '../interruption.ts'
import { doneOf } from '../progress.ts'
import { ProgressTracker } from '../progress-tracker.ts'
import type { ProgressRecord } from '../records.ts'
import type { ItemContext, ItemCounts, ItemOptions, ItemOutcome, OperationServices, ProgressReport, Run, StepRun } from '../run.ts'
import type { ClaimedRow } from '../store/claim-operations.ts'
import { forgetWork, ownsOperation, storePosition } from '../store/commit-position.ts'
import { type RunState, readRunState } from '../store/read-run-state.ts'
import type { RunWrite, WrittenRow } from '../store/write-runs.ts'
import type { Writer } from '../store/writer.ts'
import { workThroughItems } from './work-through-items.ts'

export interface SessionParams {
  readonly claimed: Pick<ClaimedRow, 'id' | 'type' | 'input' | 'owner_id' | 'tenant_id' | 'created_by' | 'attempt' | 'lease_token' | 'claims'>
  readonly definition: OperationDefinition
  readonly database: Database
  readonly writer: Writer
  readonly clock: Clock
  readonly services: OperationServices
  /** Called when figures changed, so that they get shown and stored. */
  readonly onProgress: (session: RunSession) => void
  /** Number of the last write of this lease, where a session follows another (clean-up). */
  readonly writeNo?: number
}

const EMPTY_STATE: RunState = { steps: new Map(), progress: undefined }

/** One run of one operation on this instance: what the handler calls (`Run`), and how the executor reaches into it. */
export class RunSession implements Run<never, string> {
  readonly #params: SessionParams
  #state: RunState = EMPTY_STATE
  #tracker: ProgressTracker | undefined
  #controller: AbortController | undefined
  #interruption: InterruptionKind | undefined
  /** Fenced off inside this process: the handler may still run, but its calls are refused. */
  #dead = false
  #writeNo: number
  /** The step that runs, for failures. */
  currentStep: string | undefined

  constructor(params: SessionParams) {
    this.#params = params
    this.#writeNo = params.writeNo ?? 0
  }

  get id(): string {
    return this.#params.claimed.id
  }
  get token(): number {
    return this.#params.claimed.lease_token
  }
  get type(): string {
    return this.#params.claimed.type
  }
  get input(): never {
    return this.#params.claimed.input as never
  }
  get ownerId(): string {
    return this.#params.claimed.owner_id
  }
  get tenantId(): string | null {
    return this.#params.claimed.tenant_id
  }
  get createdBy() {
    return this.#params.claimed.created_by
  }
  get attempt(): number {
    return this.#params.claimed.attempt
  }
  get services(): OperationServices {
    return this.#params.services
  }
  get interruption(): InterruptionKind | undefined {
    return this.#interruption
  }
  get writeNo(): number {
    return this.#writeNo
  }
  /** Made on demand: a handler that never looks at it pays nothing. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#dead || (this.#interruption !== undefined && this.#interruption !== 'pause'))
        this.#controller.abort(new InterruptionError(this.#interruption ?? 'leaseLost'))
    }
    return this.#controller.signal
  }
  get tracker(): ProgressTracker | undefined {
    return this.#tracker
  }

  /** Reads what earlier runs left; needed only when there were any. */
  async load(): Promise<void> {
    if (this.#params.claimed.claims <= 1) return
    this.#state = await readRunState(this.#params.database, this.id)
    if (this.#state.progress) this.#tracker = new ProgressTracker(this.#params.clock, this.#params.definition.unit, this.#state.progress)
  }

  /** Appends a milestone to the log, without holding the handler up. A run that ends meanwhile needs none. */
  announce(percentage: number, figures: ProgressRecord): void {
    this.#write({ event: { type: 'milestone', data: { percentage, done: doneOf(figures), total: figures.total } } }).catch(() => undefined)
  }

  /** Asks the run to end at its next boundary; the first reason stands, except that a cancel overrules a pause and a lost lease everything. */
  interrupt(kind: InterruptionKind): void {
    if (this.#interruption === undefined || kind === 'leaseLost' || (kind === 'cancel' && this.#interruption === 'pause')) this.#interruption = kind
  }

  /** Aborts the handler's signal. */
  abort(): void {
    this.#controller?.abort(new InterruptionError(this.#interruption ?? 'leaseLost'))
  }

  /** Refuses all further calls of the handler. */
  kill(): void {
    this.#dead = true
    this.abort()
  }

  // --- what handlers call ---

  async step<Value extends Json | void>(name: string, work: (step: StepRun) => Promise<Value>): Promise<Value> {
    this.#boundary()
    if (!this.#params.definition.steps.some((step) => step.name === name)) {
      throw new Error(`operation ${this.type} has no step ${JSON.stringify(name)}; declare it in its definition's steps`)
    }
    const known = this.#state.steps.get(name)
    if (known?.state === 'completed') return known.result as Value
    const startedAt = this.#params.clock.monotonic()
    this.currentStep = name
    await this.#write({ step: { name, state: 'running' }, event: { type: 'step_started', data: { step: name } } })
    try {
      const value = await work(this.#stepRun(name, known?.position))
      this.#alive()
      const durationMs = Math.round(this.#params.clock.monotonic() - startedAt)
      await this.#write({
        step: { name, state: 'completed', result: value ?? null },
        event: { type: 'step_completed', data: { step: name, durationMs } },
      })
      this.currentStep = undefined
      this.#boundary()
      return value
    } catch (error) {
      if (!this.#dead && this.#interruption === undefined && !(error instanceof LeaseLostError)) {
        await this.#write({ step: { name, state: 'failed' }, event: { type: 'step_failed', data: { step: name } } })
      }
      throw error
    }
  }

  report(progress: ProgressReport): void {
    this.#tracking().report(progress)
    this.#params.onProgress(this)
  }

  advance(counts: { readonly succeeded?: number; readonly failed?: number; readonly skipped?: number; readonly message?: string }): void {
    this.#tracking().advance(counts)
    this.#params.onProgress(this)
  }

  forget(transaction: Transaction): Promise<void> {
    return forgetWork(transaction, this.id)
  }

  async transaction<Value>(work: (transaction: Transaction) => Promise<Value>): Promise<Value> {
    this.#alive()
    return this.#params.database.transaction(async (transaction) => {
      const value = await work(transaction)
      this.#alive()
      if (!(await ownsOperation(transaction, { id: this.id, token: this.token }))) throw this.#lost()
      return value
    })
  }

  // --- steps ---

  #stepRun(name: string, position: Json | undefined): StepRun {
    let current = position
    const signal = () => this.signal
    return {
      get signal() {
        return signal()
      },
      get position() {
        return current
      },
      commit: async (next, work) => {
        const value = await this.#commit(name, next, work)
        current = next
        return value
      },
      checkpoint: async (next) => {
        // Stored whatever was asked for meanwhile: the work that leads to it is done, and nobody should have to do it again.
        await this.#write({ step: { name, state: 'running', checkpoint: next } })
        current = next
        this.#boundary()
      },
      items: (list, options, work) => this.#items(name, list, options, work),
      message: (text) => this.report({ message: text }),
    }
  }

  async #commit<Value>(step: string, position: Json, work: (transaction: Transaction) => Promise<Value>): Promise<Value> {
    this.#boundary()
    return this.#params.database.transaction(async (transaction) => {
      const value = await work(transaction)
      this.#alive()
      if (!(await storePosition(transaction, { id: this.id, token: this.token, step, position }))) throw this.#lost()
      return value
    })
  }

  #items<Item>(
    step: string,
    list: readonly Item[],
    options: ItemOptions<Item>,
    work: (item: Item, context: ItemContext) => Promise<ItemOutcome>,
  ): Promise<ItemCounts> {
    return workThroughItems({
      session: this,
      step,
      list,
      options,
      work,
      database: this.#params.database,
      boundary: () => this.#boundary(),
      write: async (write) => {
        this.#alive()
        const row = await this.#params.writer.writeItem({ ...write, id: this.id, token: this.token, step })
        if (!row.owned) throw this.#lost()
      },
      lost: () => this.#lost(),
    })
  }

  async #write(write: Omit<RunWrite, 'id' | 'token' | 'writeNo'>): Promise<WrittenRow> {
    this.#alive()
    this.#writeNo += 1
    const row = await this.#params.writer.write({ ...write, id: this.id, token: this.token, writeNo: this.#writeNo })
    if (!row.owned) throw this.#lost()
    return row
  }

  #tracking(): ProgressTracker {
    this.#alive()
    this.#tracker ??= new ProgressTracker(this.#params.clock, this.#params.definition.unit, undefined)
    return this.#tracker
  }

  #lost(): LeaseLostError {
    this.interrupt('leaseLost')
    this.kill()
    return new LeaseLostError()
  }

  #alive(): void {
    if (this.#dead) throw new LeaseLostError()
  }

  #boundary(): void {
    this.#alive()
    if (this.#interruption !== undefined) throw new InterruptionError(this.#interruption)
  }
}

/** A run as its definition types it; the registry has erased the types. */
export const asRun = (session: RunSession): Run<never, never> => session
