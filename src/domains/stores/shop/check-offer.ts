import { createHash } from 'node:crypto'
import { type InputIssue, InvalidInputError } from '../../../base/errors.ts'
import type { GuardedHttp } from '../../../gateways/guarded-http.ts'
import type { StorePlatform } from '../records.ts'
import type { TokenOffer } from './shops.ts'

/** What somebody typed about a shop, checked. */
export interface CheckedOffer {
  readonly name: string
  readonly platform: StorePlatform
  readonly baseUrl: string
  readonly token: string
}

export interface OfferRules {
  readonly http: GuardedHttp
  /** Whether the operator configured this address, so that it may be private. */
  readonly isTrusted: (url: string) => boolean
}

const LONGEST_NAME = 100
const LONGEST_ADDRESS = 500
const LONGEST_TOKEN = 4_096
/** It needs none, but every store has a credential. */
const SANDBOX_TOKEN = 'sandbox'

/** Throws `InvalidInputError` with everything that is wrong at once. */
export function checkOffer(offer: TokenOffer, rules: OfferRules): CheckedOffer {
  const issues: InputIssue[] = []
  const name = checkName(offer.name, issues)
  const checked = offer.platform === 'sandbox' ? checkSandbox(offer, name, issues) : checkShop(offer, rules, issues)
  if (issues.length > 0) throw new InvalidInputError(issues)
  return { name, platform: offer.platform, ...checked }
}

/** Its name without spaces around it; adds an issue where it is none. */
export function checkName(given: string, issues: InputIssue[]): string {
  const name = given.trim()
  if (name.length === 0 || name.length > LONGEST_NAME || /\p{Cc}/u.test(name) || !name.isWellFormed()) {
    issues.push({ path: 'input.name', message: `expected 1 to ${LONGEST_NAME} characters on one line` })
  }
  return name
}

function checkSandbox({ baseUrl, accessToken }: TokenOffer, name: string, issues: InputIssue[]): Pick<CheckedOffer, 'baseUrl' | 'token'> {
  const message = 'expected none: a sandbox shop is inside this server'
  if (baseUrl !== undefined) issues.push({ path: 'input.baseUrl', message })
  if (accessToken !== undefined) issues.push({ path: 'input.accessToken', message })
  return { baseUrl: `sandbox:${slugOf(name)}`, token: SANDBOX_TOKEN }
}

function checkShop({ baseUrl, accessToken }: TokenOffer, rules: OfferRules, issues: InputIssue[]): Pick<CheckedOffer, 'baseUrl' | 'token'> {
  const address = addressOf(baseUrl ?? '')
  const refusal =
    address === undefined
      ? "expected the https address of the shop's API, such as https://api.tiendanube.com/v1/123456"
      : rules.http.refusalOf(address, rules.isTrusted(address))
  if (refusal !== undefined) issues.push({ path: 'input.baseUrl', message: refusal })
  const token = accessToken?.trim() ?? ''
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > LONGEST_TOKEN) {
    issues.push({ path: 'input.accessToken', message: `expected the access token of the shop, 1 to ${LONGEST_TOKEN} letters, digits and signs without spaces` })
  }
  return { baseUrl: address ?? '', token }
}

/** As it is kept: one spelling, without a slash at its end; `undefined` for what can be none. */
function addressOf(text: string): string | undefined {
  const url = text.length <= LONGEST_ADDRESS && URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  return url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' ? url.href.replace(/[?#]*$/, '').replace(/\/+$/, '') : undefined
}

/** Letters and digits of a name; what has none is told apart by its hash. */
function slugOf(name: string): string {
  const slug = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return slug === '' ? `shop-${createHash('sha256').update(name).digest('hex').slice(0, 12)}` : slug
}
