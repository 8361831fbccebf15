/** What we know of the Cloud API's error codes (`error.code`). The rest is judged by the status of the answer. */
export interface KnownError {
  /** A clause without a stop. */
  readonly meaning: string
  /** Whether trying again later can help. */
  readonly isRetryable: boolean
  /** Trying earlier can't help. */
  readonly waitMs?: number
}

const later = (meaning: string, waitMs?: number): KnownError => ({ meaning, isRetryable: true, ...(waitMs === undefined ? {} : { waitMs }) })
const never = (meaning: string): KnownError => ({ meaning, isRetryable: false })

const MINUTE_MS = 60_000
/** One message to one number in six seconds. */
const PAIR_MS = 6_000

const TOKEN = 'the access token is not good any more: set a new WHATSAPP_CLOUD_TOKEN'
const PERMISSION = 'the access token lacks a permission: it needs whatsapp_business_messaging and whatsapp_business_management'

const KNOWN: Readonly<Record<number, KnownError>> = {
  0: never(TOKEN),
  1: later('the API failed'),
  2: later('the API is overloaded or down for a moment'),
  3: never(PERMISSION),
  4: later('the app has reached its rate limit', MINUTE_MS),
  10: never(PERMISSION),
  33: never('the phone number id is not known: check WHATSAPP_CLOUD_PHONE_NUMBER_ID'),
  100: never('the API did not accept the request: check the ids of the number and of the business account'),
  190: never(TOKEN),
  368: never('the business account is restricted for a violation of its policies'),
  2200: later('the webhook could not be verified: PUBLIC_URL must lead to this server by https, with a certificate that is generally trusted'),
  80007: later('the business account has reached its rate limit', MINUTE_MS),
  130429: later('too many messages at once', MINUTE_MS),
  130472: never('the number takes part in an experiment of WhatsApp and gets no such messages'),
  130497: never('the business may not write to numbers of this country'),
  131000: later('the API failed'),
  131005: never(PERMISSION),
  131016: later('the API is down for a moment'),
  131021: never('sender and receiver are the same number'),
  131026: never('it can not be delivered: the number is not on WhatsApp, or its app is too old or has not accepted the terms'),
  131030: never('the number is not on the list of receivers of this test account: add it in the app dashboard'),
  131031: never('the business account is locked'),
  131042: never('there is a problem with the payment of the business account'),
  131045: never('the sender is not registered: register the number in the app dashboard'),
  131047: never(
    'more than 24 hours have passed since this number wrote last, and free text is allowed only within them: have it write first, or set WHATSAPP_CLOUD_TEMPLATE',
  ),
  131048: later('the sender is limited because messages of it were reported as spam', 60 * MINUTE_MS),
  131049: never('WhatsApp chose not to deliver it'),
  131050: never('the receiver wants no such messages'),
  131056: later('too many messages to this number', PAIR_MS),
  131057: later('the business account is in maintenance', MINUTE_MS),
  132000: never('the template wants other values: WHATSAPP_CLOUD_TEMPLATE needs one with exactly one variable in its body'),
  132001: never('there is no such template in this language: check WHATSAPP_CLOUD_TEMPLATE'),
  132015: never('the template is paused for its quality'),
  132016: never('the template was disabled for its quality'),
  133004: later('the API is down for a moment'),
  133010: never('the sender is not registered: register the number in the app dashboard'),
}

export function knownError(code: number): KnownError | undefined {
  return KNOWN[code] ?? (code >= 200 && code <= 299 ? never(PERMISSION) : undefined)
}
