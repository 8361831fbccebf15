/** Bounds of what one client may ask for. Shared by all transports; every one has a test that goes beyond it. */
export interface Limits {
  readonly maxTokens: number
  readonly maxDepth: number
  readonly maxAliases: number
  /** Fields that a document may ask for, each counted as often as the lists around it are long. */
  readonly maxCost: number
  /** Nesting of variables. */
  readonly maxJsonDepth: number
  /** Bytes of a JSON body, and of each field of a multipart body. */
  readonly maxBodyBytes: number
  /** Bytes of one WebSocket message. */
  readonly maxMessageBytes: number
  readonly maxOperationsPerSocket: number
  readonly maxSocketsPerUser: number
  /** Of all users together. */
  readonly maxSockets: number
  /** Messages that a client may send over one socket, on average; a burst may be twice as many. */
  readonly maxMessagesPerSecond: number
  /** Tokens that a client may send over one open socket, each to take the place of the one before. */
  readonly maxTokenRefreshesPerMinute: number
  readonly maxSsePerUser: number
  readonly connectionInitMs: number
  readonly keepAliveMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxTokens: 4_000,
  maxDepth: 15,
  maxAliases: 30,
  maxCost: 25_000,
  maxJsonDepth: 64,
  maxBodyBytes: 1_048_576,
  maxMessageBytes: 262_144,
  maxOperationsPerSocket: 100,
  maxSocketsPerUser: 50,
  maxSockets: 20_000,
  maxMessagesPerSecond: 100,
  maxTokenRefreshesPerMinute: 30,
  maxSsePerUser: 50,
  connectionInitMs: 3_000,
  keepAliveMs: 15_000,
}
