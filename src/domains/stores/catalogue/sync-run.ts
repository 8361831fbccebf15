import type { Json } from '../../../base/json.ts'
import type { Database, Transaction } from '../../../database/database.ts'
import type { StepRun } from '../../../engine/run.ts'
import { CATALOGUE_KINDS, type CatalogueKind } from '../records.ts'
import type { AnyRun } from '../search/search-index.ts'
import type { ShopApi } from '../shop/shop-api.ts'
import { LABELS } from './kinds.ts'
import type { Target } from './store/tables.ts'
import { hasWalks } from './store/walks.ts'

/**
 * A step of a sync is a list of tasks, each a piece of work for one kind. Its durable position names the task and where the task is; a task
 * commits its work together with the position that it leads to, the last time with the position of the next task.
 */
export interface SyncRun {
  readonly run: AnyRun
  readonly step: StepRun
  readonly database: Database
  readonly storeId: string
}

export interface ShopRun extends SyncRun {
  readonly shop: ShopApi
  /** Something else goes through the same rows afterwards, which the total counts too. */
  readonly countsTwice?: boolean | undefined
}

export type Totals = { readonly [Kind in CatalogueKind]: number | null }

export type Position = {
  /** Index in the list. */
  readonly task: number
  /** Rows of pages that are written or staged. */
  readonly received: number
  /** Rows of pages that were asked for again, for what was missed. */
  readonly reread: number
  /** Rows that were staged before the step began. */
  readonly staged: number
  /** Rows that were staged and are written now. */
  readonly applied: number
  /** Of them and those to come, by kind; null: not known yet. */
  readonly totals: Totals
  /** Of the task, in its own form; null: at its beginning. */
  readonly place: Json
}

export const START: Position = {
  task: 0,
  received: 0,
  reread: 0,
  staged: 0,
  applied: 0,
  totals: { products: null, orders: null, customers: null },
  place: null,
}

/** Answers the position that it committed last, which is the next task's. */
export type Task = (position: Position) => Promise<Position>

export const targetOf = ({ run, storeId }: SyncRun, kind: CatalogueKind): Target => ({ operationId: run.id, storeId, kind })

export const nextTask = (position: Position): Position => ({ ...position, task: position.task + 1, place: null })

/** Commits and answers the position. */
export async function commitTo({ step }: SyncRun, position: Position, work: (transaction: Transaction) => Promise<void>): Promise<Position> {
  await step.commit(position, work)
  return position
}

/**
 * Where an earlier run of the step got to. What another operation cleared away (see `clearStaging`) must be read again: then there is none.
 */
export async function resumedAt({ run, step, database }: SyncRun): Promise<Position | undefined> {
  const position = step.position as Position | undefined
  return position && (await hasWalks(database, run.id)) ? position : undefined
}

export async function runTasks(tasks: readonly Task[], start: Position): Promise<Position> {
  let position = start
  for (let task = tasks[position.task]; task; task = tasks[position.task]) position = await task(position)
  return position
}

const counted = new Intl.NumberFormat('en-US')

/** `pages` is a forecast. */
export const pageMessage = (kind: CatalogueKind, what: string, { number, pages }: { readonly number: number; readonly pages: number }): string =>
  `${LABELS[kind]}: ${what} ${counted.format(number)} of ${counted.format(Math.max(number, pages))}`

/** Counts since the beginning of the step, from the position: so that those of a resumed run never go back. */
export function reportReceived({ run, countsTwice }: ShopRun, { received, totals }: Position, message: string): void {
  const total = CATALOGUE_KINDS.reduce((sum, kind) => sum + (totals[kind] ?? 0), 0)
  run.report({ total: Math.max(total, received) * (countsTwice ? 2 : 1), succeeded: received, message })
}
