import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startServers } from '../tests/setup/servers.ts'
import { CASES } from './cases.ts'
import { QUICK_CASES } from './fan-out-cases.ts'
import { describeMachine } from './machine.ts'
import { installPeers, measureCase } from './measure.ts'
import { type Measured, toJson, toMarkdown } from './report.ts'

/** `npm run bench [-- name …] [--repeats n] [--quick]`: measures the product and its peers side by side on the same PostgreSQL. */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { repeats: { type: 'string' }, quick: { type: 'boolean' } } })
const offered = values.quick ? QUICK_CASES : CASES
const known = [...new Set(offered.map((one) => one.name))]
const unknown = positionals.filter((name) => !known.includes(name))
const repeats = values.repeats === undefined ? undefined : Number(values.repeats)
if (unknown.length > 0 || (repeats !== undefined && !(repeats >= 1))) {
  console.error(`Unknown: ${unknown.join(', ') || `--repeats ${values.repeats}`}. Cases: ${known.join(', ')} (none: all). --repeats 1 is faster and noisier.`)
  process.exit(2)
}

await installPeers()
const servers = await startServers()
try {
  const machine = await describeMachine(servers.postgresUrl)
  const measured: Measured[] = []
  for (const one of offered.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    process.stderr.write(`${one.title}\n`)
    measured.push({ case: one, results: await measureCase(servers, one, repeats ?? one.repeats) })
  }
  if (!values.quick) {
    const folder = fileURLToPath(new URL('results/', import.meta.url))
    await mkdir(folder, { recursive: true })
    await writeFile(`${folder}latest.json`, toJson(machine, measured))
  }
  console.log(toMarkdown(machine, measured))
  if (!values.quick) process.stderr.write('\nAll runs: bench/results/latest.json\n')
} finally {
  await servers.stop()
}
