import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type ProcessExit, type SpawnedApp, spawnApp } from '../../../src/testing/spawned-app.ts'
import type { SeededRandom } from '../random.ts'
import { Gate } from './gate.ts'
import { LogWatch } from './log-watch.ts'

const MAIN = fileURLToPath(new URL('../fixtures/counted-main.ts', import.meta.url))

/** One instance as its clients know it: an address. */
export interface Member {
  readonly name: string
  readonly gate: Gate
  app: SpawnedApp
}

export interface FleetParams {
  readonly env: Readonly<Record<string, string>>
  readonly random: SeededRandom
  readonly violate: (text: string) => void
}

const CLEAN: ProcessExit = { code: 0, signal: null }

/** The instances of a storm, each behind its gate. Whatever happens, `endAll` leaves no process. */
export class Fleet {
  readonly logs: LogWatch
  /** Memory of each instance when it was ready, and when it was asked to end. */
  readonly rss: { readonly name: string; readonly beganMiB: number; readonly endedMiB: number; readonly livedMs: number }[] = []
  /** How long each took from SIGTERM to its end, milliseconds. */
  readonly drains: number[] = []
  readonly #params: FleetParams
  readonly #members = new Set<Member>()
  readonly #apps = new Set<SpawnedApp>()
  readonly #gates = new Set<Gate>()
  readonly #orderedToEnd = new Set<SpawnedApp>()
  readonly #born = new Map<SpawnedApp, { readonly rssMiB: number; readonly atMs: number }>()
  #isOver = false

  constructor(params: FleetParams) {
    this.#params = params
    this.logs = new LogWatch(params.violate)
  }

  /** Those that take new connections. */
  get members(): readonly Member[] {
    return [...this.#members]
  }

  pick(): Member {
    const { members } = this
    const member = members[this.#params.random.between(0, members.length - 1)]
    if (!member) throw new Error('no instance is left')
    return member
  }

  async add(): Promise<Member> {
    const gate = await Gate.open()
    this.#gates.add(gate)
    const name = `i${this.#gates.size}`
    const app = await this.#spawn(name)
    gate.leadTo(app.url)
    const member = { name, gate, app }
    this.#members.add(member)
    return member
  }

  /** kill -9, and another process in its place after `idleMs`. */
  async replace(member: Member, idle: Promise<void>): Promise<void> {
    this.#orderedToEnd.add(member.app)
    await this.#remember(member.name, member.app)
    await member.app.kill()
    member.gate.leadTo(undefined)
    await idle
    if (this.#isOver) return
    member.app = await this.#spawn(member.name)
    member.gate.leadTo(member.app.url)
  }

  /** Takes it out of the list as a load balancer does, and lets it drain. */
  async retire(member: Member): Promise<void> {
    this.#members.delete(member)
    await this.#terminate(member)
    await member.gate.close()
  }

  /** What every instance holds for subscribers, summed up. */
  async held(): Promise<Readonly<Record<string, number>>> {
    const all = await Promise.all(this.members.map(({ name, app }) => this.logs.ask(name, app.pid)))
    const sum: Record<string, number> = {}
    for (const counts of all) for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
    return sum
  }

  /** SIGTERM to all; each must end with 0. */
  async terminateAll(): Promise<void> {
    await Promise.all(this.members.map((member) => this.#terminate(member)))
  }

  async endAll(): Promise<void> {
    this.#isOver = true
    for (const app of this.#apps) this.#orderedToEnd.add(app)
    await Promise.all([...this.#apps].map((app) => app.kill()))
    await Promise.all([...this.#gates].map((gate) => gate.close().catch(() => undefined)))
  }

  async #spawn(name: string): Promise<SpawnedApp> {
    const { env } = this.#params
    this.logs.begin(name)
    const app = await spawnApp({ env, entry: [MAIN], onOutput: (text) => this.logs.read(name, text) })
    this.#apps.add(app)
    this.#born.set(app, { rssMiB: await rssMiB(app.pid), atMs: performance.now() })
    void app.exit.then(({ code, signal }) => {
      this.#apps.delete(app)
      if (!this.#orderedToEnd.has(app)) this.#params.violate(`${name} ended by itself with ${code ?? signal}:\n${app.log().slice(-2_000)}`)
    })
    if (this.#isOver) await app.kill()
    return app
  }

  async #terminate(member: Member): Promise<void> {
    this.#orderedToEnd.add(member.app)
    await this.#remember(member.name, member.app)
    const orderedAt = performance.now()
    const exit = await member.app.terminate()
    this.drains.push(performance.now() - orderedAt)
    if (exit.code !== CLEAN.code)
      this.#params.violate(`${member.name} ended with ${exit.code ?? exit.signal} after SIGTERM:\n${member.app.log().slice(-2_000)}`)
  }

  async #remember(name: string, app: SpawnedApp): Promise<void> {
    const born = this.#born.get(app)
    if (born) this.rss.push({ name, beganMiB: born.rssMiB, endedMiB: await rssMiB(app.pid), livedMs: performance.now() - born.atMs })
  }
}

/** Resident memory of a process, MiB; NaN where there is no /proc. */
async function rssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024)
}
