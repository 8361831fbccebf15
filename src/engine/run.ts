import type { Actor } from '../base/actor.ts'
import type { Json } from '../base/json.ts'
import type { Transaction } from '../database/database.ts'
import type { EventPublisher } from '../events/business-events.ts'
import type { StartOutcome, StartRequest } from './engine.ts'

/**
 * What a handler is given. Every write that goes through it proves that the run still owns the operation; when it doesn't,
 * the call rejects with `LeaseLostError` and `signal` aborts. Pause and cancel take effect inside `step`, `commit`,
 * `checkpoint` and `items`: these calls then reject, and the handler should let the rejection pass.
 */
export interface Run<Input, StepName extends string> {
  /** UUID of the operation. */
  readonly id: string
  readonly input: Input
  readonly ownerId: string
  readonly tenantId: string | null
  readonly createdBy: Actor
  /** 1 for the first attempt. */
  readonly attempt: number
  /** Aborts on cancel, timeout, lost lease, an overdue pause, and shutdown. Pass it to everything that waits. */
  readonly signal: AbortSignal
  /** What the composition root lends to handlers; domains add to it by declaration merging. */
  readonly services: OperationServices
  /** Runs a step, or returns its stored result when an earlier run finished it. */
  step<Value extends Json | void>(name: StepName, work: (step: StepRun) => Promise<Value>): Promise<Value>
  /** Replaces what is known of the progress. Coalesced: call it as often as you like. */
  report(progress: ProgressReport): void
  /** Adds to the counts. Coalesced likewise. */
  advance(counts: { readonly succeeded?: number; readonly failed?: number; readonly skipped?: number; readonly message?: string }): void
  /** Forgets all steps, checkpoints and items, inside the given transaction: a later retry then starts from the beginning. For clean-up. */
  forget(transaction: Transaction): Promise<void>
  /** A transaction that is committed only if the run still owns the operation. */
  transaction<Value>(work: (transaction: Transaction) => Promise<Value>): Promise<Value>
}

export interface OperationServices {
  /** Starts what follows from a run. Give it an idempotency key made of the run's `id`, so that a run that goes on after a crash starts it once. */
  readonly operations: { start(request: StartRequest): Promise<StartOutcome> }
  /** Business events. With a key made of the run's `id` an event is published once, however often and wherever the operation runs again. */
  readonly events: EventPublisher
}

export interface StepRun {
  readonly signal: AbortSignal
  /** Where an earlier run of this step got to; `undefined` at its first start. */
  readonly position: Json | undefined
  /** Commits work and the position it leads to in one transaction, then lets pause and cancel take effect. */
  commit<Value>(position: Json, work: (transaction: Transaction) => Promise<Value>): Promise<Value>
  /** Stores a position alone, for work that lives outside our database. */
  checkpoint(position: Json): Promise<void>
  /**
   * Works through a list with a durable outcome per item. The intent is stored before `work` is called and the outcome
   * after it; an intent without outcome at resume is `unknown` and not repeated by itself. A failing item fails itself only.
   */
  items<Item>(list: readonly Item[], options: ItemOptions<Item>, work: (item: Item, context: ItemContext) => Promise<ItemOutcome>): Promise<ItemCounts>
  /** A status sentence of the step. */
  message(text: string): void
}

export interface ItemOptions<Item> {
  /** Names the item; unique in the operation. */
  readonly key: (item: Item) => string
  readonly concurrency?: number
}

export interface ItemContext {
  readonly signal: AbortSignal
  /** Which of the parallel workers handles it, 0 to concurrency - 1. */
  readonly lane: number
  readonly attempt: number
}

export const ITEM_STATES = ['pending', 'started', 'succeeded', 'failed', 'skipped', 'unknown'] as const
export type ItemState = (typeof ITEM_STATES)[number]

/** Returned by the work of an item; throwing means `failed`. */
export type ItemOutcome = void | {
  readonly state?: 'succeeded' | 'failed' | 'skipped' | 'unknown'
  readonly data?: Json
  readonly errorCode?: string
  readonly errorMessage?: string
}

/** A type, not an interface: so that a step can return it, which wants JSON. */
export type ItemCounts = {
  readonly succeeded: number
  readonly failed: number
  readonly skipped: number
  readonly unknown: number
}

export interface ProgressReport {
  readonly succeeded?: number
  readonly failed?: number
  readonly skipped?: number
  /** `null`: unknown. */
  readonly total?: number | null
  readonly unit?: string
  readonly message?: string | null
}
