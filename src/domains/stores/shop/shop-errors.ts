import { PermanentError, UnavailableError } from '../../../base/errors.ts'

export const SHOP_UNAUTHORIZED = 'SHOP_UNAUTHORIZED'

/** The shop does not accept the token (401, or 403 for a scope that was taken away). Trying again can't help; STORE_RECONNECTION looks into it by itself. */
export class ShopUnauthorizedError extends PermanentError {
  constructor(host: string, options?: ErrorOptions) {
    super(SHOP_UNAUTHORIZED, `${host} does not accept the access token any more`, options)
  }
}

/** The shop could not be asked, or gave no answer that we understand, also after repetitions; trying again later may help. */
export class ShopUnavailableError extends UnavailableError {}
