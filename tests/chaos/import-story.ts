import { expect } from 'vitest'
import { expectedOf, sampleStatement } from '../../samples/sample-statement.ts'
import { StartStatementImportDocument } from '../../src/client/generated/graphql.ts'
import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import type { ApiClient, NamedFile } from '../../src/testing/api-client.ts'

/** The sample statement as a file to upload. */
export async function sampleFile(rows: number): Promise<NamedFile> {
  const parts: string[] = []
  for await (const part of sampleStatement({ rows })) parts.push(part)
  return { name: `statement-${rows}.csv`, content: new Blob(parts, { type: 'text/csv' }) }
}

export interface ImportOptions {
  readonly batchSize?: number
  readonly onCancel?: 'KEEP' | 'DISCARD'
  readonly idempotencyKey?: string
}

/** Uploads a file as a person does; answers the id and cursor of the import. */
export async function startImport(client: ApiClient, file: NamedFile, options: ImportOptions = {}): Promise<{ readonly id: string; readonly cursor: string }> {
  const { startStatementImport: started } = await client.upload(StartStatementImportDocument, { input: options }, file)
  if (started.__typename !== 'OperationPayload') throw new Error(`${started.__typename}: ${started.message}`)
  return { id: started.operation.id, cursor: started.cursor }
}

const BATCHES = statement('chaos_batches', 'select id, state, accepted_count, rejected_count from statement_batch')
const ROWS = statement(
  'chaos_rows',
  `select count(*)::int as rows, count(distinct line)::int as lines, count(distinct row_hash)::int as hashes from statement_row`,
)
const TOTALS = statement(
  'chaos_totals',
  `select currency, sum(amount)::text as amount, count(*)::int as count from statement_row group by currency order by currency`,
)
const REJECTS = statement('chaos_rejects', 'select rule, count(*)::int as count, count(distinct line)::int as lines from statement_reject group by rule')

/** The database holds exactly the rows of one import of the sample, each once, to the cent. */
export async function expectExactRows(database: Database, rows: number): Promise<void> {
  const expected = expectedOf({ rows })
  const batches = await database.run<{ state: string; accepted_count: number; rejected_count: number }>(BATCHES, [])
  expect(batches).toEqual([expect.objectContaining({ state: 'complete', accepted_count: expected.accepted, rejected_count: expected.rejected })])
  expect(await database.run(ROWS, [])).toEqual([{ rows: expected.accepted, lines: expected.accepted, hashes: expected.accepted }])
  expect(await database.run(TOTALS, [])).toEqual(expected.totals)
  const rejects = await database.run<{ rule: string; count: number; lines: number }>(REJECTS, [])
  expect(Object.fromEntries(rejects.map(({ rule, count }) => [rule.toUpperCase(), count]))).toEqual(expected.byRule)
  expect(rejects.every(({ count, lines }) => count === lines)).toBe(true)
}

const EVENTS = statement('chaos_events', 'select stream, seq, type from event order by stream, seq')
const VERSIONS = statement('chaos_versions', 'select id, version, state from operation')

/** Every operation's events are 1..n without a hole or a repeat, n is its version, and it ended at most once. Answers the types by operation (UUID). */
export async function expectContiguousEvents(database: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const events = await database.run<{ stream: string; seq: number; type: string }>(EVENTS, [])
  const operations = await database.run<{ id: string; version: number; state: string }>(VERSIONS, [])
  return new Map(
    operations.map(({ id, version }) => {
      const own = events.filter(({ stream }) => stream === id)
      expect(own.map(({ seq }) => seq)).toEqual(Array.from({ length: version }, (_, index) => index + 1))
      return [id, own.map(({ type }) => type)]
    }),
  )
}

export const HISTORY = `query History($id: ID!, $after: Cursor) {
  operation(id: $id) {
    state version
    events(first: 100, after: $after) { edges { node { seq type data } } pageInfo { hasNextPage endCursor } }
  }
}`

export interface HistoryEvent {
  readonly seq: number
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

interface HistoryPage {
  readonly operation: {
    readonly state: string
    readonly version: number
    readonly events: {
      readonly edges: readonly { readonly node: HistoryEvent }[]
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
    }
  }
}

/** The whole history of an operation through the API, checked to be 1..n. */
export async function historyOf(
  client: ApiClient,
  id: string,
): Promise<{ readonly state: string; readonly version: number; readonly events: readonly HistoryEvent[]; readonly types: readonly string[] }> {
  const events: HistoryEvent[] = []
  let after: string | null = null
  for (;;) {
    const { operation }: HistoryPage = await client.ask<HistoryPage, object>(HISTORY, { id, after })
    events.push(...operation.events.edges.map(({ node }) => node))
    after = operation.events.pageInfo.endCursor
    if (operation.events.pageInfo.hasNextPage) continue
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: operation.version }, (_, index) => index + 1))
    return { state: operation.state, version: operation.version, events, types: events.map(({ type }) => type) }
  }
}
