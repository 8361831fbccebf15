import { z } from 'zod'
import { parseRedisUrl } from '../base/redis-url.ts'
import { certificates, EMAIL, encryptionKeys, flag, isOrigin, isSender, list, metaId, publicUrl, TEMPLATE, text, url, whole } from './value-schemas.ts'

/**
 * Every variable that Batuta reads, in one table: parsing, defaults, messages and `docs/configuration.md` derive from it.
 * Values are texts of the environment; an empty text counts as absent.
 */
export interface Variable<Value> {
  readonly schema: z.ZodType<Value, string>
  /** Ends the sentence "expected …". */
  readonly expected: string
  readonly description: string
  /** The default as a text of the environment; absent: none, or one that `description` explains. */
  readonly default?: string
  /** Never shown, not even in a message about a wrong value. */
  readonly secret?: boolean
}

const variable = <Value>(definition: Variable<Value>): Variable<Value> => definition

export const MIN_SECRET_BYTES = 32

export const VARIABLES = {
  PORT: variable({
    schema: whole(0, 65_535),
    expected: 'a port from 0 (any free one) to 65535',
    default: '4000',
    description: 'Port of the one listener: HTTP, WebSocket and SSE. `0` takes any free one.',
  }),
  HOST: variable({
    schema: text,
    expected: 'a host name or an address',
    default: '127.0.0.1',
    description: 'Address to listen on. Without authentication only a loopback address is accepted.',
  }),
  DATABASE_URL: variable({
    schema: url(/^postgres(ql)?:$/),
    expected: 'an address such as postgres://user:password@host:5432/name',
    secret: true,
    description: 'PostgreSQL. Absent: the embedded database in `DATA_DIR`, for one process.',
  }),
  DATABASE_POOL_SIZE: variable({
    schema: whole(2, 200),
    expected: 'a whole number from 2 to 200',
    default: '10',
    description: 'Connections to PostgreSQL that this process may hold.',
  }),
  DATA_DIR: variable({ schema: text, expected: 'a folder', default: '.batuta/data', description: 'Folder of the embedded database.' }),
  REDIS_URL: variable({
    schema: z.string().refine((value) => parseRedisUrl(value) !== undefined),
    expected: 'an address such as redis://user:password@host:6379, rediss:// for TLS, several nodes of one cluster as redis://a:6379,b:6379, and no options',
    secret: true,
    description:
      'Redis, which carries hints between instances; `rediss://` for TLS, `redis://a:6379,b:6379` for nodes of a cluster. Absent: hints stay in this process, and other instances look every second.',
  }),
  REDIS_TLS_CA: variable({
    schema: certificates,
    expected: 'a readable file with certificates (PEM)',
    description:
      'File with the certificates of the authority that signed the one of Redis. Absent: the well-known authorities. Without a valid certificate no `rediss://` connects.',
  }),
  REDIS_KEY_PREFIX: variable({
    schema: z.string().regex(/^[\w:.-]{1,64}$/),
    expected: '1 to 64 letters, digits, or : . _ -',
    default: 'batuta:',
    description: 'First part of every Redis channel, so that several Batutas can share one Redis.',
  }),
  AUTH_JWT_SECRET: variable({
    schema: z.string().refine((value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES),
    expected: `a secret of at least ${MIN_SECRET_BYTES} bytes`,
    secret: true,
    description: 'Shared secret of HS256 tokens. Set this, `AUTH_JWKS_URL` or `AUTH_FIREBASE_PROJECT`; without any of them there is no authentication.',
  }),
  AUTH_JWKS_URL: variable({
    schema: url(/^https?:$/),
    expected: 'an http or https address',
    description: 'Published keys (JWKS) of the issuer of tokens; rotated keys are picked up by themselves.',
  }),
  AUTH_FIREBASE_PROJECT: variable({
    schema: z.string().regex(/^[a-z][a-z0-9.:-]{2,61}[a-z0-9]$/),
    expected: 'the id of a Firebase project, such as my-shop-1a2b3',
    description:
      "Accepts the ID tokens of this Firebase project: keys, issuer, audience and algorithm follow from it. `AUTH_JWKS_URL` beside it only says where Google's keys are read (an emulator, a mirror).",
  }),
  AUTH_ISSUER: variable({ schema: text, expected: 'a text', description: 'Issuer (`iss`) that tokens must name. Absent: not checked.' }),
  AUTH_AUDIENCE: variable({ schema: text, expected: 'a text', description: 'Audience (`aud`) that tokens must name. Absent: not checked.' }),
  AUTH_ROLES_CLAIM: variable({
    schema: text,
    expected: 'the name of a claim',
    default: 'roles',
    description: 'Claim with the roles USER, ADMIN, SERVICE: an array, or words in one text. Dots reach into objects, as in `realm_access.roles`.',
  }),
  AUTH_TENANT_CLAIM: variable({ schema: text, expected: 'the name of a claim', default: 'tenant', description: 'Claim with the tenant.' }),
  AUTH_MAX_TOKEN_SECONDS: variable({
    schema: whole(60, 315_360_000),
    expected: 'seconds from 60 to 315360000 (ten years)',
    description:
      'Longest life of a token, from `iat` to `exp`; longer ones, and ones without `iat`, are refused. Revocations are forgotten after it. Absent: any life, and revocations are kept unless they say until when; with `AUTH_FIREBASE_PROJECT` 86400.',
  }),
  ALLOWED_ORIGINS: variable({
    schema: list(isOrigin),
    expected: 'origins with commas between them, such as https://app.example.com',
    description: 'Origins of web pages that may use the API from a browser, beside its own; also the CORS list.',
  }),
  ALLOWED_HOSTS: variable({
    schema: list((value) => /^[\w.:[\]-]+$/.test(value)),
    expected: 'host names with commas between them',
    description: 'Names in the `Host` header that are accepted. Absent: with authentication any; without it those of this machine and `HOST`.',
  }),
  UPLOAD_DIR: variable({
    schema: text,
    expected: 'a folder',
    description: 'Folder for uploaded files, shared by all instances. Absent: uploads are kept in the database.',
  }),
  MAX_FILE_SIZE: variable({
    schema: whole(1, 10_737_418_240),
    expected: 'bytes, from 1 to 10737418240',
    default: '52428800',
    description: 'Largest upload, bytes.',
  }),
  LEASE_SECONDS: variable({
    schema: whole(2, 300),
    expected: 'seconds from 2 to 300',
    default: '10',
    description: 'Silence after which the operations of an instance are taken over by others.',
  }),
  WORKER_SLOTS: variable({
    schema: whole(1, 1_000),
    expected: 'a whole number from 1 to 1000',
    default: '10',
    description: 'Operations that this process runs at once.',
  }),
  INSTANCE_ROLE: variable({
    schema: z.enum(['all', 'api', 'worker']),
    expected: 'all, api or worker',
    default: 'all',
    description: 'What this process does. `api` and `worker` need `DATABASE_URL`.',
  }),
  LOG_LEVEL: variable({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    expected: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
    description: 'Least level of log lines, which are JSON on standard error.',
  }),
  SANDBOX_OPERATIONS: variable({
    schema: flag,
    expected: 'true or false',
    description:
      'Whether the operation types that exist for trying things out can be started. Default: true where no authentication is configured, else false.',
  }),
  MAX_ACTIVE_PER_OWNER: variable({
    schema: whole(1, 1_000_000),
    expected: 'a whole number from 1 to 1000000',
    default: '100',
    description: 'Unfinished operations that one owner may have.',
  }),
  NOTIFICATION_RETENTION_DAYS: variable({
    schema: whole(1, 3_650),
    expected: 'days from 1 to 3650',
    default: '7',
    description: 'How long notifications are kept after their last edit; errors, and what has not cleared yet, twice as long.',
  }),
  SEARCH_REBUILD_DELAY_SECONDS: variable({
    schema: whole(0, 86_400),
    expected: 'seconds from 0 to 86400',
    default: '60',
    description: "How long after a change of a store's catalogue its search is built anew; all changes of that time share one rebuild.",
  }),
  PAN_FINGERPRINT_KEY: variable({
    schema: z.string().refine((value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES),
    expected: `a secret of at least ${MIN_SECRET_BYTES} bytes`,
    secret: true,
    description: 'Key of the fingerprints of card numbers. Absent: a random one, kept in the database.',
  }),
  PUBLIC_URL: variable({
    schema: publicUrl,
    expected: 'an http or https address without query, such as https://batuta.example.com',
    description:
      'Address under which people reach this server; links in messages begin with it: `/operations/<id>`, and the one that turns mails off. Absent: messages have no links.',
  }),
  ENCRYPTION_KEYS: variable({
    schema: encryptionKeys,
    expected: 'keys with commas between them, each an id of letters, digits, - and _, a colon, and 32 bytes in base64; ids differ, and none is "database"',
    secret: true,
    description:
      'Keys that seal addresses and secrets of destinations, and access tokens of shops (AES-256-GCM): the first seals, all open. To rotate, put a new one in front. Absent: a random one, kept in the database, which protects nothing from who can read that.',
  }),
  ALLOWED_PRIVATE_HOSTS: variable({
    schema: list((value) => /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(value)),
    expected: 'hosts with commas between them, such as chat.internal or 10.0.0.5:8443',
    description:
      'Hosts (`host` or `host:port`, as written in addresses) to which users may send notifications, and where their shops may be, though they are private; http and any port too. Absent: none, so the public internet by https only.',
  }),
  NOTIFICATION_GRACE_SECONDS: variable({
    schema: whole(0, 86_400),
    expected: 'seconds from 0 to 86400',
    default: '60',
    description: 'What is seen in the product within this time is not delivered elsewhere. Urgent notifications (HIGH, CRITICAL) do not wait.',
  }),
  SMTP_URL: variable({
    schema: url(/^smtps?:$/),
    expected: 'an address such as smtp://user:password@host:587, or smtps:// for TLS from the start',
    secret: true,
    description: 'Mail server. Absent: no mail is sent.',
  }),
  NOTIFICATION_FROM: variable({
    schema: z.string().refine(isSender),
    expected: 'a mail address, or a name and one, such as Batuta <batuta@example.com>',
    description: 'Sender of mails. Absent: `ALERT_EMAIL_FROM`.',
  }),
  ALERT_EMAIL_ENABLED: variable({
    schema: flag,
    expected: 'true or false',
    default: 'false',
    description: 'Whether alerts to operators are mailed to `ALERT_EMAIL_RECIPIENTS`.',
  }),
  ALERT_EMAIL_RECIPIENTS: variable({
    schema: list((value) => EMAIL.test(value)),
    expected: 'mail addresses with commas between them',
    description: 'Operators who get alerts by mail.',
  }),
  ALERT_EMAIL_FROM: variable({
    schema: z.string().refine(isSender),
    expected: 'a mail address, or a name and one, such as Batuta <batuta@example.com>',
    description: 'Sender of mails where `NOTIFICATION_FROM` is not set.',
  }),
  SLACK_WEBHOOK_URL: variable({
    schema: url(/^https?:$/),
    expected: 'an http or https address',
    secret: true,
    description: 'Incoming webhook of Slack that gets alerts to operators.',
  }),
  SLACK_BOT_TOKEN: variable({
    schema: text,
    expected: 'a token (xoxb-…)',
    secret: true,
    description:
      'Slack bot, by which users get notifications in channels and direct messages (by their ids), edited rather than repeated. Needs the scope `chat:write`.',
  }),
  SLACK_API_URL: variable({
    schema: publicUrl,
    expected: 'an http or https address without query',
    default: 'https://slack.com/api',
    description: "Address of Slack's Web API; another one for tests and proxies.",
  }),
  TEAMS_WEBHOOK_URL: variable({
    schema: url(/^https?:$/),
    expected: 'an http or https address',
    secret: true,
    description: 'Workflow webhook of Microsoft Teams that gets alerts to operators.',
  }),
  TIENDANUBE_APP_ID: variable({
    schema: z.string().regex(/^\d{1,20}$/),
    expected: 'the number of an app',
    description: 'App at Tiendanube (Nuvemshop) by whose consent page users connect their shops. Absent: shops are connected by a token that users type.',
  }),
  TIENDANUBE_APP_SECRET: variable({
    schema: z.string().regex(/^[\x21-\x7e]{8,200}$/),
    expected: 'the secret of the app, 8 to 200 characters',
    secret: true,
    description: 'Secret of `TIENDANUBE_APP_ID`, by which codes of the consent page become access tokens.',
  }),
  TIENDANUBE_AUTH_URL: variable({
    schema: publicUrl,
    expected: 'an http or https address without query',
    default: 'https://www.tiendanube.com/apps',
    description: 'Address below which the consent page and the exchange of codes are: `/<app id>/authorize`, `/authorize/token`.',
  }),
  TIENDANUBE_API_URL: variable({
    schema: publicUrl,
    expected: 'an http or https address without query',
    default: 'https://api.tiendanube.com/v1',
    description: 'Address of the API; the id of a shop follows. It may be private: another one for tests and proxies.',
  }),
  TIENDANUBE_USER_AGENT: variable({
    schema: z.string().regex(/^[\x20-\x7e]{3,200}$/),
    expected: '3 to 200 printable ASCII characters, such as My app (ops@example.com)',
    description: 'Who asks, as shops see it: name of your app, with a link or a mail address in parentheses. Absent: `Batuta`, with `PUBLIC_URL`.',
  }),
  CHAT_COMPLETIONS_URL: variable({
    schema: url(/^https?:$/),
    expected: 'an http or https address',
    description:
      "Endpoint of chat completions (any that speaks OpenAI's protocol, such as https://api.example.com/v1/chat/completions) that words the answers of shops' assistants. It is sent questions with what was found for them: products, and to a shop's owner orders. Absent: answers are worded here.",
  }),
  CHAT_COMPLETIONS_API_KEY: variable({ schema: text, expected: 'a key', secret: true, description: 'Bearer token for `CHAT_COMPLETIONS_URL`.' }),
  CHAT_COMPLETIONS_MODEL: variable({
    schema: text,
    expected: 'the name of a model',
    description: 'Model that `CHAT_COMPLETIONS_URL` is asked for; needed with it.',
  }),
  CHAT_COMPLETIONS_TIMEOUT_SECONDS: variable({
    schema: whole(1, 120),
    expected: 'seconds from 1 to 120',
    default: '20',
    description: 'How long an answer of `CHAT_COMPLETIONS_URL` is waited for; then the one that is worded here is given.',
  }),
  EMBEDDINGS_URL: variable({
    schema: url(/^https?:$/),
    expected: 'an http or https address',
    description:
      "Endpoint of embeddings (any that speaks OpenAI's protocol, such as https://api.example.com/v1/embeddings) that lets search find by meaning too, where the database has pgvector. It is sent the texts of products, and questions. Absent: search goes by words.",
  }),
  EMBEDDINGS_API_KEY: variable({ schema: text, expected: 'a key', secret: true, description: 'Bearer token for `EMBEDDINGS_URL`.' }),
  EMBEDDINGS_MODEL: variable({ schema: text, expected: 'the name of a model', description: 'Model that `EMBEDDINGS_URL` is asked for; needed with it.' }),
  EMBEDDINGS_DIMENSIONS: variable({
    schema: whole(1, 16_000),
    expected: 'a whole number from 1 to 16000',
    description: 'Length of the embeddings, for models that offer several. Absent: as the model has it.',
  }),
  WHATSAPP_GATEWAY: variable({
    schema: z.enum(['sandbox', 'whatsapp-cloud']),
    expected: 'sandbox or whatsapp-cloud',
    default: 'sandbox',
    description:
      'Who carries WhatsApp messages. `sandbox` sends nothing and says so; `whatsapp-cloud` needs the `WHATSAPP_CLOUD_…` variables and `PUBLIC_URL`.',
  }),
  WHATSAPP_CLOUD_TOKEN: variable({
    schema: text,
    expected: 'an access token',
    secret: true,
    description: 'Access token of the WhatsApp Cloud API (of a system user, so that it does not expire).',
  }),
  WHATSAPP_CLOUD_APP_SECRET: variable({
    schema: text,
    expected: 'the secret of an app',
    secret: true,
    description: 'Secret of the Meta app: it signs what the Cloud API reports.',
  }),
  WHATSAPP_CLOUD_PHONE_NUMBER_ID: variable({ schema: metaId, expected: 'an id of digits', description: 'Id of the number that messages come from.' }),
  WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: variable({
    schema: metaId,
    expected: 'an id of digits',
    description: 'Id of the WhatsApp business account, which reports to the webhook.',
  }),
  WHATSAPP_CLOUD_TEMPLATE: variable({
    schema: z.string().transform((value, context) => {
      const [, name, language] = TEMPLATE.exec(value) ?? []
      if (name === undefined || language === undefined) context.addIssue('expected a template')
      return name === undefined || language === undefined ? z.NEVER : { name, language }
    }),
    expected: 'the name of a template, a colon and its language, such as notice:es_AR',
    description:
      'Approved template, with one variable in its body, that carries all messages. Absent: they are free text, which the Cloud API takes within 24 hours after the receiver wrote.',
  }),
  WHATSAPP_CLOUD_API_URL: variable({
    schema: publicUrl,
    expected: 'an http or https address without query',
    default: 'https://graph.facebook.com/v26.0',
    description: 'Address of the Cloud API with its version; another one for tests and proxies.',
  }),
  NODE_ENV: variable({ schema: text, expected: 'a text', default: 'development', description: '`production` refuses to start without authentication.' }),
}

export type VariableName = keyof typeof VARIABLES
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[]
export type VariableValue<Name extends VariableName> = z.output<(typeof VARIABLES)[Name]['schema']>

/** The table as Markdown, for `docs/configuration.md`. */
export function configurationTable(): string {
  const rows = VARIABLE_NAMES.map((name) => {
    const entry: Variable<unknown> = VARIABLES[name]
    return `| \`${name}\` | ${entry.default === undefined ? '' : `\`${entry.default}\``} | ${entry.description} |`
  })
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
