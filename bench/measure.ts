import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { administer, databaseUrl } from '../tests/setup/postgres-template.ts'
import type { Case, Contestant } from './cases.ts'

export type Figures = Readonly<Record<string, number | readonly number[]>>

export interface Servers {
  readonly postgresUrl: string
  readonly redisUrl: string
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
/** The longest measurement loads 520,000 jobs; one that takes longer is given up, and the table says so. */
const LONGEST_MS = 300_000

/** Runs every contestant of a case in turn, as often as the case says, each time on a new database; answers their figures in the order of the runs. */
export async function measureCase(servers: Servers, one: Case, repeats: number): Promise<Map<Contestant, Figures[]>> {
  const results = new Map<Contestant, Figures[]>(one.contestants.map((contestant) => [contestant, []]))
  for (let repeat = 0; repeat < repeats; repeat += 1) await measureOnce(servers, one, results)
  return results
}

async function measureOnce(servers: Servers, one: Case, results: Map<Contestant, Figures[]>): Promise<void> {
  let place: Place | undefined
  try {
    for (const contestant of one.contestants) {
      if (!contestant.sameDatabase) {
        await place?.remove()
        place = await makePlace(servers, contestant)
      }
      const figures = await drive(contestant, { ...contestant.params, ...place?.params, ...(contestant.redis && { redisUrl: servers.redisUrl }) })
      process.stderr.write(`  ${contestant.name}: ${JSON.stringify(figures ?? 'gave up')}\n`)
      if (figures) results.get(contestant)?.push(figures)
    }
  } finally {
    await place?.remove()
  }
}

interface Place {
  readonly params: Readonly<Record<string, string>>
  remove(): Promise<void>
}

async function makePlace(servers: Servers, contestant: Contestant): Promise<Place> {
  if (contestant.embedded) {
    const dataDir = await mkdtemp(join(tmpdir(), 'batuta-bench-'))
    return { params: { dataDir }, remove: () => rm(dataDir, { recursive: true, force: true }) }
  }
  const name = `batuta_bench_${randomBytes(6).toString('hex')}`
  await administer(servers.postgresUrl, `create database ${name}`)
  return {
    params: { url: databaseUrl(servers.postgresUrl, name) },
    remove: async () => {
      await administer(servers.postgresUrl, `drop database if exists ${name} with (force)`)
      // What this run left to be written must not be written in the next one's time.
      await administer(servers.postgresUrl, 'checkpoint')
    },
  }
}

/** Starts a driver in a process of its own and reads its answer; `undefined` when it failed or took too long. */
function drive(contestant: Contestant, params: object): Promise<Figures | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(HERE, contestant.driver), JSON.stringify(params)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LONGEST_MS,
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0 ? (JSON.parse(output) as Figures) : undefined))
  })
}

/** The peers are a package of their own, so that the product's users never install them. */
export async function installPeers(): Promise<void> {
  if (['pg-boss', 'graphql-yoga'].every((name) => existsSync(join(HERE, 'peers', 'node_modules', name)))) return
  process.stderr.write('Installing the peers (npm ci in bench/peers)\n')
  await new Promise<void>((resolve, reject) => {
    const npm = spawn('npm', ['ci'], { cwd: join(HERE, 'peers'), stdio: ['ignore', 'inherit', 'inherit'] })
    npm.once('error', reject)
    npm.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm ci in bench/peers ended with ${code}`))))
  })
}
