import { z } from 'zod'
import { defineOperation } from '../../../engine/definition.ts'
import { STORE_PREFIX } from '../records.ts'
import { whatsappKeyOf } from './exclusive.ts'

export const WHATSAPP_SETUP = 'WHATSAPP_SETUP'

const input = z.object({
  storeId: z.uuid().meta({ idPrefix: STORE_PREFIX }).describe('The store.'),
  phone: z.string().min(3).max(40).describe('The number, as people write it: international, or national with a region.'),
  region: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .describe('ISO 3166-1 alpha-2 country of a national number, such as AR.'),
})

const result = z.object({
  phone: z.string().describe('The number in E.164, such as +5491123456789.'),
  country: z.string().nullable().describe('ISO 3166-1 alpha-2; null where the number does not tell.'),
  webhookUrl: z.string().describe('Where the gateway reports to.'),
  gateway: z.string().describe('Which gateway carries messages.'),
  sandbox: z.boolean().describe('True: nothing left this server.'),
  providerId: z.string().describe("The gateway's own id of the test message."),
})

/** Connects a store with WhatsApp: the number, the webhook, and a first message. */
export const whatsappSetup = defineOperation({
  type: WHATSAPP_SETUP,
  title: 'WhatsApp setup',
  description: 'Validates a number, registers and verifies the webhook of its gateway, and sends a test message.',
  priority: 'medium',
  estimate: '30s',
  timeout: '10m',
  input,
  result,
  steps: { validateNumber: 'Validate the number', configureWebhooks: 'Configure webhooks', testConnection: 'Test the connection' },
  startableBy: ['USER', 'ADMIN', 'SERVICE'],
  exclusive: ({ storeId }) => whatsappKeyOf(storeId),
  retry: { attempts: 5 },
  retention: '30d',
  run: async (run) => {
    const { whatsapp } = run.services.stores
    const { storeId, phone: typed, region = null } = run.input
    const { phone, country } = await run.step('validateNumber', (step) => whatsapp.validateNumber(run, step, { storeId, phone: typed, region }))
    const { webhookUrl } = await run.step('configureWebhooks', (step) => whatsapp.configureWebhook(run, step, { storeId, phone }))
    const { gateway, isSandbox, providerId } = await run.step('testConnection', (step) => whatsapp.testConnection(run, step, { storeId, phone }))
    return { phone, country, webhookUrl, gateway, sandbox: isSandbox, providerId }
  },
})
