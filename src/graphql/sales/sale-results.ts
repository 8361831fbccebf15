import type { SaleRecord } from '../../domains/sales/records.ts'
import type { SaleOutcome } from '../../domains/sales/selling.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { type NotFoundRefusal, notFound, type Refusal } from '../refusals.ts'
import type { InvalidSaleStateRefusal, SaleReferenceConflictRefusal, SaleRefusal, SaleVersionConflictRefusal } from './refusals.ts'
import type { SaleTypes } from './sale.ts'
import { saleOrNull } from './sale-access.ts'

export interface SalePayload {
  readonly __typename: 'SalePayload'
  readonly sale: SaleRecord
  readonly replayed: boolean
}

/** What mutations of sales answer with. */
export function addSaleResult(builder: Builder, { sale }: SaleTypes) {
  const payload = builder.objectRef<SalePayload>('SalePayload').implement({
    description: 'The sale as it is after the mutation.',
    fields: (t) => ({
      sale: t.field({ type: sale, description: 'The sale.', resolve: (from) => from.sale }),
      replayed: t.exposeBoolean('replayed', { description: 'True when nothing was changed or told now: it had been done before.' }),
    }),
  })
  const reference = builder.objectRef<SaleReferenceConflictRefusal>('SaleReferenceConflictError').implement({
    description: 'A reference stands for something else already: that of a sale for another content, or that of a payment for another sale.',
    interfaces: ['Error'],
    fields: (t) => ({
      fields: t.exposeStringList('fields', {
        description: 'Paths of what differs, such as `input.lines`; `mutation` where one was a checkout and the other not. At most as many as the input has.',
      }),
      // Not `sale`: a document may not ask for one name that is null in one member of a union and never in another.
      existingSale: t.field({
        type: sale,
        nullable: true,
        description: 'The sale that the reference stands for; null where this viewer may not see it.',
        resolve: (refusal) => refusal.sale,
      }),
    }),
  })
  const state = builder.objectRef<InvalidSaleStateRefusal>('InvalidSaleStateError').implement({
    description: 'The state of the sale does not allow it.',
    interfaces: ['Error'],
    fields: (t) => ({ sale: t.field({ type: sale, description: 'The sale as it is now.', resolve: (refusal) => refusal.sale }) }),
  })
  const version = builder.objectRef<SaleVersionConflictRefusal>('SaleVersionConflictError').implement({
    description: 'The sale has another version than the expected one.',
    interfaces: ['Error'],
    fields: (t) => ({ sale: t.field({ type: sale, description: 'The sale as it is now.', resolve: (refusal) => refusal.sale }) }),
  })
  return builder.unionType('SaleResult', {
    description: 'What a mutation of a sale answers with: the sale, or why it did not change.',
    types: [payload, 'InvalidInputError', 'NotFoundError', 'ForbiddenError', reference, state, version],
    resolveType: (result: SalePayload | Refusal) => result.__typename,
  })
}

/** What became of making a sale. Somebody else's that has the reference, with the same content by chance, is no repetition, and is not shown. */
export function madeOf(context: Context, outcome: SaleOutcome): SalePayload | SaleRefusal | NotFoundRefusal {
  if (outcome.kind === 'done' && !saleOrNull(context, outcome.sale)) return referenceConflict(null, ['input.reference'])
  return changedOf(context, outcome)
}

/** What became of changing a sale: shown to whoever may change it. */
export function changedOf(context: Context, outcome: SaleOutcome): SalePayload | SaleRefusal | NotFoundRefusal {
  if (outcome.kind === 'notFound') return notFound('sale')
  const { sale } = outcome
  context.loaders.sale.clear(sale.id)
  if (outcome.kind === 'referenceConflict') return referenceConflict(saleOrNull(context, sale), outcome.fields)
  if (outcome.kind === 'done') return { __typename: 'SalePayload', sale, replayed: outcome.replayed }
  if (outcome.kind === 'versionConflict') {
    const message = `The sale has version ${sale.version} by now: look at it again.`
    return { __typename: 'SaleVersionConflictError', code: 'VERSION_CONFLICT', message, sale }
  }
  const message = sale.state === 'canceled' ? 'The sale is canceled.' : `The sale is ${sale.state} already, and not by this payment.`
  return { __typename: 'InvalidSaleStateError', code: 'INVALID_STATE', message, sale }
}

function referenceConflict(sale: SaleRecord | null, differing: readonly string[]): SaleReferenceConflictRefusal {
  // To whoever may not see the sale nothing of it is told, not even in what it differs.
  const fields = sale || differing[0] === 'input.paymentReference' ? differing : ['input.reference']
  const message =
    fields[0] === 'input.paymentReference'
      ? 'This payment was confirmed for another sale already.'
      : `This reference was used before for another sale; what differs: ${fields.join(', ')}.`
  return { __typename: 'SaleReferenceConflictError', code: 'IDEMPOTENCY_CONFLICT', message, fields, sale }
}
