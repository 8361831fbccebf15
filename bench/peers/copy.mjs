import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { answer, params } from './common.mjs'

/** COPY of the rows that the import before it wrote, into a table with the same columns and indexes; the text is made before the clock starts. */
const client = new pg.Client({ connectionString: params.url })
await client.connect()
const { rows } = await client.query({ text: 'select r::text as text from statement_row r order by line', rowMode: 'array' })
await client.query('drop table if exists copied_row')
await client.query('create table copied_row (like statement_row including all)')
// The text form of a row is CSV but for its parentheses: a quote inside is doubled, a backslash too.
const lines = rows.map(([text]) => `${text.slice(1, -1).replaceAll('\\\\', '\\')}\n`)
const startedAt = performance.now()
await pipeline(Readable.from(lines), client.query(copyFrom('copy copied_row from stdin (format csv)')))
const seconds = (performance.now() - startedAt) / 1_000
await client.end()
answer({ seconds, rowsWritten: lines.length })
