import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { BatutaError, PermanentError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { isDataError } from '../../database/errors.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { CleanupOutcome, OperationDefinition } from '../definition.ts'
import { type InterruptionKind, LeaseLostError } from '../interruption.ts'
import type { Failure } from '../records.ts'
import type { Registry } from '../registry.ts'
import type { OperationServices } from '../run.ts'
import type { ClaimedRow } from '../store/claim-operations.ts'
import type { Settlement } from '../store/settle-operations.ts'
import type { Writer } from '../store/writer.ts'
import type { ProgressBoard } from './progress-board.ts'
import { asRun, RunSession } from './run-session.ts'

/** After its signal was aborted, a handler may take so long to end before it is fenced off. */
const ABORT_GRACE_MS = 2_000
const CLEANUP_TRIES = 3
const LONGEST_MESSAGE = 2_000

export interface ExecutorParams {
  readonly database: Database
  readonly registry: Registry
  readonly writer: Writer
  readonly board: ProgressBoard
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly services: OperationServices
  readonly slots: number
  /** Called whenever a slot became free. */
  readonly onFree: () => void
}

type Ending = Omit<Settlement, 'id' | 'token' | 'elapsedMs' | 'progress' | 'units'>

/** A run in a slot. */
interface Slot {
  session: RunSession
  /** Ends the run at once, whatever its handler does. */
  abandon: () => void
  readonly cancelTimers: (() => void)[]
}

/** Runs claimed operations in a bounded number of slots, and carries orders (pause, cancel, shutdown, lost lease) to them. */
export class Executor {
  readonly #params: ExecutorParams
  readonly #slots = new Map<string, Slot>()
  /** Ids that a direct start is about to insert; they hold a slot already. */
  readonly #reserved = new Set<string>()
  #idle: (() => void)[] = []
  /** While it drains: how long runs may take to reach a boundary. */
  #drainingMs: number | undefined

  constructor(params: ExecutorParams) {
    this.#params = params
  }

  get free(): number {
    return this.#params.slots - this.#slots.size - this.#reserved.size
  }

  get running(): number {
    return this.#slots.size
  }

  holds(id: string): boolean {
    return this.#slots.has(id) || this.#reserved.has(id)
  }

  reserve(id: string): boolean {
    if (this.free <= 0) return false
    this.#reserved.add(id)
    return true
  }

  unreserve(id: string): void {
    if (this.#reserved.delete(id)) this.#freed()
  }

  /** Starts a claimed operation; returns at once. */
  run(claimed: ClaimedRow): void {
    this.#reserved.delete(claimed.id)
    const definition = this.#params.registry.getOrThrow(claimed.type)
    const session = this.#session(claimed, definition, 0)
    const slot: Slot = { session, abandon: () => {}, cancelTimers: [] }
    this.#slots.set(claimed.id, slot)
    // A direct start that was under way when the drain began.
    if (this.#drainingMs !== undefined) this.#shutDown(slot, this.#drainingMs)
    void this.#occupy(claimed, definition, slot)
  }

  pause(id: string): void {
    const slot = this.#slots.get(id)
    if (!slot || slot.session.interruption !== undefined) return
    slot.session.interrupt('pause')
    const { pauseDeadlineMs } = this.#params.registry.getOrThrow(slot.session.type)
    this.#later(slot, pauseDeadlineMs, () => this.#abort(slot))
  }

  cancel(id: string): void {
    const slot = this.#slots.get(id)
    if (!slot || slot.session.interruption === 'cancel' || slot.session.interruption === 'leaseLost') return
    slot.session.interrupt('cancel')
    slot.session.abort()
    const { cancelDeadlineMs } = this.#params.registry.getOrThrow(slot.session.type)
    this.#later(slot, cancelDeadlineMs, () => slot.abandon())
  }

  /** Others own the runs now, or may soon: nothing of them may be written any more. */
  loseAll(): void {
    for (const slot of this.#slots.values()) {
      slot.session.interrupt('leaseLost')
      slot.session.kill()
      slot.abandon()
    }
  }

  /** Lets runs reach a boundary for `patienceMs`, then aborts them; resolves when all slots are empty. */
  async drain(patienceMs: number): Promise<void> {
    this.#drainingMs = patienceMs
    for (const slot of this.#slots.values()) this.#shutDown(slot, patienceMs)
    if (this.#slots.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Ends a drain: runs may begin again. */
  reopen(): void {
    this.#drainingMs = undefined
  }

  #shutDown(slot: Slot, patienceMs: number): void {
    slot.session.interrupt('shutdown')
    this.#later(slot, patienceMs, () => this.#abort(slot))
  }

  #session(claimed: ClaimedRow, definition: OperationDefinition, writeNo: number): RunSession {
    const { database, writer, clock, services, board } = this.#params
    return new RunSession({ claimed, definition, database, writer, clock, services, onProgress: (session) => board.touch(session), writeNo })
  }

  #later(slot: Slot, ms: number, work: () => void): void {
    slot.cancelTimers.push(this.#params.clock.after(ms, work))
  }

  #abort(slot: Slot): void {
    slot.session.abort()
    this.#later(slot, ABORT_GRACE_MS, () => slot.abandon())
  }

  async #occupy(claimed: ClaimedRow, definition: OperationDefinition, slot: Slot): Promise<void> {
    const startedAt = this.#params.clock.monotonic()
    try {
      const ending = await this.#perform(claimed, definition, slot)
      for (const cancelTimer of slot.cancelTimers) cancelTimer()
      if (ending) await this.#settle(claimed, slot, ending, this.#params.clock.monotonic() - startedAt)
      else this.#params.telemetry.emit('lease.lost', { type: claimed.type, operationId: claimed.id })
    } catch (error) {
      // What could not be settled stays ours until the reconciliation gives it back.
      this.#params.telemetry.emit('failure.contained', { where: 'engine.settle', error })
    } finally {
      slot.session.kill()
      this.#params.board.take(slot.session)
      this.#slots.delete(claimed.id)
      this.#freed()
    }
  }

  #freed(): void {
    this.#params.onFree()
    if (this.#slots.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** How the run ended; `undefined`: it no longer owns the operation. */
  async #perform(claimed: ClaimedRow, definition: OperationDefinition, slot: Slot): Promise<Ending | undefined> {
    if (claimed.state === 'canceling') return this.#cleanUp(claimed, slot, 'canceled', { trigger: 'stopped' })
    if (claimed.ending === 'failed') {
      const failure = (claimed.failure ?? undefined) as Failure | undefined
      return this.#cleanUp(claimed, slot, 'failed', { trigger: 'fail', ...(failure && { failure }) })
    }
    const ending = await this.#runHandler(claimed, definition, slot)
    if (!ending || !definition.cleanup) return ending
    if (slot.session.interruption === 'cancel' && ending.trigger !== 'complete') return this.#cleanUp(claimed, slot, 'canceled', ending)
    if (ending.trigger === 'fail') return this.#cleanUp(claimed, slot, 'failed', ending)
    return ending
  }

  async #runHandler(claimed: ClaimedRow, definition: OperationDefinition, slot: Slot): Promise<Ending | undefined> {
    const { session } = slot
    const abandoned = new Promise<'abandoned'>((resolve) => {
      slot.abandon = () => resolve('abandoned')
    })
    const left = Math.max(0, definition.timeoutMs - claimed.attempt_ms)
    this.#later(slot, left, () => {
      session.interrupt('timeout')
      this.#abort(slot)
    })
    try {
      const outcome = await Promise.race([this.#handle(definition, session), abandoned])
      if (outcome === 'abandoned') return this.#abandonedEnding(claimed, definition, session)
      return outcome
    } catch (error) {
      return this.#endingOf(error, claimed, definition, session)
    }
  }

  async #handle(definition: OperationDefinition, session: RunSession): Promise<Ending> {
    await session.load()
    const value = await definition.run?.(asRun(session))
    const parsed = definition.result.safeParse(value)
    if (!parsed.success)
      throw new PermanentError(
        'INVALID_RESULT',
        `the handler's result does not fit its definition: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      )
    return { trigger: 'complete', result: parsed.data as never }
  }

  #abandonedEnding(claimed: ClaimedRow, definition: OperationDefinition, session: RunSession): Ending | undefined {
    session.kill()
    const kind = session.interruption ?? 'leaseLost'
    this.#params.telemetry.emit('run.abandoned', { type: claimed.type, operationId: claimed.id, kind })
    return this.#interruptedEnding(kind, claimed, definition, session)
  }

  #endingOf(error: unknown, claimed: ClaimedRow, definition: OperationDefinition, session: RunSession): Ending | undefined {
    if (error instanceof LeaseLostError || session.interruption === 'leaseLost') return undefined
    if (session.interruption !== undefined) return this.#interruptedEnding(session.interruption, claimed, definition, session)
    return this.#failure(error, claimed, definition, session)
  }

  #interruptedEnding(kind: InterruptionKind, claimed: ClaimedRow, definition: OperationDefinition, session: RunSession): Ending | undefined {
    switch (kind) {
      case 'leaseLost':
        return undefined
      case 'pause':
        return { trigger: 'stopped', reason: { code: 'PAUSED', message: 'Paused; it goes on from here when resumed.' } }
      case 'cancel':
        return { trigger: 'stopped' }
      case 'shutdown':
        return {
          trigger: 'release',
          data: { reason: 'shutdown' },
          reason: { code: 'RESCUED', message: 'Its worker is restarting; it goes on from the last finished step.' },
        }
      case 'timeout':
        return this.#failure(new TimeoutError(definition.timeoutMs), claimed, definition, session)
    }
  }

  #failure(error: unknown, claimed: ClaimedRow, definition: OperationDefinition, session: RunSession): Ending {
    const permanent = error instanceof PermanentError
    const failures = claimed.failures + 1
    const willRetry = !permanent && failures < claimed.max_attempts
    const failure: Failure = {
      code: codeOf(error),
      message: publicMessage(error),
      retryable: !permanent,
      ...(session.currentStep !== undefined && { step: session.currentStep }),
      at: new Date(this.#params.clock.now()).toISOString(),
    }
    this.#params.telemetry.emit('handler.failed', { type: claimed.type, operationId: claimed.id, code: failure.code, willRetry, error })
    const data = { code: failure.code, message: failure.message, attempt: claimed.attempt, ...(failure.step !== undefined && { step: failure.step }) }
    if (!willRetry) return { trigger: 'fail', failure, data }
    const delayMs = backoffMs(definition.backoff, failures)
    const reason = { code: 'RETRYING', message: `Attempt ${claimed.attempt} of ${claimed.max_attempts} failed: ${failure.message}` }
    return { trigger: 'failForNow', failure, data: { ...data, delayMs }, delayMs, reason }
  }

  /** Runs the clean-up under the same lease, with a session of its own: the handler's may be aborted. A clean-up that keeps failing is given up. */
  async #cleanUp(claimed: ClaimedRow, slot: Slot, outcome: CleanupOutcome, ending: Ending): Promise<Ending | undefined> {
    const definition = this.#params.registry.getOrThrow(claimed.type)
    const previous = slot.session
    previous.kill()
    let lastError: unknown
    for (let attempt = 1; attempt <= CLEANUP_TRIES; attempt += 1) {
      const session = this.#session({ ...claimed, claims: 2 }, definition, previous.writeNo)
      slot.session = session
      const overdue = new Promise<never>((_, reject) => {
        slot.abandon = () => reject(new LeaseLostError())
        this.#later(slot, definition.timeoutMs, () => reject(new TimeoutError(definition.timeoutMs)))
      })
      try {
        await Promise.race([session.load().then(() => definition.cleanup?.(asRun(session), outcome)), overdue])
        return ending
      } catch (error) {
        session.kill()
        if (error instanceof LeaseLostError) return undefined
        lastError = error
        await this.#params.clock.sleep(backoffMs({ baseMs: 200, factor: 4, capMs: 5_000 }, attempt))
      }
    }
    this.#params.telemetry.emit('failure.contained', { where: `engine.cleanup ${claimed.type}`, error: lastError })
    return { ...ending, data: { ...(ending.data as object | undefined), cleanupFailed: true } }
  }

  async #settle(claimed: ClaimedRow, slot: Slot, ending: Ending, elapsedMs: number): Promise<void> {
    const progress = this.#params.board.take(slot.session)
    const units = slot.session.tracker?.unitsOfRun ?? 0
    const settlement: Settlement = { ...ending, id: claimed.id, token: claimed.lease_token, elapsedMs, units, ...(progress && { progress }) }
    try {
      await this.#settleOwned(claimed, slot, settlement)
    } catch (error) {
      if (!isDataError(error)) throw error
      // The database refused a value of this run (a result with a NUL character, say): it fails alone, without that value.
      const failure: Failure = {
        code: 'INVALID_RESULT',
        message: 'The database refused the result of the operation.',
        retryable: false,
        at: new Date(this.#params.clock.now()).toISOString(),
      }
      this.#params.telemetry.emit('handler.failed', { type: claimed.type, operationId: claimed.id, code: failure.code, willRetry: false, error })
      const data = { code: failure.code, message: failure.message }
      await this.#settleOwned(claimed, slot, { id: claimed.id, token: claimed.lease_token, trigger: 'fail', failure, data, elapsedMs })
    }
  }

  /** Goes on while the database is away: the end of a run is lost only with its lease. */
  async #settleOwned(claimed: ClaimedRow, slot: Slot, settlement: Settlement): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        const row = await this.#params.writer.settle(settlement)
        if (!row.owned) this.#params.telemetry.emit('lease.lost', { type: claimed.type, operationId: claimed.id })
        return
      } catch (error) {
        if (isDataError(error) || slot.session.interruption === 'leaseLost') throw error
        this.#params.telemetry.emit('failure.contained', { where: 'engine.settle', error })
        await this.#params.clock.sleep(backoffMs({ baseMs: 200, factor: 2, capMs: 5_000 }, failures))
      }
    }
  }
}

class TimeoutError extends Error {
  readonly code = 'TIMEOUT'
  constructor(timeoutMs: number) {
    super(`it took longer than the ${Math.round(timeoutMs / 1000)} s that one attempt may take`)
  }
}

const CODE = /^[A-Z][A-Z0-9_]{1,60}$/

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && CODE.test(code) ? code : 'HANDLER_FAILED'
}

/** Sentences of our own error classes are for people; those of other errors may hold anything and stay in the log. NUL can't be stored. */
function publicMessage(error: unknown): string {
  const text = error instanceof BatutaError || error instanceof TimeoutError ? error.message : 'The operation failed unexpectedly; the log has the details.'
  return text.replaceAll('\u0000', '').slice(0, LONGEST_MESSAGE)
}
