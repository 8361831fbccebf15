import { type Backoff, backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf as textOf } from '../../base/errors.ts'
import { FlushQueue } from '../../base/flush-queue.ts'
import type { TextSealer } from '../../base/sealed-text.ts'
import { Loop, type Service } from '../../base/service.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Database } from '../../database/database.ts'
import { isDataError } from '../../database/errors.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import { FaultLimit } from '../../telemetry/fault-limit.ts'
import type { SendResult } from '../channels/channel.ts'
import type { Channels } from '../channels/create-channels.ts'
import { type ChannelMessage, codeMessage, digestOf, messageOf, testMessage } from '../channels/message.ts'
import { type ClaimedMessage, type ClaimedPart, Claimer } from './claimer.ts'
import { CHANNEL_PACES, type ChannelPaces } from './pacing.ts'
import { codeOf } from './sealed-columns.ts'
import type { Secrets } from './secrets.ts'
import { closePaces } from './store/pace.ts'
import { type Outcome, settleDeliveries } from './store/settle-deliveries.ts'
import { expireLeases, nextDue, pruneDeliveries } from './store/watch-deliveries.ts'
import type { Unsubscribing } from './unsubscribing.ts'

/** Numbers that tests change. */
export interface DeliveryTuning {
  readonly concurrency: number
  readonly leaseMs: number
  readonly backoff: Backoff
  /** Tries of one message, the first included. */
  readonly maxAttempts: number
  readonly retentionMs: number
  /** What is on its way at a stop has so long to arrive. */
  readonly drainMs: number
  readonly paces: ChannelPaces
}

export const DELIVERY_TUNING: DeliveryTuning = {
  concurrency: 20,
  leaseMs: 90_000,
  backoff: { baseMs: 5_000, factor: 3, capMs: 3_600_000 },
  maxAttempts: 8,
  retentionMs: 30 * 86_400_000,
  drainMs: 10_000,
  paces: CHANNEL_PACES,
}

export interface DeliveryWorkerParams {
  readonly database: Database
  readonly bus: Bus
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly channels: Channels
  readonly secrets: Secrets
  readonly unsubscribing: Unsubscribing
  readonly publicUrl: string | undefined
  readonly tuning: DeliveryTuning
}

/** "There is something to send"; a hint. */
export const WORK_CHANNEL = 'deliveries:work'
const LOOK_EVERY_MS = 1_000
/** Something is due, but another instance is at it. */
const BUSY_MS = 25
const PRUNE_EVERY_MS = 60_000
const PRUNE_BATCH = 500
const LEAST_WAIT_MS = 250
const DIED = 'its process ended while it was being sent, so whether it arrived is not known'

/**
 * Sends what is due. The intent is committed before, the outcome after: what lies between when the process dies is UNKNOWN and is never sent again by
 * itself. Any number of instances share the work; each row goes to one of them.
 */
export class DeliveryWorker implements Service {
  readonly #params: DeliveryWorkerParams
  readonly #claimer: Claimer
  readonly #loop: Loop
  readonly #outcomes: FlushQueue<Outcome, boolean>
  readonly #sending = new Set<Promise<void>>()
  readonly #faults: FaultLimit
  #stopping = new AbortController()
  #leaveBus: (() => void) | undefined
  #expiredAt = Number.NEGATIVE_INFINITY
  #prunedAt = 0
  #emptyClaims = 0

  constructor(params: DeliveryWorkerParams) {
    this.#params = params
    this.#faults = new FaultLimit(params.clock)
    this.#claimer = new Claimer({ ...params, paces: params.tuning.paces, leaseMs: params.tuning.leaseMs })
    this.#outcomes = new FlushQueue({ name: 'outcomes of deliveries', flush: (outcomes) => settleDeliveries(params.database, outcomes), isDataError })
    this.#loop = new Loop({
      clock: params.clock,
      poll: () => this.#poll(),
      onError: (error) => this.#contain('deliveries', error),
      retryMs: LOOK_EVERY_MS,
    })
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController()
    this.#leaveBus ??= await this.#params.bus.subscribe(WORK_CHANNEL, () => this.#loop.wake())
    await this.#loop.start()
  }

  /** What is on its way gets some time; what does not answer by then is unknown. */
  async stop(): Promise<void> {
    this.#leaveBus?.()
    this.#leaveBus = undefined
    await this.#loop.stop()
    const cancel = this.#params.clock.after(this.#params.tuning.drainMs, () => this.#stopping.abort())
    await Promise.all(this.#sending)
    cancel()
    await this.#outcomes.drained()
  }

  wake(): void {
    this.#loop.wake()
  }

  async #poll(): Promise<number> {
    await this.#tidy()
    const { concurrency } = this.#params.tuning
    const free = concurrency - this.#sending.size
    // The end of any of them wakes us.
    if (free <= 0) return LOOK_EVERY_MS
    const { claimed, messages } = await this.#claimer.claim(free)
    for (const message of messages) this.#begin(message)
    if (claimed > 0) {
      this.#emptyClaims = 0
      return 0
    }
    const waitMs = await nextDue(this.#params.database)
    if (waitMs === undefined) return LOOK_EVERY_MS
    if (waitMs > 0) return Math.min(Math.ceil(waitMs), LOOK_EVERY_MS)
    this.#emptyClaims += 1
    return Math.min(BUSY_MS * 2 ** Math.min(this.#emptyClaims, 6), LOOK_EVERY_MS)
  }

  #begin(message: ClaimedMessage): void {
    const sent = this.#send(message)
      .catch((error: unknown) => this.#contain('deliveries.send', error))
      .finally(() => {
        this.#sending.delete(sent)
        this.#loop.wake()
      })
    this.#sending.add(sent)
  }

  async #send(claimed: ClaimedMessage): Promise<void> {
    const { clock, channels, secrets, tuning, telemetry } = this.#params
    const { row } = claimed.parts[0] as ClaimedPart
    const message = await this.#messageOf(claimed, await secrets.sealer())
    // A process that slept meanwhile: others count it as unknown, and may be sending what came of it since.
    if (clock.monotonic() - claimed.claimedAt > tuning.leaseMs / 2) return
    const startedAt = clock.monotonic()
    const previous = claimed.parts.length === 1 && row.reference !== null ? { reference: row.reference } : undefined
    const result = await this.#ask(() => channels[row.channel].send({ message, destination: claimed.destination, previous, signal: this.#stopping.signal }))
    const outcome = this.#outcomeOf(claimed, result)
    await this.#settle(outcome)
    if (result.kind === 'postponed' && result.retryAfterMs !== undefined) {
      await closePaces(this.#params.database, [{ key: `destination:${row.destinationId}`, ms: result.retryAfterMs }])
    }
    const attempts = row.attempts + 1
    const deliveries = claimed.parts.length
    if (outcome.state === 'delivered')
      telemetry.emit('delivery.sent', { channel: row.channel, deliveries, attempts, durationMs: clock.monotonic() - startedAt })
    else if (outcome.state === 'failed') telemetry.emit('delivery.failed', { channel: row.channel, attempts, disables: outcome.disables })
    else if (outcome.state === 'unknown') telemetry.emit('delivery.lost', { channel: row.channel, deliveries })
    else telemetry.emit('delivery.postponed', { channel: row.channel, attempts, waitMs: outcome.waitMs })
  }

  /** Channels never reject; if one does, nothing is known of what it sent. */
  async #ask(send: () => Promise<SendResult>): Promise<SendResult> {
    try {
      return await send()
    } catch (error) {
      this.#contain('deliveries.channel', error)
      return { kind: 'unknown', reason: `a defect of the server: ${textOf(error).slice(0, 200)}` }
    }
  }

  async #messageOf({ parts, token: _token }: ClaimedMessage, sealer: TextSealer): Promise<ChannelMessage> {
    const { row, circumstances } = parts[0] as ClaimedPart
    // Every edit is another message; every try of one is the same.
    const id = `${row.id}.${row.version}`
    if (row.purpose === 'test') return testMessage(id)
    if (row.purpose === 'code') return codeMessage(id, sealer.open(row.sealed ?? '', codeOf(row.id)))
    const records = parts.flatMap((part) => (part.circumstances ? [part.circumstances.notification] : []))
    const notification = circumstances?.notification
    if (!notification) throw new Error('a delivery was claimed whose notification is gone')
    const { unsubscribing, publicUrl } = this.#params
    const isLocked = circumstances.tenant?.locked === true || circumstances.everybody?.locked === true
    const isDigest = parts.length > 1
    const unsubscribeUrl =
      row.channel === 'email' && !isLocked ? await unsubscribing.urlFor({ userId: row.userId, category: isDigest ? null : notification.category }) : null
    const params = { id, threadId: `${notification.id}.${row.destinationId}`, publicUrl, unsubscribeUrl }
    return isDigest ? digestOf(records, { ...params, id: `${id}.digest`, threadId: `digest.${row.destinationId}` }) : messageOf(notification, params)
  }

  #outcomeOf({ token, parts }: ClaimedMessage, result: SendResult): Outcome {
    const { maxAttempts, backoff } = this.#params.tuning
    const { row } = parts[0] as ClaimedPart
    const base = { token, reason: null, reference: null, waitMs: 0, disables: false }
    if (result.kind === 'delivered') {
      // A digest is no message that could be edited for one of them.
      return { ...base, state: 'delivered', reference: parts.length > 1 ? null : result.reference }
    }
    if (result.kind === 'unknown') return { ...base, state: 'unknown', reason: result.reason }
    if (result.kind === 'refused') return { ...base, state: 'failed', reason: result.reason, disables: result.disables }
    const attempts = row.attempts + 1
    if (attempts >= maxAttempts) return { ...base, state: 'failed', reason: `given up after ${attempts} tries: ${result.reason}` }
    const waitMs = result.retryAfterMs ?? Math.max(backoffMs(backoff, attempts), Math.min(LEAST_WAIT_MS, backoff.baseMs))
    return { ...base, state: parts.length > 1 ? 'held' : 'pending', reason: result.reason, waitMs }
  }

  /** As long as it takes, within the lease: an outcome that is not written is lost. */
  async #settle(outcome: Outcome): Promise<void> {
    const { clock, tuning } = this.#params
    const until = clock.monotonic() + tuning.leaseMs
    for (;;) {
      try {
        await this.#outcomes.submit(outcome)
        return
      } catch (error) {
        this.#contain('deliveries.outcome', error)
        if (clock.monotonic() > until || this.#stopping.signal.aborted) return
      }
      await clock.sleep(LOOK_EVERY_MS, this.#stopping.signal)
    }
  }

  async #tidy(): Promise<void> {
    const { clock, database, telemetry, tuning } = this.#params
    const now = clock.monotonic()
    if (now - this.#expiredAt >= LOOK_EVERY_MS) {
      this.#expiredAt = now
      const deliveries = await expireLeases(database, DIED)
      if (deliveries > 0) telemetry.emit('delivery.lost', { channel: null, deliveries })
    }
    if (now - this.#prunedAt < PRUNE_EVERY_MS) return
    const count = await pruneDeliveries(database, { retentionMs: tuning.retentionMs, limit: PRUNE_BATCH })
    if (count < PRUNE_BATCH) this.#prunedAt = now
    if (count > 0) telemetry.emit('deliveries.pruned', { count })
  }

  #contain(where: string, error: unknown): void {
    if (this.#faults.admit(where) !== undefined) this.#params.telemetry.emit('failure.contained', { where, error })
  }
}
