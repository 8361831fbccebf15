import { BatutaError } from '../base/errors.ts'

/** A token that is refused at the door. The message is for its bearer and never repeats the token. */
export class AuthenticationError extends BatutaError {
  constructor(reason: string, options?: ErrorOptions) {
    super('UNAUTHENTICATED', reason, options)
  }
}
