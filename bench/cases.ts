import { FAN_OUT_CASES } from './fan-out-cases.ts'

/** What is measured, and who takes part. */
export interface Contestant {
  readonly name: string
  /** Driver, from this folder. */
  readonly driver: string
  readonly params: Readonly<Record<string, unknown>>
  /** Uses the database that the contestant before it left. */
  readonly sameDatabase?: boolean
  /** Needs no database of the server. */
  readonly embedded?: boolean
  readonly redis?: boolean
}

export interface Case {
  readonly name: string
  readonly title: string
  readonly unit: string
  /** The figure of a driver's answer that the table shows, and how. */
  readonly figures: readonly { readonly key: string; readonly label: string; readonly digits: number }[]
  readonly repeats: number
  readonly contestants: readonly Contestant[]
}

const PER_SECOND = [{ key: 'perSecond', label: 'per second', digits: 0 }]
const LATENCY = [
  { key: 'medianMs', label: 'median', digits: 2 },
  { key: 'p99Ms', label: 'p99', digits: 2 },
]

const graphile = (name: string, params: object): Contestant => ({
  name: `graphile-worker, ${name}`,
  driver: 'peers/graphile-worker.mjs',
  params: { ...params },
})
const GRAPHILE_DEFAULT = '24 jobs at a time'
const GRAPHILE_BATCHING = 'local queue 500, batched completion'
const boss = (params: object): Contestant => ({ name: 'pg-boss', driver: 'peers/pg-boss.mjs', params: { ...params } })
const batuta = (driver: string, params: object, name = 'Batuta'): Contestant => ({ name, driver: `product/${driver}.ts`, params: { ...params } })

function drain(waiting: number, analyze: boolean, repeats: number): Case {
  const params = { count: 20_000, waiting, analyze }
  return {
    name: 'drain',
    title: `Drain 20,000 of ${(20_000 + waiting).toLocaleString('en-US')} equal operations, ${analyze ? 'analysed tables' : 'right after the load, without statistics'}`,
    unit: 'operations/s',
    figures: PER_SECOND,
    repeats,
    contestants: [
      batuta('drain', params),
      graphile(GRAPHILE_DEFAULT, { case: 'drain', ...params }),
      graphile(GRAPHILE_BATCHING, { case: 'drain', batching: true, ...params }),
      boss({ case: 'drain', ...params }),
    ],
  }
}

function imports(rows: number, kind: 'PostgreSQL' | 'PGlite', repeats: number): Case {
  const product = batuta('import', { rows }, 'Batuta')
  return {
    name: 'import',
    title: `Import a statement of ${rows.toLocaleString('en-US')} rows on ${kind}, against multi-row INSERTs of the same rows (100 each, prepared, own commits)`,
    unit: 'seconds',
    figures: [
      { key: 'seconds', label: 'seconds', digits: 2 },
      { key: 'plainSeconds', label: 'plain loop', digits: 2 },
      { key: 'timesPlain', label: 'times the loop', digits: 2 },
    ],
    repeats,
    contestants:
      kind === 'PGlite'
        ? [{ ...product, embedded: true }]
        : [product, { name: 'COPY of the same rows', driver: 'peers/copy.mjs', params: { rows }, sameDatabase: true }],
  }
}

function refresh(kind: 'PostgreSQL' | 'PGlite', repeats: number): Case {
  const params = { products: 50_000, changed: 500 }
  return {
    name: 'refresh',
    title: `Refresh a store of 50,000 products of which 500 differ, on ${kind}`,
    unit: 'seconds',
    figures: [
      { key: 'seconds', label: 'seconds', digits: 2 },
      { key: 'rowsWritten', label: 'rows written', digits: 0 },
      { key: 'startMiB', label: 'MiB held before', digits: 1 },
      { key: 'middleMiB', label: 'in the middle', digits: 1 },
      { key: 'endMiB', label: 'after', digits: 1 },
      { key: 'firstSeconds', label: 'first sync, seconds', digits: 1 },
    ],
    repeats,
    contestants: [
      batuta('refresh', { ...params, reported: 'changed' }, 'the shop says that 500 were changed'),
      batuta('refresh', { ...params, reported: 'all' }, 'the shop says that all were touched'),
    ].map((one) => ({ ...one, embedded: kind === 'PGlite' })),
  }
}

function search(kind: 'PostgreSQL' | 'PGlite'): Case {
  const product = batuta('search', { products: 50_000, neighbours: 0 })
  return {
    name: 'search',
    title: `Fifty questions to a store of 50,000 products in two languages (100,000 documents), and to one of 100 beside it, on ${kind}`,
    unit: 'ms',
    figures: [
      { key: 'medianMs', label: 'median', digits: 1 },
      { key: 'p95Ms', label: 'p95', digits: 1 },
      { key: 'smallMedianMs', label: 'small store, median', digits: 1 },
      { key: 'smallP95Ms', label: 'p95', digits: 1 },
      { key: 'rebuildSeconds', label: 'seconds of the rebuild', digits: 1 },
      { key: 'rssMb', label: 'MB of the process', digits: 0 },
    ],
    repeats: 1,
    contestants: [kind === 'PGlite' ? { ...product, embedded: true } : product],
  }
}

export const CASES: readonly Case[] = [
  search('PostgreSQL'),
  search('PGlite'),
  imports(18_000, 'PostgreSQL', 3),
  imports(100_000, 'PostgreSQL', 1),
  imports(18_000, 'PGlite', 3),
  imports(100_000, 'PGlite', 1),
  refresh('PostgreSQL', 3),
  refresh('PGlite', 1),
  {
    name: 'enqueue',
    title: 'Enqueue one at a time, 10 callers',
    unit: 'operations/s',
    figures: PER_SECOND,
    repeats: 3,
    contestants: [
      batuta('enqueue', { count: 20_000, callers: 10 }),
      graphile('addJob', { case: 'enqueue', count: 5_000, callers: 10 }),
      boss({ case: 'enqueue', count: 5_000, callers: 10 }),
    ],
  },
  {
    name: 'bulk',
    title: 'Enqueue in bulk, 50,000, 10,000 together',
    unit: 'operations/s',
    figures: PER_SECOND,
    repeats: 3,
    contestants: [
      batuta('bulk', { count: 50_000, together: 10_000 }, 'Batuta, single calls'),
      graphile('addJobs', { case: 'bulk', count: 50_000, together: 10_000 }),
      boss({ case: 'bulk', count: 50_000, together: 10_000 }),
    ],
  },
  drain(1_000, true, 3),
  drain(1_000, false, 3),
  drain(500_000, true, 1),
  drain(500_000, false, 1),
  {
    name: 'pick-up',
    title: 'Idle pick-up: from the call to the first line of the handler, 200 times',
    unit: 'ms',
    figures: LATENCY,
    repeats: 3,
    contestants: [
      batuta('pick-up', { count: 200, from: 'same' }, 'Batuta, same instance'),
      batuta('pick-up', { count: 200, from: 'other' }, 'Batuta, other instance, memory bus'),
      { ...batuta('pick-up', { count: 200, from: 'other' }, 'Batuta, other instance, Redis'), redis: true },
      graphile(GRAPHILE_DEFAULT, { case: 'pickup', count: 200 }),
      { ...boss({ case: 'pickup', count: 200 }), name: 'pg-boss, LISTEN/NOTIFY' },
    ],
  },
  {
    name: 'progress',
    title: 'Drain 20,000 operations that report progress ten times each',
    unit: 'operations/s',
    figures: PER_SECOND,
    repeats: 3,
    contestants: [
      batuta('progress', { count: 20_000 }),
      { ...graphile(`${GRAPHILE_BATCHING}; a report is an UPDATE`, { case: 'progress', count: 3_000, batching: true }) },
    ],
  },
  {
    name: 'reader',
    title: 'Drain 500,000 operations while a REPEATABLE READ transaction is open; by tenths of the work',
    unit: 'operations/s',
    figures: [...PER_SECOND, { key: 'parts', label: 'by tenths', digits: 0 }],
    repeats: 1,
    contestants: [
      batuta('reader', { count: 500_000, held: true }, 'Batuta, long reader'),
      batuta('reader', { count: 500_000, held: false }, 'Batuta, no reader'),
    ],
  },
  {
    name: 'status',
    title: 'From a change that affects everybody to the last of 10,000 viewers, each a user with a WebSocket of their own',
    unit: 'ms',
    figures: [
      { key: 'medianMs', label: 'last viewer, median', digits: 0 },
      { key: 'mostMs', label: 'longest', digits: 0 },
      { key: 'statements', label: 'statements, median', digits: 0 },
      { key: 'mostStatements', label: 'most', digits: 0 },
      { key: 'connectStatements', label: 'statements while all connect', digits: 0 },
    ],
    repeats: 3,
    contestants: (['gate', 'operation'] as const).map((by) => ({ ...batuta('status', { viewers: 10_000, by }, `Batuta, by ${by}`), redis: true })),
  },
  ...FAN_OUT_CASES,
]
