import { messageOf } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { InterruptionError, LeaseLostError } from '../interruption.ts'
import type { ItemContext, ItemCounts, ItemOptions, ItemOutcome, ItemState } from '../run.ts'
import { doubtItems, type ItemWrite, planItems, readItemStates } from '../store/write-items.ts'
import type { RunSession } from './run-session.ts'

/** Items entered into the ledger by one statement. */
const PLAN_CHUNK = 1_000
/** Text of an error that is kept with an item, characters. */
const LONGEST_MESSAGE = 1_000

export interface ItemsParams<Item> {
  readonly session: RunSession
  readonly step: string
  readonly list: readonly Item[]
  readonly options: ItemOptions<Item>
  readonly work: (item: Item, context: ItemContext) => Promise<ItemOutcome>
  readonly database: Database
  readonly boundary: () => void
  readonly write: (write: Omit<ItemWrite, 'id' | 'token' | 'step'>) => Promise<void>
  readonly lost: () => LeaseLostError
}

/**
 * Works through a list, item by item, in parallel lanes. The intent is committed before the work of an item begins, and its outcome after it;
 * the outcome of one item and the intent of the next usually share a flush. After a crash, an intent without outcome is `unknown`.
 */
export async function workThroughItems<Item>(params: ItemsParams<Item>): Promise<ItemCounts> {
  const states = await enterItems(params)
  const open = params.list.filter((item) => states.get(params.options.key(item)) === 'pending')
  const counts = countStates(states)
  const report = () => params.session.report({ succeeded: counts.succeeded, failed: counts.failed + counts.unknown, skipped: counts.skipped })
  params.session.report({ total: params.list.length })
  report()
  let next = 0
  const failures: Error[] = []
  const lane = async (number: number): Promise<void> => {
    while (next < open.length && failures.length === 0) {
      params.boundary()
      const item = open[next] as Item
      next += 1
      counts[await handle(params, item, number)] += 1
      report()
    }
  }
  const lanes = Array.from({ length: Math.max(1, Math.min(params.options.concurrency ?? 1, open.length)) }, (_, number) =>
    lane(number).catch((error: unknown) => {
      failures.push(error instanceof Error ? error : new Error(messageOf(error)))
    }),
  )
  await Promise.all(lanes)
  if (failures[0]) throw failures[0]
  params.boundary()
  return counts
}

async function enterItems<Item>(params: ItemsParams<Item>): Promise<ReadonlyMap<string, ItemState>> {
  const { session, step, database } = params
  const keys = params.list.map((item) => params.options.key(item))
  for (let from = 0; from < keys.length; from += PLAN_CHUNK) {
    params.boundary()
    if (!(await planItems(database, { id: session.id, token: session.token, step, keys: keys.slice(from, from + PLAN_CHUNK), from }))) throw params.lost()
  }
  await doubtItems(database, { id: session.id, token: session.token, step })
  return readItemStates(database, { id: session.id, step })
}

async function handle<Item>(params: ItemsParams<Item>, item: Item, lane: number): Promise<'succeeded' | 'failed' | 'skipped' | 'unknown'> {
  const key = params.options.key(item)
  await params.write({ key, state: 'started', lane })
  let outcome: Exclude<ItemOutcome, void>
  try {
    outcome = (await params.work(item, { signal: params.session.signal, lane, attempt: params.session.attempt })) ?? {}
  } catch (error) {
    // An interrupted item has no outcome: it stays an intent, and the next run asks what became of it.
    if (error instanceof InterruptionError || error instanceof LeaseLostError || params.session.signal.aborted) throw error
    outcome = { state: 'failed', errorCode: codeOf(error), errorMessage: messageOf(error).slice(0, LONGEST_MESSAGE) }
  }
  const state = outcome.state ?? 'succeeded'
  await params.write({ key, lane, data: outcome.data, errorCode: outcome.errorCode, errorMessage: outcome.errorMessage, state })
  return state
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'ITEM_FAILED'
}

function countStates(states: ReadonlyMap<string, ItemState>): Record<'succeeded' | 'failed' | 'skipped' | 'unknown', number> {
  const counts = { succeeded: 0, failed: 0, skipped: 0, unknown: 0 }
  for (const state of states.values()) if (state in counts) counts[state as keyof typeof counts] += 1
  return counts
}
