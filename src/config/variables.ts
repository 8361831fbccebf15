import { z } from 'zod'
import { parseRedisUrl } from '../base/redis-url.ts'
import { readCertificates } from './certificates.ts'

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

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().int().min(least).max(most))

const text = z.string().min(1)
const flag = z.enum(['true', 'false']).transform((value) => value === 'true')
const url = (protocols: RegExp) => z.string().refine((value) => URL.canParse(value) && protocols.test(new URL(value).protocol))
const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value)
const list = (isGood: (value: string) => boolean) =>
  z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((values) => values.every(isGood))
/** The value is the file's text. */
const certificates = z.string().transform((path, context) => {
  const text = readCertificates(path)
  if (text === undefined) context.addIssue('expected certificates')
  return text ?? z.NEVER
})

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
  PAN_FINGERPRINT_KEY: variable({
    schema: z.string().refine((value) => Buffer.byteLength(value) >= MIN_SECRET_BYTES),
    expected: `a secret of at least ${MIN_SECRET_BYTES} bytes`,
    secret: true,
    description: 'Key of the fingerprints of card numbers. Absent: a random one, kept in the database.',
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
