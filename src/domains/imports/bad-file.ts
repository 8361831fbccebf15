import { PermanentError } from '../../base/errors.ts'

/** Why a file as a whole can't be imported. Trying again can't help. */
export const BAD_FILE_CODES = [
  'EMPTY_FILE',
  'FILE_TOO_LARGE',
  'NOT_CSV',
  'HEADER_MISSING',
  'HEADER_AMBIGUOUS',
  'TOO_MANY_COLUMNS',
  'ROW_TOO_LONG',
  'UPLOAD_GONE',
] as const
export type BadFileCode = (typeof BAD_FILE_CODES)[number]

export class BadFileError extends PermanentError {
  constructor(code: BadFileCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}
