/**
 * What a failure of the database means for the caller. Codes are SQLSTATE (PostgreSQL manual, appendix A) or those of
 * Node's sockets. Errors are told apart by `code`, never by class: PGlite and `pg` each have classes of their own.
 */
const CONNECTION_CODES = new Set([
  // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout
  '57P01',
  '57P02',
  '57P03',
  '57P04',
  '57P05',
  // idle_in_transaction_session_timeout and transaction_timeout end the connection
  '25P03',
  '25P04',
  // too_many_connections
  '53300',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** `pg` has no code for these. */
const CONNECTION_MESSAGES =
  /connection terminated|connection ended|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable/i

/** 22 data exception, 23 integrity constraint, 54 program limit exceeded (a value too long for an index, say). */
const DATA_CLASSES = new Set(['22', '23', '54'])

/** Types or encodings that a value does not fit: invalid_text_representation and the like are class 22; these stand elsewhere. */
const DATA_CODES = new Set(['42804', '42846'])

/** The `code` of any thrown value. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The connection is lost or was not made: the statement may or may not have been applied, so repeat only what is safe to repeat. */
export function isConnectionError(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== undefined) return code.startsWith('08') || CONNECTION_CODES.has(code)
  if (error instanceof AggregateError) return error.errors.some((each) => isConnectionError(each))
  return error instanceof Error && CONNECTION_MESSAGES.test(error.message)
}

/** The fault of a value (a `\u0000` in text, a number out of range, a broken constraint): the same values fail again. */
export function isDataError(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && code.length === 5 && (DATA_CLASSES.has(code.slice(0, 2)) || DATA_CODES.has(code))
}

/** Two transactions were in each other's way and this one was undone: running it again is right. */
export function isSerializationError(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

/** A unique index has the value already; with `constraint`, that index only. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== '23505') return false
  return constraint === undefined || (error as { readonly constraint?: string }).constraint === constraint
}
