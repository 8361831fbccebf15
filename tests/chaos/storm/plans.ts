import type { SeededRandom } from '../random.ts'
import { FAULT_KINDS, type FaultKind, type StormOptions } from './options.ts'

/** What one operation is, and what happens to it on purpose. */
export interface OperationPlan {
  /** Its idempotency key. */
  readonly key: string
  /** Which of the users starts it. */
  readonly user: number
  readonly kind: 'exercise' | 'import'
  /** Of an exercise. */
  readonly input: Readonly<Record<string, unknown>>
  /** Of an import. */
  readonly rows: number
  /** Started twice at once, on two instances. */
  readonly twice: boolean
  /** Followed over server-sent events, too. */
  readonly streamed: boolean
  readonly fate: 'none' | 'pause' | 'cancel'
}

export interface FaultPlan {
  readonly kind: FaultKind
  /** It comes when so many operations have been started. */
  readonly atOperation: number
  /** How long what was killed stays away. */
  readonly idleMs: number
  /** PostgreSQL: the power switch instead of the administrator. */
  readonly hard: boolean
}

/** One in so many. */
const SHARE = { import: 25, twice: 10, streamed: 4, retried: 8, failed: 20, pause: 25, cancel: 25 } as const

export function planOperations(random: SeededRandom, { operations, seed }: Pick<StormOptions, 'operations' | 'seed'>, users: number): readonly OperationPlan[] {
  const oneIn = (count: number) => random.between(1, count) === 1
  return Array.from({ length: operations }, (_, index) => {
    const items = random.between(2, 60)
    const failing = { failAt: random.between(1, items) }
    const failure = oneIn(SHARE.retried) ? { ...failing, failAs: 'RETRYABLE' } : oneIn(SHARE.failed) ? { ...failing, failAs: 'PERMANENT' } : {}
    return {
      key: `storm-${seed}-${index}`,
      user: index % users,
      kind: oneIn(SHARE.import) ? 'import' : 'exercise',
      input: { items, itemMs: random.between(0, 40), ...failure },
      rows: random.between(20, 300),
      twice: oneIn(SHARE.twice),
      streamed: oneIn(SHARE.streamed),
      fate: oneIn(SHARE.pause) ? 'pause' : oneIn(SHARE.cancel) ? 'cancel' : 'none',
    }
  })
}

/** Every kind in turn, in random order, spread over the operations. */
export function planFaults(random: SeededRandom, { operations, faults }: Pick<StormOptions, 'operations' | 'faults'>): readonly FaultPlan[] {
  const kinds: FaultKind[] = []
  while (kinds.length < faults) kinds.push(...shuffled(random, FAULT_KINDS))
  const every = operations / (faults + 1)
  return kinds.slice(0, faults).map((kind, index) => ({
    kind,
    atOperation: Math.floor(every * (index + 0.5 + random.next())),
    idleMs: random.between(0, 2_000),
    hard: random.between(0, 1) === 1,
  }))
}

function shuffled<Item>(random: SeededRandom, items: readonly Item[]): Item[] {
  const left = [...items]
  return Array.from(items, () => left.splice(random.between(0, left.length - 1), 1)[0] as Item)
}
