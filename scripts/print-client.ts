import { readFile, writeFile } from 'node:fs/promises'
import { messageOf } from '../src/base/errors.ts'
import { clientFacts } from './client-facts.ts'

/** Prints what the client kit knows of schema.graphql; with `--check` it only compares, and fails when the file is behind. Runs after print-schema.ts. */
const FILE = new URL('../src/client/generated/schema-facts.ts', import.meta.url)
const printed = clientFacts(await readFile(new URL('../schema.graphql', import.meta.url), 'utf8'))

if (process.argv.includes('--check')) {
  const stored = await readFile(FILE, 'utf8').catch((error: unknown) => messageOf(error))
  if (stored !== printed) {
    console.error('src/client/generated/schema-facts.ts is not what schema.graphql says: run `npm run generate` and commit the result.')
    process.exitCode = 1
  }
} else await writeFile(FILE, printed)
