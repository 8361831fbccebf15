import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { ROOT } from '../setup/source-files.ts'

const run = promisify(execFile)
const TSC = join(ROOT, 'node_modules/.bin/tsc')

let built: string
let elsewhere: string
let fresh: FreshDatabase
let server: Listening
beforeAll(async () => {
  mkdirSync(join(ROOT, '.batuta'), { recursive: true })
  built = mkdtempSync(join(ROOT, '.batuta', 'built-client-'))
  elsewhere = mkdtempSync(join(tmpdir(), 'batuta-client-user-'))
  await run(TSC, ['-p', join(ROOT, 'tsconfig.client.json'), '--outDir', built])
  fresh = await freshPglite()
  server = await listening(fresh)
})
afterAll(async () => {
  for (const folder of [built, elsewhere]) rmSync(folder, { recursive: true, force: true })
  await server.stop()
  await fresh.drop()
})

const SCRIPT = `
const [folder, url] = process.argv.slice(2)
const load = (name) => import(folder + '/' + name + '.js')
const { createBatutaClient } = await load('client')
const { StartSandboxExerciseDocument, OperationEventsDocument } = await load('generated/graphql')
const names = await Promise.all(['apollo', 'urql', 'graphcache'].map(async (name) => Object.keys(await load(name))))
const client = createBatutaClient({ url: url + '/graphql' })
const { startSandboxExercise } = await client.mutate(StartSandboxExerciseDocument, { input: { items: 3 } })
const types = []
await new Promise((complete, error) => client.watch(
  OperationEventsDocument, { operationId: startSandboxExercise.operation.id, after: startSandboxExercise.cursor },
  { next: ({ operationEvents: frame }) => types.push(frame.type), error, complete },
))
client.close()
console.log(JSON.stringify({ names: names.map((each) => each.length > 0), last: types.at(-1) }))
`

test('the built client runs in plain node, from another folder, and ends by itself', async () => {
  writeFileSync(join(elsewhere, 'use.mjs'), SCRIPT)
  const { stdout, stderr } = await run(process.execPath, ['use.mjs', built, server.url()], { cwd: elsewhere })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({ names: [true, true, true], last: 'COMPLETED' })
})

test('its declarations serve a strict project that knows no TypeScript sources', async () => {
  const folder = join(built, 'consumer')
  mkdirSync(folder)
  const use = `import { createBatutaClient } from '../client.js'
import { batutaLink } from '../apollo.js'
import { batutaExchange } from '../urql.js'
import { graphcacheConfig } from '../graphcache.js'
import { OperationDocument } from '../generated/graphql.js'
const client = createBatutaClient({ url: 'http://localhost/graphql' })
export const state = client.query(OperationDocument, { id: 'x' }).then(({ operation }) => operation?.state satisfies string | undefined)
export const all = [batutaLink(), batutaExchange(), graphcacheConfig]
// The answer has types, so this is none of its fields.
export const wrong: 'no' extends keyof Awaited<ReturnType<typeof client.query<{ yes: 1 }, object>>> ? true : false = false
`
  writeFileSync(join(folder, 'use.ts'), use)
  const compilerOptions = { module: 'nodenext', target: 'es2024', lib: ['es2024', 'dom'], types: [], strict: true, noEmit: true, skipLibCheck: true }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  const { stdout } = await run(TSC, ['-p', folder]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
})
