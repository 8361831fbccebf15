import type { Clock } from '../../base/clock.ts'
import { newUuid } from '../../base/ids.ts'
import { type TextSealer, UnsealError } from '../../base/sealed-text.ts'
import type { Database, Transaction } from '../../database/database.ts'
import type { Telemetry } from '../../telemetry/facts.ts'
import type { OpenDestination } from '../channels/channel.ts'
import type { Channels } from '../channels/create-channels.ts'
import { type Decision, decide } from './decide.ts'
import { type ChannelPaces, type Pace, takeTurn } from './pacing.ts'
import { openDestination } from './sealed-columns.ts'
import type { Secrets } from './secrets.ts'
import { type Circumstances, type ClaimedRow, claimDeliveries, readCircumstances } from './store/claim-deliveries.ts'
import { lockPaces, readNow, writePaces } from './store/pace.ts'
import { type WrittenDecision, writeDecisions } from './store/write-decisions.ts'

export interface ClaimerParams {
  readonly database: Database
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly channels: Channels
  readonly secrets: Secrets
  readonly paces: ChannelPaces
  readonly leaseMs: number
}

/** A message whose sending is committed: one delivery, or those of a digest. */
export interface ClaimedMessage {
  readonly token: string
  /** The first is the one that a digest is named after. */
  readonly parts: readonly ClaimedPart[]
  readonly destination: OpenDestination
  /** Monotonic; after `leaseMs` others count it as unknown, so then it must not be sent any more. */
  readonly claimedAt: number
}

export interface ClaimedPart {
  readonly row: ClaimedRow
  readonly circumstances: Circumstances | undefined
}

/** What could be found out of one row before its turn. */
type Judged = ClaimedPart &
  ({ readonly destination: OpenDestination; readonly decision: Decision } | { readonly destination?: never; readonly failure: string })

const LEAST_HOLD_MS = 1_000

/** Takes what is due, decides about each, and commits the intent to send. Nothing is sent here. */
export class Claimer {
  readonly #params: ClaimerParams

  constructor(params: ClaimerParams) {
    this.#params = params
  }

  /** At most `limit` deliveries, digests apart; `claimed` counts also those that are not sent. */
  async claim(limit: number): Promise<{ readonly claimed: number; readonly messages: readonly ClaimedMessage[] }> {
    const claimedAt = this.#params.clock.monotonic()
    const sealer = await this.#params.secrets.sealer()
    return this.#params.database.transaction(async (transaction) => {
      const rows = await claimDeliveries(transaction, limit)
      if (rows.length === 0) return { claimed: 0, messages: [] }
      const circumstances = await readCircumstances(transaction, rows)
      const judged = rows.map((row) => this.#judge(sealer, { row, circumstances: circumstances.get(row.id) }))
      // Nobody's clock but the database's: what is due and the paces are shared.
      const nowMs = await readNow(transaction)
      const turns = await this.#takeTurns(transaction, groupsOf(judged), nowMs)
      const messages = turns.filter(({ atMs }) => atMs <= nowMs).map(({ group }): ClaimedMessage => ({ ...group, token: newUuid(), claimedAt }))
      await writeDecisions(transaction, this.#decisionsOf({ judged, turns, messages, nowMs }), this.#params.leaseMs)
      return { claimed: rows.length, messages }
    })
  }

  #judge(sealer: TextSealer, part: ClaimedPart): Judged {
    const { row, circumstances } = part
    try {
      const destination = openDestination(sealer, row)
      const channel = this.#params.channels[row.channel]
      const decision = decide({
        ...row,
        isOperators: destination.isTrusted,
        isAvailable: channel.unavailable === undefined,
        edits: channel.edits(destination.address),
        notification: circumstances?.notification,
        preference: { channel: row.channel, user: circumstances?.user, tenant: circumstances?.tenant, everybody: circumstances?.everybody },
        quietHours: circumstances?.quietHours,
        nowMs: this.#params.clock.now(),
      })
      return { ...part, destination, decision }
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      this.#params.telemetry.emit('failure.contained', { where: 'deliveries.unseal', error })
      return { ...part, failure: 'the address can not be read: the server has not the key that sealed it' }
    }
  }

  async #takeTurns(transaction: Transaction, groups: readonly Group[], nowMs: number): Promise<readonly Turn[]> {
    if (groups.length === 0) return []
    const keysOf = ({ parts: [part] }: Group) => [`channel:${part.row.channel}`, `destination:${part.row.destinationId}`] as const
    const paces = await lockPaces(transaction, groups.flatMap(keysOf))
    const turns = groups.map((group): Turn => {
      const [channelKey, destinationKey] = keysOf(group)
      const limits = this.#params.paces[group.parts[0].row.channel]
      const isClosed = (paces.get(destinationKey)?.closedUntilMs ?? 0) > nowMs
      if (group.parts[0].row.hasTurn && !isClosed) return { group, atMs: nowMs }
      const take = (key: string, limit: ChannelPaces['email']['channel']): number => {
        const turn = takeTurn(paces.get(key) as Pace, limit, nowMs)
        paces.set(key, turn.pace)
        return turn.atMs
      }
      return { group, atMs: Math.max(take(destinationKey, limits.destination), take(channelKey, limits.channel)) }
    })
    await writePaces(transaction, paces)
    return turns
  }

  #decisionsOf({ judged, turns, messages, nowMs }: ClaimedAll): readonly WrittenDecision[] {
    const tokens = new Map(messages.flatMap(({ token, parts }) => parts.map(({ row }) => [row.id, token] as const)))
    const waits = new Map(turns.flatMap(({ group, atMs }) => group.parts.map(({ row }) => [row.id, atMs] as const)))
    return judged.map((one): WrittenDecision => {
      const base = { id: one.row.id, dueAtMs: null, turnAtMs: null, reason: null, leaseToken: null, category: null }
      if (!one.destination) return { ...base, state: 'failed', reason: one.failure }
      if (one.decision.kind === 'skip') {
        this.#params.telemetry.emit('delivery.skipped', { channel: one.row.channel, reason: one.decision.reason })
        return { ...base, state: 'skipped', reason: one.decision.reason }
      }
      if (one.decision.kind === 'hold') {
        // People's time is that of this machine's clock, which may differ a little from the database's: so a wait, and not again at once.
        const waitMs = Math.max(one.decision.untilMs - this.#params.clock.now(), LEAST_HOLD_MS)
        return { ...base, state: 'held', reason: 'quiet hours', dueAtMs: nowMs + waitMs }
      }
      const token = tokens.get(one.row.id)
      if (token !== undefined) return { ...base, state: 'sending', leaseToken: token, category: one.circumstances?.notification.category ?? null }
      const atMs = waits.get(one.row.id) ?? null
      return { ...base, state: one.row.state, dueAtMs: atMs, turnAtMs: atMs, reason: 'waits for its turn' }
    })
  }
}

interface Group {
  readonly parts: readonly [ClaimedPart, ...ClaimedPart[]]
  readonly destination: OpenDestination
}

interface ClaimedAll {
  readonly judged: readonly Judged[]
  readonly turns: readonly Turn[]
  readonly messages: readonly ClaimedMessage[]
  /** Of the database. */
  readonly nowMs: number
}

interface Turn {
  readonly group: Group
  readonly atMs: number
}

/** One message each, but those that were held for one destination go together. */
function groupsOf(judged: readonly Judged[]): readonly Group[] {
  const groups: { parts: [ClaimedPart, ...ClaimedPart[]]; destination: OpenDestination }[] = []
  const digests = new Map<string, (typeof groups)[number]>()
  for (const one of judged) {
    if (!one.destination || one.decision.kind !== 'send') continue
    const part = { row: one.row, circumstances: one.circumstances }
    const digest = one.row.state === 'held' ? digests.get(one.row.destinationId) : undefined
    if (digest) {
      digest.parts.push(part)
      continue
    }
    const group: (typeof groups)[number] = { parts: [part], destination: one.destination }
    groups.push(group)
    if (one.row.state === 'held') digests.set(one.row.destinationId, group)
  }
  return groups
}
