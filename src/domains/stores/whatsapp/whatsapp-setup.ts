import type { StepRun } from '../../../engine/run.ts'
import type { AnyRun } from '../search/search-index.ts'

/** A type, not an interface: a step returns it, which wants JSON. */
export type ValidNumber = {
  /** E.164. */
  readonly phone: string
  /** ISO 3166-1 alpha-2, where the number tells. */
  readonly country: string | null
}

/** The three steps of WHATSAPP_SETUP. */
export interface WhatsappSetup {
  /** Throws `PermanentError` INVALID_NUMBER with what was expected. */
  validateNumber(run: AnyRun, step: StepRun, from: { readonly storeId: string; readonly phone: string; readonly region: string | null }): Promise<ValidNumber>
  /** Registers the webhook at the gateway and waits for its verification request. */
  configureWebhook(run: AnyRun, step: StepRun, from: { readonly storeId: string; readonly phone: string }): Promise<{ readonly webhookUrl: string }>
  /** Sends a test message. `isSandbox`: nothing left this machine. */
  testConnection(
    run: AnyRun,
    step: StepRun,
    from: { readonly storeId: string; readonly phone: string },
  ): Promise<{ readonly gateway: string; readonly isSandbox: boolean; readonly providerId: string }>
}
