import type { SealingKey } from '../base/sealed-text.ts'
import { isLoopbackHost } from './loopback.ts'
import { unknownVariables } from './unknown-variables.ts'
import { VARIABLE_NAMES, VARIABLES, type Variable, type VariableName, type VariableValue } from './variables.ts'

/** The environment, checked once and frozen. Nobody else reads `process.env`. `undefined`: not set, and without a default. */
export interface Config {
  readonly port: number
  readonly host: string
  readonly databaseUrl: string | undefined
  readonly databasePoolSize: number
  readonly dataDir: string
  readonly redisUrl: string | undefined
  readonly redisKeyPrefix: string
  /** Certificates that `rediss://` trusts instead of the well-known ones, PEM. */
  readonly redisTlsCa: string | undefined
  readonly auth: AuthConfig
  readonly allowedOrigins: readonly string[]
  readonly allowedHosts: readonly string[]
  readonly uploadDir: string | undefined
  readonly maxFileSize: number
  readonly leaseSeconds: number
  readonly workerSlots: number
  readonly instanceRole: 'all' | 'api' | 'worker'
  readonly logLevel: VariableValue<'LOG_LEVEL'>
  readonly sandboxOperations: boolean
  readonly maxActivePerOwner: number
  readonly notificationRetentionDays: number
  readonly searchRebuildDelaySeconds: number
  readonly panFingerprintKey: string | undefined
  /** Address under which people reach this server, without a slash at its end. */
  readonly publicUrl: string | undefined
  readonly notifications: NotificationsConfig
  readonly tiendanube: TiendanubeConfig
  /** Provider of chat completions. */
  readonly chatCompletions: { readonly url: string; readonly apiKey: string | undefined; readonly model: string; readonly timeoutMs: number } | undefined
  /** Provider of embeddings. */
  readonly embeddings:
    | { readonly url: string; readonly apiKey: string | undefined; readonly model: string; readonly dimensions: number | undefined }
    | undefined
  readonly whatsapp: WhatsappConfig
  readonly isProduction: boolean
}

/** Notifications outside the product. */
export interface NotificationsConfig {
  readonly graceSeconds: number
  /** The first seals, all open; none: a random one, kept in the database. */
  readonly encryptionKeys: readonly SealingKey[]
  readonly allowedPrivateHosts: readonly string[]
  readonly smtpUrl: string | undefined
  /** Sender of mails. */
  readonly from: string | undefined
  readonly slackBotToken: string | undefined
  readonly slackApiUrl: string
  /** Where operators get alerts. */
  readonly operators: readonly { readonly channel: 'email' | 'slack' | 'teams'; readonly address: string }[]
}

/** How shops on Tiendanube are reached. */
export interface TiendanubeConfig {
  /** Whose consent page users see; `undefined`: there is none. */
  readonly app: { readonly id: string; readonly secret: string } | undefined
  /** Both without a slash at their end. */
  readonly authUrl: string
  readonly apiUrl: string
  readonly userAgent: string
}

/** Who carries WhatsApp messages. */
export type WhatsappConfig =
  | { readonly gateway: 'sandbox' }
  | {
      readonly gateway: 'whatsapp-cloud'
      readonly apiUrl: string
      readonly token: string
      readonly appSecret: string
      readonly phoneNumberId: string
      readonly businessAccountId: string
      readonly template: VariableValue<'WHATSAPP_CLOUD_TEMPLATE'> | undefined
    }

export interface AuthConfig {
  readonly source:
    | { readonly kind: 'none' }
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'jwks'; readonly url: string }
    | { readonly kind: 'firebase'; readonly projectId: string; readonly keysUrl: string | undefined }
  readonly issuer: string | undefined
  readonly audience: string | undefined
  readonly rolesClaim: string
  readonly tenantClaim: string
  readonly maxTokenLifeMs: number | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** All that is wrong with an environment, one sentence each. The text is fit for the person who starts Batuta. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`Batuta can't start with this configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Values = { readonly [Name in VariableName]: VariableValue<Name> | undefined }

/** Throws `ConfigError` with everything that is wrong at once. */
export function parseConfig(environment: Environment): Config {
  const problems: string[] = [...unknownVariables(Object.keys(environment).filter((name) => environment[name]))]
  const values = readValues(environment, problems)
  const config = problems.length === 0 ? toConfig(values) : undefined
  problems.push(...contradictions(values, environment))
  if (problems.length > 0 || !config) throw new ConfigError(problems)
  return config
}

function readValues(environment: Environment, problems: string[]): Values {
  const values: Record<string, unknown> = {}
  for (const name of VARIABLE_NAMES) {
    const entry: Variable<unknown> = VARIABLES[name]
    const given = environment[name]?.trim() || entry.default
    if (given === undefined) continue
    const parsed = entry.schema.safeParse(given)
    if (parsed.success) values[name] = parsed.data
    else problems.push(`${name}: expected ${entry.expected}, got ${entry.secret ? 'something else (not shown: it may hold a secret)' : JSON.stringify(given)}`)
  }
  return values as Values
}

const isSet = (environment: Environment, name: VariableName): boolean => (environment[name]?.trim() ?? '') !== ''
const hasAuth = (environment: Environment): boolean =>
  isSet(environment, 'AUTH_JWT_SECRET') || isSet(environment, 'AUTH_JWKS_URL') || isSet(environment, 'AUTH_FIREBASE_PROJECT')

/** What each value allows alone but their sum does not. A variable that is set but malformed was reported already, so it counts as set. */
function contradictions(values: Values, environment: Environment): readonly string[] {
  const problems: string[] = []
  problems.push(...ambiguousAuth(environment))
  if (!hasAuth(environment)) problems.push(...dangersWithoutAuth(values))
  if (values.INSTANCE_ROLE !== undefined && values.INSTANCE_ROLE !== 'all' && !isSet(environment, 'DATABASE_URL')) {
    problems.push(`INSTANCE_ROLE is ${values.INSTANCE_ROLE}, but the embedded database serves one process only: set DATABASE_URL, or INSTANCE_ROLE=all`)
  }
  if (isSet(environment, 'REDIS_TLS_CA') && (!isSet(environment, 'REDIS_URL') || values.REDIS_URL?.startsWith('redis://'))) problems.push(UNUSED_CA)
  problems.push(...mailContradictions(values, environment), ...halfAnApp(environment))
  for (const [name, needed] of PROVIDER_NEEDS)
    if (isSet(environment, name) && !isSet(environment, needed)) problems.push(`${name} is set, but ${needed} is not: set both, or neither`)
  problems.push(...whatsappContradictions(values, environment))
  return problems
}

const WHATSAPP_CLOUD = ['WHATSAPP_CLOUD_TOKEN', 'WHATSAPP_CLOUD_APP_SECRET', 'WHATSAPP_CLOUD_PHONE_NUMBER_ID', 'WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID'] as const

function whatsappContradictions(values: Values, environment: Environment): readonly string[] {
  // Whoever says that it is to be the sandbox may leave the rest as it is.
  if (!isSet(environment, 'WHATSAPP_GATEWAY'))
    return WHATSAPP_CLOUD.filter((name) => isSet(environment, name)).map(
      (name) => `${name} is set, but WHATSAPP_GATEWAY is not, so nothing would be sent: set WHATSAPP_GATEWAY=whatsapp-cloud, or WHATSAPP_GATEWAY=sandbox`,
    )
  if (values.WHATSAPP_GATEWAY !== 'whatsapp-cloud') return []
  return [...WHATSAPP_CLOUD, 'PUBLIC_URL' as const]
    .filter((name) => !isSet(environment, name))
    .map((name) => `WHATSAPP_GATEWAY is whatsapp-cloud, but ${name} is not set: set it too, or WHATSAPP_GATEWAY=sandbox`)
}

function mailContradictions(values: Values, environment: Environment): readonly string[] {
  const problems: string[] = []
  const hasSender = isSet(environment, 'NOTIFICATION_FROM') || isSet(environment, 'ALERT_EMAIL_FROM')
  if (isSet(environment, 'SMTP_URL') && !hasSender) problems.push('SMTP_URL is set, but no mail would have a sender: set NOTIFICATION_FROM too')
  if (values.ALERT_EMAIL_ENABLED !== true) return problems
  for (const name of ['SMTP_URL', 'ALERT_EMAIL_RECIPIENTS'] as const) {
    if (!isSet(environment, name)) problems.push(`ALERT_EMAIL_ENABLED is true, but ${name} is not set: set it too, or ALERT_EMAIL_ENABLED=false`)
  }
  return problems
}

function halfAnApp(environment: Environment): readonly string[] {
  const [id, secret] = [isSet(environment, 'TIENDANUBE_APP_ID'), isSet(environment, 'TIENDANUBE_APP_SECRET')]
  if (id === secret) return []
  const [set, missing] = id ? ['TIENDANUBE_APP_ID', 'TIENDANUBE_APP_SECRET'] : ['TIENDANUBE_APP_SECRET', 'TIENDANUBE_APP_ID']
  return [`${set} is set, but no shop could be connected without ${missing}: set both, or neither`]
}

function ambiguousAuth(environment: Environment): readonly string[] {
  const problems: string[] = []
  for (const name of ['AUTH_JWKS_URL', 'AUTH_FIREBASE_PROJECT'] as const) {
    if (!isSet(environment, 'AUTH_JWT_SECRET') || !isSet(environment, name)) continue
    problems.push(`AUTH_JWT_SECRET and ${name} are both set: expected one of them, so that it is clear which key a token must be signed with`)
  }
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const) {
    if (!isSet(environment, 'AUTH_FIREBASE_PROJECT') || !isSet(environment, name)) continue
    problems.push(`${name} and AUTH_FIREBASE_PROJECT are both set: the project says issuer and audience, so leave ${name} out`)
  }
  return problems
}

const PROVIDER_NEEDS: readonly (readonly [VariableName, VariableName])[] = [
  ['CHAT_COMPLETIONS_URL', 'CHAT_COMPLETIONS_MODEL'],
  ['CHAT_COMPLETIONS_MODEL', 'CHAT_COMPLETIONS_URL'],
  ['CHAT_COMPLETIONS_API_KEY', 'CHAT_COMPLETIONS_URL'],
  ['EMBEDDINGS_URL', 'EMBEDDINGS_MODEL'],
  ['EMBEDDINGS_MODEL', 'EMBEDDINGS_URL'],
  ['EMBEDDINGS_API_KEY', 'EMBEDDINGS_URL'],
  ['EMBEDDINGS_DIMENSIONS', 'EMBEDDINGS_URL'],
]

const UNUSED_CA = 'REDIS_TLS_CA is set, but REDIS_URL is no rediss:// address, so no certificate would be verified: set both, or neither'

function dangersWithoutAuth(values: Values): readonly string[] {
  const remedy = 'set AUTH_JWT_SECRET, AUTH_JWKS_URL or AUTH_FIREBASE_PROJECT'
  const problems: string[] = []
  if (values.HOST !== undefined && !isLoopbackHost(values.HOST)) {
    problems.push(`HOST is ${JSON.stringify(values.HOST)}, but without authentication Batuta listens on this machine only: ${remedy}, or HOST=127.0.0.1`)
  }
  if (values.NODE_ENV === 'production') problems.push(`NODE_ENV is production, but no authentication is configured: ${remedy}`)
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_MAX_TOKEN_SECONDS'] as const) {
    if (values[name] !== undefined) problems.push(`${name} is set, but no token would be checked: ${remedy} too`)
  }
  return problems
}

function toConfig(values: Values): Config {
  // Everything with a default is there once no problem was found.
  const given = values as { readonly [Name in VariableName]: VariableValue<Name> }
  const source = sourceOf(values)
  return deepFreeze({
    port: given.PORT,
    host: given.HOST,
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: given.DATABASE_POOL_SIZE,
    dataDir: given.DATA_DIR,
    redisUrl: values.REDIS_URL,
    redisKeyPrefix: given.REDIS_KEY_PREFIX,
    redisTlsCa: values.REDIS_TLS_CA,
    auth: {
      source,
      issuer: values.AUTH_ISSUER,
      audience: values.AUTH_AUDIENCE,
      rolesClaim: given.AUTH_ROLES_CLAIM,
      tenantClaim: given.AUTH_TENANT_CLAIM,
      maxTokenLifeMs: values.AUTH_MAX_TOKEN_SECONDS === undefined ? undefined : values.AUTH_MAX_TOKEN_SECONDS * 1_000,
    },
    allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    allowedHosts: values.ALLOWED_HOSTS ?? [],
    uploadDir: values.UPLOAD_DIR,
    maxFileSize: given.MAX_FILE_SIZE,
    leaseSeconds: given.LEASE_SECONDS,
    workerSlots: given.WORKER_SLOTS,
    instanceRole: given.INSTANCE_ROLE,
    logLevel: given.LOG_LEVEL,
    sandboxOperations: values.SANDBOX_OPERATIONS ?? source.kind === 'none',
    maxActivePerOwner: given.MAX_ACTIVE_PER_OWNER,
    notificationRetentionDays: given.NOTIFICATION_RETENTION_DAYS,
    searchRebuildDelaySeconds: given.SEARCH_REBUILD_DELAY_SECONDS,
    panFingerprintKey: values.PAN_FINGERPRINT_KEY,
    publicUrl: values.PUBLIC_URL,
    notifications: {
      graceSeconds: given.NOTIFICATION_GRACE_SECONDS,
      encryptionKeys: values.ENCRYPTION_KEYS ?? [],
      allowedPrivateHosts: values.ALLOWED_PRIVATE_HOSTS ?? [],
      smtpUrl: values.SMTP_URL,
      from: values.NOTIFICATION_FROM ?? values.ALERT_EMAIL_FROM,
      slackBotToken: values.SLACK_BOT_TOKEN,
      slackApiUrl: given.SLACK_API_URL,
      operators: operatorsOf(values),
    },
    tiendanube: { ...tiendanubeOf(values), authUrl: given.TIENDANUBE_AUTH_URL, apiUrl: given.TIENDANUBE_API_URL },
    chatCompletions: completionsOf(values, given.CHAT_COMPLETIONS_TIMEOUT_SECONDS),
    embeddings: embeddingsOf(values),
    whatsapp: whatsappOf(values),
    isProduction: given.NODE_ENV === 'production',
  })
}

function tiendanubeOf(values: Values): Pick<TiendanubeConfig, 'app' | 'userAgent'> {
  const { TIENDANUBE_APP_ID: id, TIENDANUBE_APP_SECRET: secret } = values
  return {
    app: id === undefined || secret === undefined ? undefined : { id, secret },
    userAgent: values.TIENDANUBE_USER_AGENT ?? `Batuta (${values.PUBLIC_URL ?? 'self-hosted'})`,
  }
}

function completionsOf({ CHAT_COMPLETIONS_URL: url, CHAT_COMPLETIONS_MODEL: model, ...values }: Values, timeoutSeconds: number): Config['chatCompletions'] {
  return url === undefined || model === undefined ? undefined : { url, apiKey: values.CHAT_COMPLETIONS_API_KEY, model, timeoutMs: timeoutSeconds * 1_000 }
}

function embeddingsOf({ EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model, ...values }: Values): Config['embeddings'] {
  return url === undefined || model === undefined ? undefined : { url, apiKey: values.EMBEDDINGS_API_KEY, model, dimensions: values.EMBEDDINGS_DIMENSIONS }
}

function operatorsOf(values: Values): NotificationsConfig['operators'] {
  const { ALERT_EMAIL_ENABLED: mails, ALERT_EMAIL_RECIPIENTS: recipients = [], SLACK_WEBHOOK_URL: slack, TEAMS_WEBHOOK_URL: teams } = values
  return [
    ...(mails === true ? recipients.map((address) => ({ channel: 'email' as const, address })) : []),
    ...(slack === undefined ? [] : [{ channel: 'slack' as const, address: slack }]),
    ...(teams === undefined ? [] : [{ channel: 'teams' as const, address: teams }]),
  ]
}

function whatsappOf(values: Values): WhatsappConfig {
  // What is missing beside whatsapp-cloud is refused after this.
  const given = values as { readonly [Name in VariableName]: VariableValue<Name> }
  if (given.WHATSAPP_GATEWAY === 'sandbox') return { gateway: 'sandbox' }
  return {
    gateway: given.WHATSAPP_GATEWAY,
    apiUrl: given.WHATSAPP_CLOUD_API_URL,
    token: given.WHATSAPP_CLOUD_TOKEN,
    appSecret: given.WHATSAPP_CLOUD_APP_SECRET,
    phoneNumberId: given.WHATSAPP_CLOUD_PHONE_NUMBER_ID,
    businessAccountId: given.WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID,
    template: values.WHATSAPP_CLOUD_TEMPLATE,
  }
}

function sourceOf(values: Values): AuthConfig['source'] {
  if (values.AUTH_JWT_SECRET !== undefined) return { kind: 'secret', secret: values.AUTH_JWT_SECRET }
  if (values.AUTH_FIREBASE_PROJECT !== undefined) return { kind: 'firebase', projectId: values.AUTH_FIREBASE_PROJECT, keysUrl: values.AUTH_JWKS_URL }
  return values.AUTH_JWKS_URL === undefined ? { kind: 'none' } : { kind: 'jwks', url: values.AUTH_JWKS_URL }
}

function deepFreeze<T extends object>(value: T): T {
  // Bytes can't be frozen.
  if (ArrayBuffer.isView(value)) return value
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part as object)
  return Object.freeze(value)
}
