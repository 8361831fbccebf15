import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConfigError, type Environment, parseConfig } from '../../src/config/config.ts'
import { isLoopbackHost } from '../../src/config/loopback.ts'
import { editDistance } from '../../src/config/unknown-variables.ts'
import { configurationTable, VARIABLE_NAMES, VARIABLES, type Variable } from '../../src/config/variables.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

const SECRET = PLANTED.jwtSecret

/** What the Cloud API needs. */
const WHATSAPP = {
  WHATSAPP_CLOUD_TOKEN: PLANTED.whatsappToken,
  WHATSAPP_CLOUD_APP_SECRET: PLANTED.whatsappAppSecret,
  WHATSAPP_CLOUD_PHONE_NUMBER_ID: '106540352242922',
  WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: '102290129340398',
  PUBLIC_URL: 'https://batuta.example.com',
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    parseConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('parseConfig', () => {
  test('an empty environment starts an embedded Batuta on this machine', () => {
    expect(parseConfig({})).toMatchObject({
      port: 4_000,
      host: '127.0.0.1',
      databaseUrl: undefined,
      dataDir: '.batuta/data',
      redisUrl: undefined,
      maxFileSize: 52_428_800,
      leaseSeconds: 10,
      instanceRole: 'all',
      logLevel: 'info',
      sandboxOperations: true,
      maxActivePerOwner: 100,
      notificationRetentionDays: 7,
      searchRebuildDelaySeconds: 60,
      auth: { source: { kind: 'none' }, rolesClaim: 'roles' },
    })
  })

  test('the result is frozen through and through', () => {
    const config = parseConfig({})
    expect([Object.isFrozen(config), Object.isFrozen(config.auth), Object.isFrozen(config.auth.source)]).toEqual([true, true, true])
  })

  test('empty texts count as absent and spaces around values do not matter', () => {
    expect(parseConfig({ PORT: ' 0 ', DATABASE_URL: '' })).toMatchObject({ port: 0, databaseUrl: undefined })
  })

  test('lists are split at commas', () => {
    expect(parseConfig({ ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000' }).allowedOrigins).toEqual(['https://a.example', 'http://localhost:3000'])
  })

  test('variables of the machine are left alone', () => {
    expect(
      problemsOf({
        PATH: '/bin',
        HOME: '/root',
        HOSTNAME: 'x',
        PWD: '/',
        SHELL: 'sh',
        LANG: 'C',
        TERM: 'x',
        npm_config_cache: 'x',
        PGHOST: 'x',
        PORTAL: 'x',
        LOGNAME: 'x',
      }),
    ).toEqual([])
  })

  test.each([
    [{ PROT: '1' }, 'unknown variable PROT; did you mean PORT?'],
    [{ port: '1' }, 'unknown variable port; did you mean PORT?'],
    [{ DATABASE_URI: 'x' }, 'unknown variable DATABASE_URI; did you mean DATABASE_URL?'],
    [{ AUTH_JWT_SECERT: 'x' }, 'unknown variable AUTH_JWT_SECERT; did you mean AUTH_JWT_SECRET?'],
    [{ MAX_FILESIZE: '1' }, 'unknown variable MAX_FILESIZE; did you mean MAX_FILE_SIZE?'],
    [{ BATUTA_SOMETHING_ELSE: '1' }, 'unknown variable BATUTA_SOMETHING_ELSE; see docs/configuration.md'],
  ])('%o stops the start with a hint', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem])
  })

  test.each([
    [{ PORT: 'abc' }, 'PORT: expected a port from 0 (any free one) to 65535, got "abc"'],
    [{ PORT: '65536' }, 'PORT: expected a port from 0 (any free one) to 65535, got "65536"'],
    [{ LEASE_SECONDS: '1' }, 'LEASE_SECONDS: expected seconds from 2 to 300, got "1"'],
    [{ INSTANCE_ROLE: 'boss' }, 'INSTANCE_ROLE: expected all, api or worker, got "boss"'],
    [{ SANDBOX_OPERATIONS: 'yes' }, 'SANDBOX_OPERATIONS: expected true or false, got "yes"'],
    [
      { ALLOWED_ORIGINS: 'https://a.example/path' },
      'ALLOWED_ORIGINS: expected origins with commas between them, such as https://app.example.com, got "https://a.example/path"',
    ],
  ])('%o is explained', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem])
  })

  test('secrets are never repeated', () => {
    const problems = problemsOf({ AUTH_JWT_SECRET: 'hunter2', DATABASE_URL: 'hunter2', REDIS_URL: 'hunter2', PAN_FINGERPRINT_KEY: 'hunter2' })
    expect(problems).toHaveLength(4)
    expect(problems.join(' ')).not.toContain('hunter2')
  })

  test('notifications are set up from their variables', () => {
    const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const config = parseConfig({
      PUBLIC_URL: 'https://batuta.example.com/',
      ENCRYPTION_KEYS: `k2:${other.toString('base64')}, k1:${one.toString('base64')}`,
      ALLOWED_PRIVATE_HOSTS: 'chat.internal, 10.0.0.5:8443',
      NOTIFICATION_GRACE_SECONDS: '5',
      SMTP_URL: 'smtps://user:password@mail.example.com',
      ALERT_EMAIL_FROM: 'Batuta <batuta@example.com>',
      ALERT_EMAIL_ENABLED: 'true',
      ALERT_EMAIL_RECIPIENTS: 'ops@example.com,boss@example.com',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x',
    })
    expect(config.publicUrl).toBe('https://batuta.example.com')
    expect(config.notifications).toMatchObject({
      graceSeconds: 5,
      encryptionKeys: [
        { id: 'k2', key: other },
        { id: 'k1', key: one },
      ],
      allowedPrivateHosts: ['chat.internal', '10.0.0.5:8443'],
      from: 'Batuta <batuta@example.com>',
      slackApiUrl: 'https://slack.com/api',
      operators: [
        { channel: 'email', address: 'ops@example.com' },
        { channel: 'email', address: 'boss@example.com' },
        { channel: 'slack', address: 'https://hooks.slack.com/services/x' },
      ],
    })
  })

  test.each([
    'k1',
    'k1:',
    `k1:${Buffer.alloc(16).toString('base64')}`,
    `database:${Buffer.alloc(32).toString('base64')}`,
    `k1:${Buffer.alloc(32).toString('base64')},k1:${Buffer.alloc(32).toString('base64')}`,
    `k 1:${Buffer.alloc(32).toString('base64')}`,
  ])('%j are no encryption keys, and are not repeated', (value) => {
    expect(problemsOf({ ENCRYPTION_KEYS: value })).toEqual([expect.stringMatching(/^ENCRYPTION_KEYS: expected keys .* got something else \(not shown/)])
  })

  test.each(['Batuta', 'batuta@example.com\nBcc: eve@example.com', 'a@example.com, b@example.com'])('%j is no sender', (value) => {
    expect(problemsOf({ NOTIFICATION_FROM: value })).toHaveLength(1)
  })

  test('WhatsApp goes through the sandbox, or through the Cloud API with all that it needs', () => {
    expect(parseConfig({}).whatsapp).toEqual({ gateway: 'sandbox' })
    expect(parseConfig({ ...WHATSAPP, WHATSAPP_GATEWAY: 'sandbox' }).whatsapp).toEqual({ gateway: 'sandbox' })
    expect(parseConfig({ ...WHATSAPP, WHATSAPP_GATEWAY: 'whatsapp-cloud', WHATSAPP_CLOUD_TEMPLATE: 'notice:es_AR' }).whatsapp).toEqual({
      gateway: 'whatsapp-cloud',
      apiUrl: 'https://graph.facebook.com/v26.0',
      token: WHATSAPP.WHATSAPP_CLOUD_TOKEN,
      appSecret: WHATSAPP.WHATSAPP_CLOUD_APP_SECRET,
      phoneNumberId: '106540352242922',
      businessAccountId: '102290129340398',
      template: { name: 'notice', language: 'es_AR' },
    })
  })

  test.each(Object.keys(WHATSAPP))('the Cloud API is not started without %s', (name) => {
    expect(problemsOf({ ...WHATSAPP, WHATSAPP_GATEWAY: 'whatsapp-cloud', [name]: '' })).toEqual([
      `WHATSAPP_GATEWAY is whatsapp-cloud, but ${name} is not set: set it too, or WHATSAPP_GATEWAY=sandbox`,
    ])
  })

  test.each(['notice', 'notice:', ':es', 'Notice:es', 'notice:spanish', 'notice:es_AR:x'])('%j is no template', (value) => {
    expect(problemsOf({ WHATSAPP_CLOUD_TEMPLATE: value })).toEqual([expect.stringContaining('such as notice:es_AR')])
  })

  test('everything that is wrong is said at once', () => {
    expect(problemsOf({ PORT: 'x', PROT: '1', LEASE_SECONDS: 'x', INSTANCE_ROLE: 'worker' })).toHaveLength(4)
  })

  test.each([
    ['another host than this machine without authentication', { HOST: '0.0.0.0' }, 'HOST is "0.0.0.0"'],
    ['production without authentication', { NODE_ENV: 'production' }, 'NODE_ENV is production'],
    ['an issuer without a key', { AUTH_ISSUER: 'x' }, 'AUTH_ISSUER is set'],
    ['a longest life without a key', { AUTH_MAX_TOKEN_SECONDS: '3600' }, 'AUTH_MAX_TOKEN_SECONDS is set'],
    ['a secret beside a Firebase project', { AUTH_JWT_SECRET: SECRET, AUTH_FIREBASE_PROJECT: 'my-shop' }, 'are both set'],
    ['an issuer beside a Firebase project', { AUTH_ISSUER: 'x', AUTH_FIREBASE_PROJECT: 'my-shop' }, 'leave AUTH_ISSUER out'],
    ['an audience beside a Firebase project', { AUTH_AUDIENCE: 'x', AUTH_FIREBASE_PROJECT: 'my-shop' }, 'leave AUTH_AUDIENCE out'],
    ['two kinds of keys', { AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://a.example/jwks' }, 'are both set'],
    ['mail without a sender', { SMTP_URL: 'smtp://mail.example.com' }, 'set NOTIFICATION_FROM too'],
    ['alerts by mail without a mail server', { ALERT_EMAIL_ENABLED: 'true', ALERT_EMAIL_RECIPIENTS: 'ops@example.com' }, 'SMTP_URL is not set'],
    ['a token of WhatsApp without a word on who carries messages', { WHATSAPP_CLOUD_TOKEN: 'x' }, 'set WHATSAPP_GATEWAY=whatsapp-cloud, or'],
    [
      'alerts by mail to nobody',
      { ALERT_EMAIL_ENABLED: 'true', SMTP_URL: 'smtp://mail.example.com', ALERT_EMAIL_FROM: 'a@example.com' },
      'ALERT_EMAIL_RECIPIENTS is not set',
    ],
    ['a worker on the embedded database', { INSTANCE_ROLE: 'worker' }, 'set DATABASE_URL'],
    ['an api on the embedded database', { INSTANCE_ROLE: 'api' }, 'set DATABASE_URL'],
  ])('%s is a contradiction', (_name, environment, part) => {
    const problems = problemsOf(environment)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(part)
  })

  test.each([
    'redis://host:6379',
    'redis://:p%2Cw@host',
    'rediss://user:password@host:6380/0',
    'redis://a:1,b:2, [::1]:3',
    'redis://u:p@a:1,redis://u:p@b:2',
    'rediss://u:p@a,b',
  ])('REDIS_URL may be %s', (url) => {
    expect(parseConfig({ REDIS_URL: url }).redisUrl).toBe(url)
  })

  test.each([
    'host:6379',
    'http://host',
    'redis://',
    'redis://user@host',
    'redis://host/name',
    'rediss://host?rejectUnauthorized=false',
    'redis://a:1,,b:2',
    'redis://a:1,rediss://b:2',
    'redis://u:p@a:1,u:other@b:2',
    'redis://u:%zz@a',
  ])('REDIS_URL may not be %s', (url) => {
    expect(problemsOf({ REDIS_URL: url })).toEqual([expect.stringMatching(/^REDIS_URL: expected an address such as redis:.*not shown/)])
  })

  test('REDIS_TLS_CA is read at start, and makes sense with rediss:// only', () => {
    const environment = { REDIS_URL: 'rediss://host', REDIS_TLS_CA: 'package.json' }
    expect(problemsOf(environment)).toEqual(['REDIS_TLS_CA: expected a readable file with certificates (PEM), got "package.json"'])
    expect(problemsOf({ ...environment, REDIS_TLS_CA: '/nowhere' })).toHaveLength(1)
    expect(problemsOf({ REDIS_URL: 'redis://host', REDIS_TLS_CA: '/nowhere' })).toHaveLength(2)
    expect(problemsOf({ REDIS_TLS_CA: '/nowhere' })).toContainEqual(expect.stringContaining('set both, or neither'))
  })

  test('shops on Tiendanube are reached by its own addresses, or by others', () => {
    expect(parseConfig({ PUBLIC_URL: 'https://batuta.example.com' }).tiendanube).toEqual({
      app: undefined,
      authUrl: 'https://www.tiendanube.com/apps',
      apiUrl: 'https://api.tiendanube.com/v1',
      userAgent: 'Batuta (https://batuta.example.com)',
    })
    const environment = { TIENDANUBE_APP_ID: '4711', TIENDANUBE_APP_SECRET: PLANTED.shopAppSecret, TIENDANUBE_API_URL: 'http://127.0.0.1:1/v1/' }
    expect(parseConfig(environment).tiendanube).toMatchObject({ app: { id: '4711', secret: PLANTED.shopAppSecret }, apiUrl: 'http://127.0.0.1:1/v1' })
  })

  test('an app at Tiendanube has both its number and its secret', () => {
    expect(problemsOf({ TIENDANUBE_APP_ID: '4711' })).toEqual([
      'TIENDANUBE_APP_ID is set, but no shop could be connected without TIENDANUBE_APP_SECRET: set both, or neither',
    ])
    expect(problemsOf({ TIENDANUBE_APP_SECRET: PLANTED.shopAppSecret })).toHaveLength(1)
  })

  test('with authentication any host is fine, and the sandbox is closed unless asked for', () => {
    const environment = { HOST: '0.0.0.0', NODE_ENV: 'production', AUTH_JWT_SECRET: SECRET }
    expect(parseConfig(environment)).toMatchObject({ isProduction: true, sandboxOperations: false, auth: { source: { kind: 'secret', secret: SECRET } } })
    expect(parseConfig({ ...environment, SANDBOX_OPERATIONS: 'true' }).sandboxOperations).toBe(true)
  })
})

describe('the table of variables', () => {
  test('is what docs/configuration.md shows', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toContain(configurationTable())
  })

  test('has a good default wherever it has one', () => {
    const isBad = ({ default: text, schema }: Variable<unknown>) => text !== undefined && !schema.safeParse(text).success
    expect(VARIABLE_NAMES.filter((name) => isBad(VARIABLES[name]))).toEqual([])
  })
})

describe('helpers of the configuration', () => {
  test.each([
    ['PROT', 'PORT', 1],
    ['PORT', 'PORT', 0],
    ['', 'AB', 2],
    ['DATABASE_URI', 'DATABASE_URL', 1],
    ['abcd', 'acbd', 1],
    ['kitten', 'sitting', 3],
  ])('editDistance of %s and %s is %d', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance)
  })

  test.each([
    ['127.0.0.1', true],
    ['localhost', true],
    ['[::1]', true],
    ['::1', true],
    ['127.0.0.1.nip.io', false],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected)
  })
})
