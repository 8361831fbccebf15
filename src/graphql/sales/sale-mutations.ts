import type { SaleWish } from '../../domains/sales/check-sale.ts'
import { SALE_LIMITS } from '../../domains/sales/check-sale.ts'
import type { Builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { checkInput, LIMITS } from '../limits.ts'
import { answer } from '../refusals.ts'
import type { SaleTypes } from './sale.ts'
import { demandSeller, saleToChange } from './sale-access.ts'
import { addSaleResult, changedOf, madeOf } from './sale-results.ts'

type ResultRef = ReturnType<typeof addSaleResult>
type LineRef = ReturnType<typeof addLineInput>

/** Mutations of sales, for services and administrators. Each may be sent again: it happens once. */
export function addSaleMutations(builder: Builder, types: SaleTypes): void {
  const result = addSaleResult(builder, types)
  const line = addLineInput(builder)
  addCreate(builder, { types, result, line })
  addConfirm(builder, result)
  addUpdate(builder, { types, result, line })
  addCancel(builder, result)
}

const addLineInput = (builder: Builder) =>
  builder.inputType('SaleLineInput', {
    description: 'One line of a sale.',
    fields: (t) => ({
      sku: t.string({ required: true, description: `The seller's number of what is sold, at most ${SALE_LIMITS.sku} characters.` }),
      name: t.string({ required: true, description: `Its name, at most ${SALE_LIMITS.name} characters.` }),
      quantity: t.field({ type: 'PositiveInt', required: true, description: `How many, 1 to ${SALE_LIMITS.quantity}.` }),
      unitPrice: t.string({
        required: true,
        description: 'Price of one, as an exact decimal such as "12.50": not negative, with no more digits than the currency has (none in JPY, three in KWD).',
      }),
    }),
  })

interface Parts {
  readonly types: SaleTypes
  readonly result: ResultRef
  readonly line: LineRef
}

function addCreate(builder: Builder, { types, result, line }: Parts): void {
  const input = builder.inputType('CreateSaleInput', {
    description: 'A sale to make. The same reference with the same content again returns the first sale.',
    fields: (t) => ({
      reference: t.string({ required: true, description: `The seller's own number, unique among all sales, at most ${SALE_LIMITS.reference} characters.` }),
      customer: t.string({ required: true, description: `Who buys, at most ${SALE_LIMITS.customer} characters.` }),
      channel: t.field({ type: types.channel, required: true, description: 'Where it is sold.' }),
      currency: t.string({ required: true, description: 'Code of ISO 4217, such as USD.' }),
      lines: t.field({ type: [line], required: true, description: `What is sold, 1 to ${SALE_LIMITS.lines} lines.` }),
    }),
  })
  const create = (context: Context, wish: SaleWish, state: 'pending' | 'approved') =>
    answer(async () => {
      const { actor } = demandSeller(context)
      return madeOf(context, await context.services.sales.selling.create({ wish, state, actor }))
    })
  builder.mutationField('createSale', (t) =>
    t.field({
      type: result,
      description: 'Makes a sale that is approved at once. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The sale.' }) },
      resolve: (_root, args, context) => create(context, args.input, 'approved'),
    }),
  )
  builder.mutationField('checkoutSale', (t) =>
    t.field({
      type: result,
      description: 'Makes a sale that is pending until confirmPayment. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The sale.' }) },
      resolve: (_root, args, context) => create(context, args.input, 'pending'),
    }),
  )
}

function addConfirm(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('ConfirmPaymentInput', {
    description: 'A payment that came in.',
    fields: (t) => ({
      saleId: t.id({ required: true, description: 'Id of the sale that it pays for.' }),
      paymentReference: t.string({
        required: true,
        description: `The payment's own number: one payment pays for one sale. At most ${SALE_LIMITS.reference} characters.`,
      }),
    }),
  })
  builder.mutationField('confirmPayment', (t) =>
    t.field({
      type: result,
      description: 'Approves a pending sale. The same payment again changes and tells nothing. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The payment.' }) },
      resolve: (_root, { input: { saleId: id, paymentReference } }, context) =>
        answer(async () => {
          const { viewer, saleId } = await saleToChange(context, id)
          return changedOf(context, await context.services.sales.selling.confirmPayment({ saleId, paymentReference, actor: viewer.actor }))
        }),
    }),
  )
}

function addUpdate(builder: Builder, { types, result, line }: Parts): void {
  const input = builder.inputType('UpdateSaleInput', {
    description: 'What of a sale changes; what is absent stays.',
    fields: (t) => ({
      saleId: t.id({ required: true, description: 'Id of the sale.' }),
      expectedVersion: t.int({ description: 'Refuse (SaleVersionConflictError) when the sale has changed since it had this version.' }),
      customer: t.string({ description: `Who buys, at most ${SALE_LIMITS.customer} characters.` }),
      channel: t.field({ type: types.channel, description: 'Where it is sold.' }),
      lines: t.field({ type: [line], description: `All lines, in place of the old ones, 1 to ${SALE_LIMITS.lines}. The total follows them.` }),
    }),
  })
  builder.mutationField('updateSale', (t) =>
    t.field({
      type: result,
      description: 'Changes a sale that is not canceled. A change that has been made already changes and tells nothing. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'The change.' }) },
      resolve: (_root, args, context) =>
        answer(async () => {
          const { saleId: id, expectedVersion, customer, channel, lines } = args.input
          checkInput((check) => check.whole('input.expectedVersion', expectedVersion, { from: 1, to: LIMITS.count }))
          const { viewer, saleId } = await saleToChange(context, id)
          const change = { customer: customer ?? undefined, channel: channel ?? undefined, lines: lines ?? undefined }
          const outcome = await context.services.sales.selling.update({ saleId, change, expectedVersion: expectedVersion ?? undefined, actor: viewer.actor })
          return changedOf(context, outcome)
        }),
    }),
  )
}

function addCancel(builder: Builder, result: ResultRef): void {
  const input = builder.inputType('CancelSaleInput', {
    description: 'Which sale to cancel.',
    fields: (t) => ({
      saleId: t.id({ required: true, description: 'Id of the sale.' }),
      reason: t.string({ description: `Why, at most ${SALE_LIMITS.reason} characters.` }),
    }),
  })
  builder.mutationField('cancelSale', (t) =>
    t.field({
      type: result,
      description: 'Cancels a sale. Again: nothing changes. For services and administrators.',
      args: { input: t.arg({ type: input, required: true, description: 'Which one.' }) },
      resolve: (_root, { input: { saleId: id, reason } }, context) =>
        answer(async () => {
          const { viewer, saleId } = await saleToChange(context, id)
          return changedOf(context, await context.services.sales.selling.cancel({ saleId, reason: reason ?? undefined, actor: viewer.actor }))
        }),
    }),
  )
}
