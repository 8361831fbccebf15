import { readFile, writeFile } from 'node:fs/promises'
import { printSchema } from 'graphql'
import { systemClock } from '../src/base/clock.ts'
import { messageOf } from '../src/base/errors.ts'
import { statementImport } from '../src/domains/imports/operations.ts'
import { statementRecategorization } from '../src/domains/imports/recategorization.ts'
import { systemMaintenance } from '../src/domains/maintenance/operations.ts'
import { saleEvents } from '../src/domains/sales/events.ts'
import { sandboxExercise } from '../src/domains/sandbox/operations.ts'
import { storeDefinitions } from '../src/domains/stores/operations/definitions.ts'
import { externalOperation } from '../src/engine/external.ts'
import { Registry } from '../src/engine/registry.ts'
import { createSchema } from '../src/graphql/schema.ts'

/** Prints the schema to `schema.graphql`; with `--check` it only compares, and fails when the file is behind. */
const FILE = new URL('../schema.graphql', import.meta.url)
const HEADER = '# Printed from the code by `npm run generate`. Do not edit.\n\n'

const registry = new Registry([
  statementImport,
  statementRecategorization,
  systemMaintenance,
  ...storeDefinitions,
  sandboxExercise(systemClock),
  externalOperation,
])
const printed = `${HEADER}${printSchema(createSchema(registry, [saleEvents]))}\n`

if (process.argv.includes('--check')) {
  const stored = await readFile(FILE, 'utf8').catch((error: unknown) => messageOf(error))
  if (stored !== printed) {
    console.error('schema.graphql is not what the code says: run `npm run generate` and commit the result.')
    process.exitCode = 1
  }
} else await writeFile(FILE, printed)
