import { VARIABLE_NAMES, VARIABLES, type Variable } from '../../src/config/variables.ts'

/**
 * Values that no output may ever contain. Tests use them wherever they configure a secret; `npm test` looks for them in everything that the suite and
 * the processes that it starts have written, and fails when it finds one. Each is recognisable, long enough, and has a sign that addresses must escape.
 */
const planted = (name: string): string => `planted-${name}-7f3a9c51e8d24b60-do-not-show`

export const PLANTED = {
  jwtSecret: planted('jwt-secret'),
  panKey: planted('pan-fingerprint-key'),
  databasePassword: planted('database-password'),
  redisPassword: planted('redis, password/%'),
  smtpPassword: planted('smtp-password'),
  slackBotToken: `xoxb-${planted('slack-bot')}`,
  slackWebhook: planted('slack-webhook'),
  teamsWebhook: planted('teams-webhook'),
  webhookSecret: planted('webhook-secret'),
  shopToken: planted('shop-token'),
  shopAppSecret: planted('shop-app-secret'),
  chatCompletionsKey: planted('chat-completions-key'),
  embeddingsKey: planted('embeddings-key'),
  whatsappToken: planted('whatsapp-cloud-token'),
  whatsappAppSecret: planted('whatsapp-cloud-app-secret'),
  consentCode: planted('consent-code'),
  /** 32 bytes, as keys of encryption are. */
  encryptionKey: Buffer.from('planted-encryption-key-32-bytes!').toString('base64'),
} as const

/** A good value, with a planted secret in it, for every variable that is marked as secret. */
export const PLANTED_VARIABLES: Readonly<Record<string, string>> = {
  AUTH_JWT_SECRET: PLANTED.jwtSecret,
  PAN_FINGERPRINT_KEY: PLANTED.panKey,
  DATABASE_URL: `postgres://batuta:${encodeURIComponent(PLANTED.databasePassword)}@127.0.0.1:1/none`,
  REDIS_URL: `redis://:${encodeURIComponent(PLANTED.redisPassword)}@127.0.0.1:1`,
  SMTP_URL: `smtp://batuta:${encodeURIComponent(PLANTED.smtpPassword)}@127.0.0.1:1`,
  SLACK_WEBHOOK_URL: `https://hooks.slack.com/services/T00/B00/${PLANTED.slackWebhook}`,
  SLACK_BOT_TOKEN: PLANTED.slackBotToken,
  TEAMS_WEBHOOK_URL: `https://example.webhook.office.com/webhookb2/${PLANTED.teamsWebhook}`,
  TIENDANUBE_APP_SECRET: PLANTED.shopAppSecret,
  CHAT_COMPLETIONS_API_KEY: PLANTED.chatCompletionsKey,
  EMBEDDINGS_API_KEY: PLANTED.embeddingsKey,
  WHATSAPP_CLOUD_TOKEN: PLANTED.whatsappToken,
  WHATSAPP_CLOUD_APP_SECRET: PLANTED.whatsappAppSecret,
  ENCRYPTION_KEYS: `1:${PLANTED.encryptionKey}`,
}

export const SECRET_VARIABLES = VARIABLE_NAMES.filter((name) => (VARIABLES[name] as Variable<unknown>).secret)

export interface Finding {
  /** Which secret. */
  readonly name: string
  /** Number of the line, from 1. */
  readonly line: number
  /** The line with what was found taken out, cut to a length that can be read. */
  readonly text: string
}

/** A secret as it may be written: as it is, in an address, in JSON, in Base64. */
const spellings = (value: string): readonly string[] =>
  [...new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64').replace(/=+$/, '')])].filter(
    (spelling) => spelling.length >= 12,
  )

const LONGEST_SHOWN = 300

/** Where secrets stand in a text; at most one finding for each secret and line. */
export function findSecrets(text: string, secrets: Readonly<Record<string, string>> = PLANTED): Finding[] {
  const all = Object.entries(secrets).map(([name, value]) => ({ name, spellings: spellings(value) }))
  return text.split('\n').flatMap((line, index) =>
    all.flatMap(({ name, spellings: some }) => {
      const found = some.find((spelling) => line.includes(spelling))
      if (found === undefined) return []
      const at = line.indexOf(found)
      const shown = some.reduce((shorter, spelling) => shorter.replaceAll(spelling, '…'), line.slice(Math.max(0, at - LONGEST_SHOWN / 2), at + LONGEST_SHOWN))
      return [{ name, line: index + 1, text: shown.slice(0, LONGEST_SHOWN) }]
    }),
  )
}
