import { GraphQLError } from 'graphql'
import type { ErrorCode } from '../base/errors.ts'

/**
 * Request errors: authentication, limits, bad documents and what can't be data (queries, subscriptions).
 * `extensions.code` is from the closed set of `ErrorCode`. Errors with a name that resolvers throw get theirs at the edge.
 */
export const requestError = (code: ErrorCode, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } })

export const unauthenticated = (): GraphQLError =>
  requestError('UNAUTHENTICATED', 'Sign in first: send `Authorization: Bearer <token>`, as a header over HTTP or in the connection parameters over WebSocket.')
