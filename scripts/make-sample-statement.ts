import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { expectedOf, sampleStatement } from '../samples/sample-statement.ts'

/** Writes a sample card statement: `node scripts/make-sample-statement.ts --rows 18000 --out samples/statement-18000.csv [--seed 7]`. */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '18000' }, seed: { type: 'string' }, out: { type: 'string' } } })
const rows = Number(values.rows)
if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`--rows: expected a whole number, got ${values.rows}`)
const sample = { rows, ...(values.seed === undefined ? {} : { seed: Number(values.seed) }) }
await pipeline(Readable.from(sampleStatement(sample)), values.out === undefined ? process.stdout : createWriteStream(values.out))
if (values.out !== undefined) console.log(`${values.out}: ${JSON.stringify(expectedOf(sample))}`)
