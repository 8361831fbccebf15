import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'

/** Who asks over HTTP, and through what. */
export interface HttpCaller {
  readonly viewer: Viewer | null
  readonly request: IncomingMessage
  readonly response: ServerResponse
}
