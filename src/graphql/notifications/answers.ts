import { InvalidInputError } from '../../base/errors.ts'
import { TooManyMessagesError } from '../../notifications/delivery/destinations.ts'
import { PreferenceLockedError } from '../../notifications/preferences/preferences.ts'
import { answer, type ForbiddenRefusal, forbidden, type InvalidInputRefusal, invalidInput, type QuotaExceededRefusal, Refused } from '../refusals.ts'

/** Runs a mutation of settings, which exist for everybody: nothing can be missing. */
export async function answerSettings<Result>(work: () => Promise<Result>): Promise<Result | InvalidInputRefusal | ForbiddenRefusal> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InvalidInputError) return invalidInput(error)
    if (error instanceof PreferenceLockedError) return forbidden(error.message)
    if (error instanceof Refused && error.refusal.__typename === 'ForbiddenError') return error.refusal
    throw error
  }
}

/** Runs a mutation of a destination; some of them send messages, and those are limited. */
export async function answerDestinations<Result>(work: () => Promise<Result>) {
  return answer(async (): Promise<Result | QuotaExceededRefusal> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof TooManyMessagesError)) throw error
      return { __typename: 'QuotaExceededError', code: 'QUOTA_EXCEEDED', message: error.message, retryAfterSeconds: error.retryAfterSeconds }
    }
  })
}
