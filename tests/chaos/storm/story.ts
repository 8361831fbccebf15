import { systemClock } from '../../../src/base/clock.ts'
import { messageOf } from '../../../src/base/errors.ts'
import type { SeededRandom } from '../random.ts'
import type { Audience } from './audience.ts'
import type { Journal } from './journal.ts'
import type { OperationPlan } from './plans.ts'
import { Starter } from './starter.ts'

export interface StoryParams {
  readonly audience: Audience
  readonly journal: Journal
  readonly random: SeededRandom
  readonly plans: readonly OperationPlan[]
  /** Between two starts, on average. */
  readonly everyMs: number
  /** How many may have been started by now. */
  readonly most: () => number
}

const STARTERS = 8
const LATE_WITHIN_MS = 3_000
const CANARY: Omit<OperationPlan, 'key'> = {
  user: 0,
  kind: 'exercise',
  input: { items: 2, itemMs: 150 },
  rows: 0,
  twice: false,
  streamed: false,
  fate: 'none',
}

/** The operations of a storm: started at an even pace, followed by the audience, steered as planned. */
export class Story {
  readonly #params: StoryParams
  readonly #starter: Starter
  readonly #going: Promise<void>[] = []
  #tried = 0
  #started = 0
  #canaries = 0

  constructor(params: StoryParams) {
    this.#params = params
    this.#starter = new Starter(params.journal, params.random)
  }

  /** Starts that have been answered, well or not. */
  get tried(): number {
    return this.#tried
  }

  /** Operations that there must be. */
  get operations(): number {
    return this.#started + this.#canaries
  }

  /** Resolves when all are started, and whatever else is planned for them has been done. */
  async tell(): Promise<void> {
    const queue = this.#params.plans.entries()
    const begunAt = systemClock.monotonic()
    const startOneByOne = async () => {
      for (const [index, plan] of queue) {
        await this.#pace(index, begunAt)
        if (!this.#params.journal.isClosed) await this.#live(plan)
      }
    }
    await Promise.all(Array.from({ length: STARTERS }, startOneByOne))
    await Promise.all(this.#going)
  }

  /** A small operation that subscribers of every instance follow. */
  async stir(): Promise<void> {
    this.#canaries += 1
    const { audience } = this.#params
    const started = await this.#start({ ...CANARY, key: `canary-${this.#canaries}` })
    if (started) audience.followEverywhere(started.id)
  }

  async #pace(index: number, begunAt: number): Promise<void> {
    const { everyMs, most, journal } = this.#params
    await systemClock.sleep(Math.min(everyMs * STARTERS, begunAt + index * everyMs - systemClock.monotonic()))
    while (index > most() && !journal.isClosed) await systemClock.sleep(20)
  }

  async #live(plan: OperationPlan): Promise<void> {
    const { audience, random, journal } = this.#params
    const started = await this.#start(plan)
    this.#tried += 1
    if (!started) return
    this.#started += 1
    audience.follow(plan.user, started)
    if (plan.streamed) audience.stream(plan.user, started)
    if (plan.twice) this.#going.push(systemClock.sleep(random.between(0, LATE_WITHIN_MS)).then(() => audience.followLate(plan.user, started.id)))
    const steered = this.#starter.steer(audience.client(plan.user), plan, started.id)
    this.#going.push(steered.catch((error: unknown) => journal.violate(`${plan.fate} of ${plan.key}: ${messageOf(error)}`)))
  }

  async #start(plan: OperationPlan) {
    try {
      return await this.#starter.start(this.#params.audience.client(plan.user), plan)
    } catch (error) {
      this.#params.journal.violate(`start of ${plan.key}: ${messageOf(error)}`)
      return undefined
    }
  }
}
