import type { TextSealer } from '../../base/sealed-text.ts'
import type { OpenDestination } from '../channels/channel.ts'

/** Which sealed text belongs where, so that none can be moved to another row. */
export const addressOf = (destinationId: string): string => `notification_destination:${destinationId}:address`
export const secretsOf = (destinationId: string): string => `notification_destination:${destinationId}:secrets`
export const codeOf = (deliveryId: string): string => `delivery:${deliveryId}:code`

export interface SealedDestination {
  readonly destinationId: string
  /** '': the operator's. */
  readonly userId: string
  readonly address: string
  readonly secrets: string | null
}

/** Throws `UnsealError`. */
export function openDestination(sealer: TextSealer, { destinationId, userId, address, secrets }: SealedDestination): OpenDestination {
  return {
    address: sealer.open(address, addressOf(destinationId)),
    secrets: secrets === null ? [] : (JSON.parse(sealer.open(secrets, secretsOf(destinationId))) as string[]),
    isTrusted: userId === OPERATORS,
  }
}

/** The user of the operator's destinations; no token has an empty subject. */
export const OPERATORS = ''
