import type { ErrorCode } from '../base/errors.ts'

/** What the server tells of itself. Addresses, tokens, documents and variables are not part of any fact. */
declare module '../telemetry/facts.ts' {
  interface Facts {
    'server.listening': { readonly url: string }
    'server.drained': { readonly durationMs: number; readonly abandoned: number }
    /** A request answered, whatever the answer. `route` is a known one, never the address itself. */
    'request.answered': { readonly route: string; readonly method: string; readonly status: number; readonly durationMs: number }
    /** Turned away before any work was done for it. */
    'request.refused': { readonly transport: 'http' | 'websocket'; readonly code: ErrorCode; readonly reason: string }
    'graphql.executed': {
      readonly transport: Transport
      readonly kind: 'query' | 'mutation' | 'subscription'
      readonly durationMs: number
      readonly errors: number
    }
    'socket.opened': { readonly open: number }
    'socket.closed': { readonly code: number; readonly open: number }
  }
}

export type Transport = 'http' | 'sse' | 'websocket' | 'multipart'
