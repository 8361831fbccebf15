import { systemClock } from '../../../src/base/clock.ts'
import { messageOf } from '../../../src/base/errors.ts'
import { PLANTED } from '../../setup/planted-secrets.ts'
import { type SeededRandom, seededRandom } from '../random.ts'
import { Audience, usersOf } from './audience.ts'
import { type Disturbance, rollingRestart, stormDisturbances } from './disturbances.ts'
import { Fleet } from './fleet.ts'
import { Journal, ORDERLY, STORMY } from './journal.ts'
import type { StormOptions } from './options.ts'
import { type OperationPlan, planOperations } from './plans.ts'
import { measureRecovery, type Recovery } from './recovery.ts'
import { type Stores, startStores } from './stores.ts'
import { Story } from './story.ts'
import { compareWithLog, expectQuiet, namesOf } from './verdict.ts'

export interface StormReport extends Pick<Journal, 'violations' | 'delivered' | 'codes' | 'closes'>, Pick<Fleet, 'rss' | 'drains'> {
  readonly options: StormOptions
  readonly recoveries: readonly Recovery[]
  readonly operations: number
  readonly facts: ReadonlyMap<string, number>
  readonly tookMs: number
}

const SECRET = PLANTED.jwtSecret
/** How much of the story lies between two disturbances. */
const MS_PER_DISTURBANCE = 7_000
const PROGRESS_EVERY_MS = 500
const SETTLED_WITHIN_MS = 90_000

/** Runs a fleet, its audience and what happens to them; checks at the end that nobody lost anything. Leaves no process. */
export async function runStorm(options: StormOptions, onProgress?: (line: string) => void): Promise<StormReport> {
  const stores = await startStores()
  const storm = new Storm(options, stores)
  try {
    return await storm.run(onProgress)
  } finally {
    await storm.end()
    await stores.stop()
  }
}

class Storm {
  readonly #options: StormOptions
  readonly #stores: Stores
  readonly #random: SeededRandom
  readonly #journal: Journal
  readonly #fleet: Fleet
  readonly #disturbances: readonly Disturbance[]
  readonly #plans: readonly OperationPlan[]
  readonly #recoveries: Recovery[] = []
  readonly #begunAt = systemClock.monotonic()
  #audience: Audience | undefined
  #story: Story | undefined
  #injected = 0
  #now = 'starting'

  constructor(options: StormOptions, stores: Stores) {
    this.#options = options
    this.#stores = stores
    this.#random = seededRandom(options.seed)
    // Drawn first of all, so that they depend on nothing but the seed.
    this.#disturbances = options.rolling ? rollingRestart(options) : stormDisturbances(this.#random, options)
    this.#plans = planOperations(this.#random, options, usersOf(options.subscribers))
    this.#journal = new Journal(options.rolling ? ORDERLY : STORMY)
    this.#fleet = new Fleet({ env: environment(stores), random: this.#random, violate: (text) => this.#journal.violate(text) })
  }

  async run(onProgress: (line: string) => void = () => undefined): Promise<StormReport> {
    const { withinSeconds } = this.#options
    const stopShowing = this.#show(onProgress)
    const late = Promise.withResolvers<never>()
    const cancel = systemClock.after(withinSeconds * 1_000, () => late.reject(new Error(`not over after ${withinSeconds} s`)))
    await Promise.race([this.#play(), late.promise]).catch((error: unknown) => this.#journal.violate(`${this.#now}: ${messageOf(error)}`))
    cancel()
    stopShowing()
    const { violations, delivered, codes, closes } = this.#journal
    const { rss, drains, logs } = this.#fleet
    const tookMs = systemClock.monotonic() - this.#begunAt
    const operations = this.#story?.operations ?? 0
    return {
      options: this.#options,
      violations: [...violations],
      recoveries: this.#recoveries,
      operations,
      delivered,
      codes,
      closes,
      facts: logs.facts,
      rss,
      drains,
      tookMs,
    }
  }

  /** Ends what may be left. */
  async end(): Promise<void> {
    this.#journal.close()
    await Promise.all([this.#audience?.leave(), this.#fleet.endAll()])
  }

  async #play(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.instances }, () => this.#fleet.add()))
    const channels = namesOf(await this.#stores.channels())
    const audience = await this.#gather()
    const story = this.#begin(audience)
    this.#now = 'between disturbances'
    await Promise.all([story.tell(), this.#disturb(story)])
    await this.#until('all have every end', () => audience.unfinished())
    const params = { audience, fleet: this.#fleet, stores: this.#stores, journal: this.#journal }
    this.#now = 'comparing with the log'
    await compareWithLog(params, story.operations)
    this.#now = 'leaving'
    await audience.leave()
    await expectQuiet(params, channels)
    this.#now = 'draining'
    await this.#fleet.terminateAll()
    const left = await this.#stores.channels()
    if (left.size > 0) this.#journal.violate(`channels after all instances have ended: ${[...left.keys()].join(', ')}`)
  }

  async #gather(): Promise<Audience> {
    const { subscribers, rolling } = this.#options
    const params = { fleet: this.#fleet, journal: this.#journal, random: this.#random, secret: SECRET, subscribers, areSentinelsLoyal: !rolling }
    const audience = await Audience.gather(params)
    this.#audience = audience
    await this.#until('all are connected', () => audience.all.filter(({ isOpen }) => !isOpen).map(({ name }) => name))
    return audience
  }

  #begin(audience: Audience): Story {
    const everyMs = (this.#disturbances.length * MS_PER_DISTURBANCE) / this.#plans.length
    const most = () => this.#disturbances[this.#injected]?.atOperation ?? Number.POSITIVE_INFINITY
    this.#story = new Story({ audience, journal: this.#journal, random: this.#random, plans: this.#plans, everyMs, most })
    return this.#story
  }

  async #disturb(story: Story): Promise<void> {
    for (const { name, atOperation, inject } of this.#disturbances) {
      while (story.tried < atOperation && !this.#journal.isClosed) await systemClock.sleep(20)
      if (this.#journal.isClosed) return
      this.#now = name
      const atMs = systemClock.monotonic()
      this.#injected += 1
      const injected = inject({ fleet: this.#fleet, stores: this.#stores }).then(() => systemClock.monotonic() - atMs)
      const [awayMs, times] = await Promise.all([injected, this.#measure(story)])
      this.#recoveries.push({ name, atMs: atMs - this.#begunAt, awayMs, ...times })
      this.#now = 'between disturbances'
    }
  }

  /** In a rolling restart nothing is away. */
  async #measure(story: Story): Promise<Pick<Recovery, 'firstMs' | 'allMs'>> {
    if (this.#options.rolling) return { firstMs: undefined, allMs: undefined }
    return measureRecovery({ journal: this.#journal, instances: () => this.#fleet.members.map(({ name }) => name), stir: () => story.stir() })
  }

  async #until(what: string, missing: () => readonly string[]): Promise<void> {
    this.#now = `waiting until ${what}`
    const end = systemClock.monotonic() + SETTLED_WITHIN_MS
    for (let left = missing(); left.length > 0 && !this.#journal.isClosed; left = missing()) {
      if (systemClock.monotonic() > end) return this.#journal.violate(`${this.#now}: ${left.length} are missing, as ${left.slice(0, 5).join('; ')}`)
      await systemClock.sleep(50)
    }
  }

  #show(onProgress: (line: string) => void): () => void {
    let cancel = (): void => undefined
    const show = (): void => {
      const seconds = Math.round((systemClock.monotonic() - this.#begunAt) / 1_000)
      const { delivered, violations } = this.#journal
      const started = `${this.#story?.tried ?? 0} of ${this.#plans.length} operations started`
      onProgress(
        `${seconds} s: ${started}, ${delivered} events delivered, ${this.#injected} of ${this.#disturbances.length} disturbances, ${violations.length} violations; ${this.#now}`,
      )
      cancel = systemClock.after(PROGRESS_EVERY_MS, show)
    }
    show()
    return () => cancel()
  }
}

const environment = (stores: Stores): Readonly<Record<string, string>> => ({
  DATABASE_URL: stores.databaseUrl,
  DATABASE_POOL_SIZE: '5',
  REDIS_URL: stores.redis.url,
  AUTH_JWT_SECRET: SECRET,
  SANDBOX_OPERATIONS: 'true',
  LEASE_SECONDS: '5',
  WORKER_SLOTS: '20',
  MAX_ACTIVE_PER_OWNER: '1000000',
})
