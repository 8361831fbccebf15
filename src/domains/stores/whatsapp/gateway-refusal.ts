import { BatutaError, PermanentError } from '../../../base/errors.ts'
import type { Refusal } from '../../../gateways/message-gateway.ts'

/** What a refusal of the gateway is for the operation: tried again by itself, or not. */
export function errorOfRefusal(gateway: string, what: string, { code, meaning, isRetryable }: Refusal): BatutaError {
  const message = `${gateway} refused ${what} (${code})${meaning === undefined ? '' : `: ${meaning}`}.`
  return isRetryable ? new BatutaError('GATEWAY_REFUSED', message) : new PermanentError('GATEWAY_REFUSED', message)
}
