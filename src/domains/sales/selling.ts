import type { Actor } from '../../base/actor.ts'
import { newUuid } from '../../base/ids.ts'
import type { Database, Transaction } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import type { BusinessEvents, Publish } from '../../events/business-events.ts'
import { type CheckedSale, checkChange, checkPaymentReference, checkReason, checkSale, type SaleChange, type SaleWish } from './check-sale.ts'
import { LIGHTS, type SaleEventType, saleEvents, toEventData } from './events.ts'
import type { SaleRecord } from './records.ts'
import { answerToPayment, differences, isSameContent, originOf, SALE_RULES } from './sale-rules.ts'
import { changeSale } from './store/change-sale.ts'
import { countLit } from './store/count-lit.ts'
import { findByPayment, findByReference } from './store/find-sales.ts'
import { insertSale } from './store/insert-sale.ts'
import { lockSale } from './store/lock-sale.ts'

/** What became of a request; `replayed`: nothing, because it had been done already. */
export type SaleOutcome =
  | { readonly kind: 'done'; readonly sale: SaleRecord; readonly replayed: boolean }
  | { readonly kind: 'notFound' }
  /** A reference stands for something else already; `fields` are paths of what differs, or of the reference itself. */
  | { readonly kind: 'referenceConflict'; readonly sale: SaleRecord; readonly fields: readonly string[] }
  | { readonly kind: 'invalidState'; readonly sale: SaleRecord }
  | { readonly kind: 'versionConflict'; readonly sale: SaleRecord }

export interface CreateSaleParams {
  readonly wish: SaleWish
  /** pending: a checkout, whose payment is confirmed later. */
  readonly state: 'pending' | 'approved'
  readonly actor: Actor
}

interface SaleRequest {
  /** UUID of the sale. */
  readonly saleId: string
  readonly actor: Actor
}

export interface ConfirmPaymentParams extends SaleRequest {
  readonly paymentReference: string
}

export interface UpdateSaleParams extends SaleRequest {
  readonly change: SaleChange
  /** Refuse when the sale has another version by now. */
  readonly expectedVersion?: number | undefined
}

export interface CancelSaleParams extends SaleRequest {
  readonly reason?: string | undefined
}

/**
 * Changes of sales. Each may be sent again: the change is made, and told of, once. The event is appended in the transaction of the
 * change; whoever follows the stream is not known here. Locks are taken in one order: the sale, the count, the head of the stream.
 */
export class Selling {
  readonly #database: Database
  readonly #events: BusinessEvents

  constructor(database: Database, events: BusinessEvents) {
    this.#database = database
    this.#events = events
  }

  /** Throws `InvalidInputError`. */
  async create({ wish, state, actor }: CreateSaleParams): Promise<SaleOutcome> {
    const { content, total } = checkSale(wish)
    const origin = originOf(content, state)
    return this.#events.transaction(async (transaction, publish) => {
      const sale = await insertSale(transaction, { id: newUuid(), content, total, state, origin, actor })
      if (sale) {
        await tell({ transaction, publish, actor }, 'SALE_CREATED', sale)
        return { kind: 'done', sale, replayed: false }
      }
      const first = await findByReference(transaction, content.reference)
      if (!first) throw new Error('a sale is gone, and sales are never deleted')
      const fields = differences(first.origin, origin)
      return fields.length === 0 ? { kind: 'done', sale: first.sale, replayed: true } : { kind: 'referenceConflict', sale: first.sale, fields }
    })
  }

  /** Throws `InvalidInputError`. */
  async confirmPayment({ paymentReference, ...request }: ConfirmPaymentParams): Promise<SaleOutcome> {
    const reference = checkPaymentReference(paymentReference)
    try {
      return await this.#change(request, 'SALE_APPROVED', async (sale, transaction) => {
        const answer = answerToPayment(sale, reference)
        if (answer !== 'change') return answer === 'repeat' ? { kind: 'done', sale, replayed: true } : { kind: 'invalidState', sale }
        const other = await findByPayment(transaction, reference)
        return other ? paidFor(other) : { ...sale, state: 'approved', paymentReference: reference }
      })
    } catch (error) {
      // Another sale was paid by it in the same moment.
      const other = isUniqueViolation(error) ? await findByPayment(this.#database, reference) : undefined
      if (!other) throw error
      return paidFor(other)
    }
  }

  /** Throws `InvalidInputError`. */
  update({ change, expectedVersion, ...request }: UpdateSaleParams): Promise<SaleOutcome> {
    return this.#change(request, 'SALE_UPDATED', (sale) => {
      const next = checkChange(checkedOf(sale), change)
      if (isSameContent(sale, next.content)) return { kind: 'done', sale, replayed: true }
      if (SALE_RULES[sale.state].update === 'refuse') return { kind: 'invalidState', sale }
      if (expectedVersion !== undefined && expectedVersion !== sale.version) return { kind: 'versionConflict', sale }
      return { ...sale, ...next.content, total: next.total }
    })
  }

  /** Throws `InvalidInputError`. */
  async cancel({ reason, ...request }: CancelSaleParams): Promise<SaleOutcome> {
    const cancelReason = checkReason(reason)
    return this.#change(request, 'SALE_CANCELED', (sale) =>
      SALE_RULES[sale.state].cancel === 'repeat' ? { kind: 'done', sale, replayed: true } : { ...sale, state: 'canceled', cancelReason },
    )
  }

  /** Locks a sale, asks what is to become of it, and writes and tells that. */
  #change(request: SaleRequest, type: SaleEventType, decide: Decide): Promise<SaleOutcome> {
    return this.#events.transaction(async (transaction, publish) => {
      const known = await lockSale(transaction, request.saleId)
      if (!known) return { kind: 'notFound' }
      const decision = await decide(known, transaction)
      if ('kind' in decision) return decision
      const sale = await changeSale(transaction, known, decision)
      await tell({ transaction, publish, actor: request.actor }, type, sale)
      return { kind: 'done', sale, replayed: false }
    })
  }
}

/** The sale as it is to be, or why it stays. */
type Decide = (sale: SaleRecord, transaction: Transaction) => SaleRecord | SaleOutcome | Promise<SaleRecord | SaleOutcome>

const paidFor = (sale: SaleRecord): SaleOutcome => ({ kind: 'referenceConflict', sale, fields: ['input.paymentReference'] })

const checkedOf = ({ reference, customer, channel, currency, lines, total }: SaleRecord): CheckedSale => ({
  content: { reference, customer, channel, currency, lines },
  total,
})

interface Teller {
  readonly transaction: Transaction
  readonly publish: Publish
  readonly actor: Actor
}

async function tell({ transaction, publish, actor }: Teller, type: SaleEventType, sale: SaleRecord): Promise<void> {
  const lit = await countLit(transaction, LIGHTS[type])
  await publish(saleEvents, { type, data: toEventData(sale, lit), actor })
}
