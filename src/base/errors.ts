/**
 * Errors with names. `code` is what programs branch on; `message` is for people and says what was expected,
 * what came instead and what to do. Everything that is not a `BatutaError` is a bug and is masked at the edge.
 */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'INVALID_INPUT',
  'INVALID_STATE',
  'VERSION_CONFLICT',
  'IDEMPOTENCY_CONFLICT',
  'ALREADY_RUNNING',
  'FEATURE_BLOCKED',
  'QUOTA_EXCEEDED',
  'TOO_COMPLEX',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export class BatutaError extends Error {
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = this.constructor.name
    this.code = code
  }
}

/** A value that was refused: where it stood, and a sentence with what was expected. */
export interface InputIssue {
  /** Path of the value, such as `input.phones.3`. */
  readonly path: string
  readonly message: string
}

export class InvalidInputError extends BatutaError {
  readonly issues: readonly InputIssue[]
  constructor(issues: readonly InputIssue[]) {
    super('INVALID_INPUT', issues.map((issue) => `${issue.path}: ${issue.message}`).join('; '))
    this.issues = issues
  }
}

/** Something that the process needs is away or overloaded; the same call may work later. */
export class UnavailableError extends BatutaError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options)
  }
}

/** Thrown by handlers: trying again can't help, so no retry follows. `code` is the handler's own, in UPPER_SNAKE_CASE. */
export class PermanentError extends BatutaError {}

/** The text of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
