import { z } from 'zod'
import { defineEvents } from '../../events/define-events.ts'
import { SALE_CHANNELS, SALE_PREFIX, SALE_STATES, type SaleRecord } from './records.ts'

const line = z
  .object({
    sku: z.string().describe('What was sold.'),
    name: z.string().describe('Its name at that time.'),
    quantity: z.int().min(1).max(1_000_000).describe('How many.'),
    unitPrice: z.string().describe('Exact decimal.'),
  })
  .meta({ typeName: 'SaleEventLine', description: 'A line of a sale as an event keeps it.' })

const creator = z
  .object({
    kind: z.enum(['user', 'admin', 'service', 'system']).meta({ typeName: 'SaleCreatorKind', description: 'What kind of somebody it was.' }),
    id: z.string().describe('Subject of the token.'),
    name: z.string().optional().describe('Name, where the token said one.'),
  })
  .meta({ typeName: 'SaleCreator', description: 'Who made a sale.' })

const sale = z
  .object({
    id: z.uuid().meta({ idPrefix: SALE_PREFIX, description: 'Id of the sale.' }),
    reference: z.string().describe("The seller's own number."),
    customer: z.string().describe('Who bought.'),
    channel: z.enum(SALE_CHANNELS).meta({ typeName: 'SaleChannel', description: 'Where it was sold.' }),
    state: z.enum(SALE_STATES).meta({ typeName: 'SaleState', description: 'Where it stands.' }),
    currency: z.string().describe('ISO 4217.'),
    total: z.string().describe('Exact decimal.'),
    version: z.int().min(1).max(2_147_483_647).describe('How many events told of it.'),
    paymentReference: z.string().nullable().describe('The payment that was confirmed.'),
    cancelReason: z.string().nullable().describe('Why it was canceled.'),
    createdBy: creator,
    createdAt: z.string().describe('ISO 8601.'),
    updatedAt: z.string().describe('ISO 8601.'),
    lines: z.array(line).describe('What was sold, at most 100 lines.'),
  })
  .meta({ typeName: 'SaleSnapshot', description: 'A sale as an event keeps it.' })

/** The whole sale as the event left it, so that showing an event reads nothing; and the count that lights badges, events of the stream up to this one. */
export const saleEventData = z.object({ sale, lit: z.int().min(0).max(2_147_483_647).describe('Sales that were created or approved so far.') })
export type SaleEventData = z.output<typeof saleEventData>

/** What happens to sales. The code that sells publishes them and does not know who listens. */
export const saleEvents = defineEvents({
  name: 'SALE',
  stream: 'sales',
  description: 'What happened to sales.',
  types: {
    SALE_CREATED: 'A sale was made, approved at once or with its payment pending. Lights the badge.',
    SALE_APPROVED: 'The payment of a pending sale was confirmed. Lights the badge.',
    SALE_UPDATED: 'Its customer, channel or lines changed.',
    SALE_CANCELED: 'It was canceled.',
  },
  data: saleEventData,
  readableBy: ['ADMIN'],
  retention: '90d',
})

export type SaleEventType = keyof typeof saleEvents.types

/** Which events light the badge of new sales. */
export const LIGHTS: Readonly<Record<SaleEventType, boolean>> = { SALE_CREATED: true, SALE_APPROVED: true, SALE_UPDATED: false, SALE_CANCELED: false }

export const toEventData = (record: SaleRecord, lit: number): SaleEventData => ({
  lit,
  sale: {
    ...record,
    createdBy: { ...record.createdBy },
    lines: record.lines.map((each) => ({ ...each })),
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  },
})

/** The count that an event carries. */
export const litOf = (data: object): number => (data as SaleEventData).lit

/** The sale as an event left it. Data of our own stream has the shape that its definition checked when it was published. */
export function saleOf(data: object): SaleRecord {
  const { sale: kept } = data as SaleEventData
  const { name, ...creatorOf } = kept.createdBy
  return {
    ...kept,
    createdBy: name === undefined ? creatorOf : { ...creatorOf, name },
    createdAt: new Date(kept.createdAt),
    updatedAt: new Date(kept.updatedAt),
  }
}
