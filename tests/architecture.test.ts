import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, readSourceFiles, type SourceFile } from './setup/source-files.ts'

/**
 * The shape of the code base as a test. Each rule says why it is there, because its message is what somebody reads who
 * has just broken it.
 */
const sources = readSourceFiles('src')
const tests = readSourceFiles('tests')

/** From the lowest layer up; a zone imports from itself and from what is listed for it. */
const upTo = (...zones: readonly string[]) => zones
const BASE = upTo('base', 'telemetry')
const STORED = upTo(...BASE, 'config', 'database', 'bus')
const ENGINE = upTo(...STORED, 'events')
const STATUS = upTo(...ENGINE, 'engine')
const NOTIFICATIONS = upTo(...STATUS, 'status', 'gateways')
const DOMAINS = upTo(...NOTIFICATIONS, 'notifications')
const GRAPHQL = upTo(...DOMAINS, 'auth', 'revocation', 'domains')
const SERVER = upTo(...GRAPHQL, 'graphql')
const APP = upTo(...SERVER, 'server')

const ZONES: Readonly<Record<string, { readonly may: readonly string[]; readonly because: string }>> = {
  base: { may: [], because: 'base is vocabulary: everybody may use it, so it may use nobody' },
  telemetry: { may: ['base'], because: 'facts are emitted by every layer, so telemetry knows none of them' },
  config: { may: ['base'], because: 'configuration is parsed once and handed down; it does not build anything' },
  database: { may: BASE, because: 'the database knows tables and statements, not what they mean' },
  bus: { may: BASE, because: 'the bus carries hints and knows nothing of their meaning' },
  events: { may: STORED, because: 'the log and its feeds serve every kind of stream, so they know no operation' },
  engine: { may: ENGINE, because: 'the engine runs operations of types that it does not know' },
  status: { may: STATUS, because: 'status is computed from the engine, never the other way round' },
  auth: { may: BASE, because: 'a token becomes a viewer without any HTTP framework or database' },
  revocation: { may: upTo(...BASE, 'database', 'bus', 'auth'), because: 'what was revoked is stored and spread here; auth asks it through a port' },
  gateways: { may: BASE, because: 'a gateway is a provider behind one shape; what is sent is not its business' },
  notifications: { may: NOTIFICATIONS, because: 'notifications follow events; no domain is known to them' },
  domains: { may: DOMAINS, because: 'domains stand on the engine, know no API, and meet each other only through events' },
  graphql: { may: GRAPHQL, because: 'resolvers call the engine and the domains; transports are not their business' },
  server: { may: SERVER, because: 'transports serve the schema; what is composed is decided in app.ts' },
  client: { may: [], because: 'frontends import the client: it must not pull in the server' },
  console: { may: ['client'], because: 'the console uses the API like any other client' },
  testing: { may: upTo(...APP, 'app'), because: 'the test kit builds on the app, and the app never on the test kit' },
  app: { may: APP, because: 'app.ts is the only place that chooses adapters' },
  batuta: { may: ['base', 'events', 'engine'], because: 'operation types of users import it: what defines one, and nothing that runs it' },
  'load-operations': { may: ['base', 'events', 'engine'], because: 'it finds definitions; what they run on is decided in app.ts' },
  main: {
    may: ['app', 'config', 'base', 'telemetry', 'load-operations'],
    because: 'main.ts starts the process: what the process is made of is decided in app.ts',
  },
  demo: { may: ['app', 'config', 'base', 'telemetry', 'load-operations', 'client'], because: 'the demo shows the product as a client sees it' },
}

/** `src/engine/store/claim.ts` is of zone `engine`; a domain is a zone of its own among `domains`. */
const zoneOf = (path: string) => (path.split('/')[1] as string).replace(/\.ts$/, '')
const domainOf = (path: string) => (zoneOf(path) === 'domains' ? path.split('/')[2] : undefined)

/** Fails with the list of what breaks a rule, under the reason of the rule. */
const expectNone = (broken: readonly string[], because: string) => {
  expect(broken, `${because}:\n${broken.join('\n')}\n`).toEqual([])
}

describe('imports', () => {
  test('go from a folder to those below it only, types included', () => {
    const broken = sources.flatMap((file) => file.imports.filter((each) => each.local).flatMap((each) => refusalOf(file.path, each.target)))
    expectNone(broken, 'a folder imports only from those that the table in docs names for it')
  })

  test('find their file', () => {
    const known = new Set(sources.map((file) => file.path))
    const broken = sources.flatMap((file) =>
      file.imports.filter((each) => each.local && /\.tsx?$/.test(each.target) && !known.has(each.target)).map((each) => `${file.path} → ${each.target}`),
    )
    expectNone(broken, 'imports name the file with its extension')
  })

  test('have no cycle of values', () => {
    expectNone(findCycles(), 'in a cycle one module reads another before that has run; use import type, or move what both need')
  })

  test.each([
    ['pg', /^src\/database\//, 'only database/ knows how the database is reached'],
    ['@electric-sql/pglite', /^src\/database\//, 'only database/ knows how the database is reached'],
    [
      'kysely',
      /^src\/database\/|\/store\/|^src\/events\//,
      'statements live in database/, events/ and store/ folders, where they can be read, explained and measured',
    ],
    ['ioredis', /^src\/bus\/redis\//, 'only bus/redis/ speaks to Redis'],
    ['graphql-redis-subscriptions', /^src\/bus\/redis\//, 'only bus/redis/ speaks to Redis'],
    ['pino', /^src\/telemetry\//, 'code emits facts; only telemetry/ turns them into log lines'],
    ['prom-client', /^src\/telemetry\//, 'code emits facts; only telemetry/ turns them into metrics'],
  ])('of %s have one home', (name, home, because) => {
    const broken = sources.filter((file) => !home.test(file.path) && file.imports.some((each) => each.target === name))
    expectNone(
      broken.map((file) => file.path),
      because,
    )
  })
})

function refusalOf(from: string, to: string): string[] {
  if (!to.startsWith('src/')) return /\.(json|graphql)$/.test(to) ? [] : [`${from} → ${to}: sources import sources only`]
  const [zone, target] = [zoneOf(from), zoneOf(to)]
  const rule = ZONES[zone]
  if (!rule) return [`${from}: the folder ${zone} is in no row of the table; add it with what it may import and why`]
  if (zone === target) return domainOf(from) === domainOf(to) ? [] : [`${from} → ${to}: domains meet only through events`]
  return rule.may.includes(target) ? [] : [`${from} → ${to}: ${rule.because}`]
}

function findCycles(): string[] {
  const next = new Map(sources.map((file) => [file.path, file.imports.filter((each) => each.local && !each.typeOnly).map((each) => each.target)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const target of next.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return cycles
}

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  readonly home: RegExp
  readonly because: string
}

const BANS: readonly Ban[] = [
  {
    what: 'the clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bset(?:Timeout|Interval)\(|node:timers/,
    home: /^src\/base\/clock\.ts$|^src\/client\/|^src\/console\//,
    because: 'time is a parameter: take a Clock, so that tests need not sleep',
  },
  {
    what: 'the environment',
    pattern: /\bprocess\.env\b/,
    home: /^src\/config\/|^src\/(?:main|demo)\.ts$/,
    because: 'the environment is read once, validated and handed down by config/',
  },
  {
    what: 'the terminal',
    pattern: /\bconsole\.\w+|\bprocess\.std(?:out|err)\b/,
    home: /^src\/(?:main|demo)\.ts$|^src\/telemetry\/|^src\/console\//,
    because: 'code emits facts; the log listens to them',
  },
  { what: 'NODE_ENV', pattern: /\bNODE_ENV\b/, home: /^src\/config\//, because: 'code that behaves differently in tests is not tested' },
  { what: 'default exports', pattern: /^export default\b/m, home: /^$/, because: 'a thing has one name everywhere' },
  {
    what: 'async generators',
    pattern: /\basync\s*\*|\basync function\s*\*/,
    home: /^src\/(?:domains|testing)\//,
    because: 'a generator that waits can not be ended; iterators of streams are written by hand',
  },
  {
    what: 'statements',
    pattern: /\bstatement\(\s*['"`]/,
    home: /^src\/database\/|\/store\/|^src\/events\//,
    because: 'a hot statement is found where statements live',
  },
]

describe('one home for', () => {
  test.each(BANS)('$what', ({ pattern, home, because }) => {
    const broken = sources
      .filter((file) => !home.test(file.path))
      .flatMap(
        (file) =>
          file.code
            .match(pattern)
            ?.slice(0, 1)
            .map((found) => `${file.path}: ${found.trim()}`) ?? [],
      )
    expectNone(broken, because)
  })
})

describe('files', () => {
  const tooLong = (files: readonly SourceFile[], longest: number) =>
    files.filter((file) => file.lines > longest).map((file) => `${file.path}: ${file.lines} lines`)

  test('are short enough to read at once', () => {
    const written = sources.filter((file) => !file.path.includes('/generated/'))
    expectNone([...tooLong(written, 400), ...tooLong(tests, 600)], 'a file holds one idea: 400 lines at most, 600 for tests')
  })

  test('have names that say what is in them', () => {
    const unclear = /^(?:utils?|helpers?|common|misc|types|interfaces|index)\.tsx?$/
    const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|d|config))?\.tsx?$/
    const broken = [...sources, ...tests].map((file) => file.path).filter((path) => !path.includes('/generated/'))
    expectNone(
      broken.filter((path) => unclear.test(basename(path)) || !kebab.test(basename(path))),
      'kebab-case nouns for things and verbs for statements; no drawers for leftovers, no barrels',
    )
  })

  test('silence no checker', () => {
    const silencing = ['ignore', 'nocheck', 'expect-error'].map((word) => `@ts-${word}`)
    const broken = [...sources, ...tests].filter((file) => silencing.some((word) => readFileSync(join(ROOT, file.path), 'utf8').includes(word)))
    expectNone(
      broken.map((file) => file.path),
      'a type error that is silenced comes back at run time',
    )
  })
})

describe('tests', () => {
  test('are neither skipped nor alone', () => {
    const broken = tests.filter((file) => /\b(?:test|it|describe)\.(?:skip|only|todo|fails|skipIf|runIf)\b/.test(file.code))
    expectNone(
      broken.map((file) => file.path),
      'a suite that skips says less than its last line',
    )
  })

  test('do not sleep', () => {
    const broken = tests.filter(
      (file) => file.path.endsWith('.test.ts') && /node:timers\/promises|\bsetTimeout\(\s*\w+\s*,\s*[\d_]+\s*\)|systemClock\.sleep\(/.test(file.code),
    )
    expectNone(
      broken.map((file) => file.path),
      'wait for what must happen (an event, expect.poll), never for time to pass',
    )
  })
})

describe('statements', () => {
  test('have names of their own', () => {
    const names = sources.flatMap((file) => [...file.code.matchAll(/\bstatement\(\s*['"`]([^'"`]+)['"`]/g)].map((match) => match[1] as string))
    const twice = names.filter((name, index) => names.indexOf(name) !== index)
    expectNone(twice, 'a prepared statement is found by its name')
  })
})

describe('migrations', () => {
  const files = readdirSync(join(ROOT, 'migrations')).toSorted()
  const text = files.map((file) => readFileSync(join(ROOT, 'migrations', file), 'utf8')).join('\n')

  test('are numbered without a hole', () => {
    expect(files.map((file) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1])).toEqual(files.map((_, index) => String(index + 1).padStart(4, '0')))
  })

  test('name indexes after their table and purpose', () => {
    const indexes = [...text.matchAll(/create (?:unique )?index (?:concurrently )?(?:if not exists )?(\w+)\s+on (?:only )?(\w+)/gi)]
    const broken = indexes.filter(([, name, table]) => !name?.startsWith(`${table}_`) || !name.endsWith('_idx'))
    expect(indexes.length).toBeGreaterThan(0)
    expectNone(
      broken.map(([found]) => found),
      'an index that is named after its purpose (operation_claim_idx) explains a query plan',
    )
  })
})
