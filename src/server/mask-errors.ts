import { type ExecutionResult, GraphQLError } from 'graphql'
import { BatutaError, ERROR_CODES, type ErrorCode, InvalidInputError } from '../base/errors.ts'
import { isConnectionError } from '../database/errors.ts'

/** Told of what was hidden from the client. */
export type OnHidden = (error: unknown) => void

const isErrorCode = (code: unknown): code is ErrorCode => (ERROR_CODES as readonly unknown[]).includes(code)
const HIDDEN_MESSAGE = 'Something went wrong on the server. It has been recorded.'
const AWAY_MESSAGE = 'Something that is needed can not be reached at the moment; try again.'

/** The code of an error that a client sees. */
export const codeOf = (error: GraphQLError): ErrorCode => (isErrorCode(error.extensions['code']) ? error.extensions['code'] : 'INTERNAL')

/** An error for clients, with one of the closed set of codes. */
export const toPublicError = (code: ErrorCode, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } })

/** Only what was meant for clients passes; every other error becomes INTERNAL, and its text goes to the operators. */
export function maskError(error: unknown, onHidden: OnHidden): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined
  if (located && isErrorCode(located.extensions['code'])) return located
  const place = { nodes: located?.nodes ?? null, path: located?.path ?? null }
  const cause = located?.originalError ?? error
  if (cause instanceof BatutaError && isErrorCode(cause.code)) {
    const issues = cause instanceof InvalidInputError ? { issues: cause.issues } : {}
    return new GraphQLError(cause.message, { ...place, extensions: { code: cause.code, ...issues } })
  }
  if (located && isRequestError(located)) {
    const text = { source: located.source ?? null, positions: located.positions ?? null }
    return new GraphQLError(withoutInput(located.message), { ...place, ...text, extensions: { code: 'INVALID_INPUT' } })
  }
  onHidden(cause)
  // A restart of the database is no defect: who asks again is served.
  if (isConnectionError(cause)) return new GraphQLError(AWAY_MESSAGE, { ...place, extensions: { code: 'UNAVAILABLE' } })
  return new GraphQLError(HIDDEN_MESSAGE, { ...place, extensions: { code: 'INTERNAL' } })
}

/** graphql-js repeats the whole input where a part of it is missing, and the input may hold a secret; what stands behind it says what is wrong, and where. */
const withoutInput = (message: string): string => message.replace(/ got invalid value [{[][\s\S]*[}\]](?=; | at ")/, ' got an invalid value')

/**
 * graphql-js blames the request by pointing at its text: syntax, validation, variables (no path yet), arguments (the cause
 * is a GraphQLError that points at the argument). What a resolver throws or a scalar fails to serialize points at nothing.
 */
function isRequestError(error: GraphQLError): boolean {
  const cause = error.originalError
  if (error.path === undefined) return error.nodes !== undefined || error.source !== undefined
  return cause instanceof GraphQLError ? (cause.nodes?.length ?? 0) > 0 : cause === undefined && (error.nodes?.length ?? 0) > 0
}

export function maskResult(result: ExecutionResult, onHidden: OnHidden): ExecutionResult {
  if (!result.errors) return result
  return { ...result, errors: result.errors.map((error) => maskError(error, onHidden)) }
}
