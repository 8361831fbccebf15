import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { ParsedAddress } from '../channel.ts'
import { parseSecretUrl } from '../secret-url.ts'

/** The address of a workflow "when a Teams webhook request is received". */
export const parseTeamsAddress = (http: GuardedHttp, text: string): ParsedAddress => parseSecretUrl(http, text.trim())
