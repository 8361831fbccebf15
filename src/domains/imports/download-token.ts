import { createHmac, timingSafeEqual } from 'node:crypto'

/** A short-lived right to download the rejected rows of one batch, for links that carry no other authentication. */
export interface DownloadRight {
  readonly batchId: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

const PURPOSE = 'rejected-rows'
const SIGNATURE_BYTES = 32

const signatureOf = (key: Buffer, body: string): Buffer => createHmac('sha256', key).update(`${PURPOSE}\n${body}`).digest()

/** `<body>.<signature>`, both base64url. */
export function signDownload(key: Buffer, right: DownloadRight): string {
  const body = Buffer.from(`${right.batchId}\n${right.expiresAtMs}`).toString('base64url')
  return `${body}.${signatureOf(key, body).toString('base64url')}`
}

/** The batch that the token is for; `undefined` when it is malformed, not ours, or expired. */
export function verifyDownload(key: Buffer, token: string, nowMs: number): string | undefined {
  const [body, signature, ...rest] = token.split('.')
  if (!body || !signature || rest.length > 0) return undefined
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== SIGNATURE_BYTES || !timingSafeEqual(given, signatureOf(key, body))) return undefined
  const [batchId, expiresAtMs] = Buffer.from(body, 'base64url').toString().split('\n')
  return batchId !== undefined && Number(expiresAtMs) > nowMs ? batchId : undefined
}
