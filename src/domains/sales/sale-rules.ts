import { fingerprint } from '../../base/json.ts'
import type { SaleContent, SaleRecord, SaleState } from './records.ts'

/** What may happen to a sale. */
export type SaleTrigger = 'confirm' | 'update' | 'cancel'

/** change: it happens. repeat: it has happened already, so nothing does. refuse: not in this state. */
export type SaleAnswer = 'change' | 'repeat' | 'refuse'

/** Total: every state has an answer to every trigger. A payment that is confirmed again is told apart before. */
export const SALE_RULES: Readonly<Record<SaleState, Readonly<Record<SaleTrigger, SaleAnswer>>>> = {
  pending: { confirm: 'change', update: 'change', cancel: 'change' },
  approved: { confirm: 'refuse', update: 'change', cancel: 'change' },
  canceled: { confirm: 'refuse', update: 'refuse', cancel: 'repeat' },
}

/** What the confirmation of a payment means for a sale: the same payment again is a repetition, whatever became of the sale since. */
export const answerToPayment = (sale: Pick<SaleRecord, 'state' | 'paymentReference'>, paymentReference: string): SaleAnswer =>
  sale.paymentReference === paymentReference ? 'repeat' : SALE_RULES[sale.state].confirm

/** Whether a change would leave everything as it is: then it has been made already. */
export const isSameContent = (one: SaleContent, other: SaleContent): boolean => fingerprint(contentOf(one)) === fingerprint(contentOf(other))

const contentOf = ({ reference, customer, channel, currency, lines }: SaleContent): SaleContent => ({ reference, customer, channel, currency, lines })

/** Fingerprints of what a sale was made of, by field of the input. */
export type SaleOrigin = Readonly<Record<'state' | 'customer' | 'channel' | 'currency' | 'lines', string>>

export const originOf = (content: SaleContent, state: SaleState): SaleOrigin => ({
  state: fingerprint(state),
  customer: fingerprint(content.customer),
  channel: fingerprint(content.channel),
  currency: fingerprint(content.currency),
  lines: fingerprint(content.lines),
})

/** Paths of the input by which two requests with one reference differ; `mutation` when one made it approved and the other pending. None: it is the same request. */
export function differences(known: SaleOrigin, asked: SaleOrigin): readonly string[] {
  const fields = Object.keys(asked) as (keyof SaleOrigin)[]
  return fields.filter((field) => known[field] !== asked[field]).map((field) => (field === 'state' ? 'mutation' : `input.${field}`))
}
