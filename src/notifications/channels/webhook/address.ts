import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { ParsedAddress } from '../channel.ts'
import { parseSecretUrl } from '../secret-url.ts'

/** Where a program takes signed notifications. */
export const parseWebhookAddress = (http: GuardedHttp, text: string): ParsedAddress => parseSecretUrl(http, text.trim())
