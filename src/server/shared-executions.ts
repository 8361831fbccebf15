import { type DocumentNode, type ExecutionResult, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { Clock } from '../base/clock.ts'
import { isSameForAll } from '../base/same-for-all.ts'

/** What an execution depends on, beside the event: equal parts give equal answers. */
export interface SharedExecutionParams {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: Readonly<Record<string, unknown>>
  /** Viewers of one class see the same of every event. */
  readonly visibilityClass: string
  /** Executes the document for one event, in a context of its own. Never rejects. */
  readonly execute: (event: unknown) => ExecutionResult | Promise<ExecutionResult>
}

/** Answers that a group keeps for those of its subscribers who are a little behind: more than a delivery sends in one turn. */
const RECENT = 32
/** An answer is given again for so long; after it the same event may be shown otherwise, because estimates move with the clock. */
const FRESH_MS = 500
/** Longer keys than that are not worth keeping: those subscribers stay alone. */
const LONGEST_KEY = 4_096

/** The answer to one event, executed once and encoded once. Can be asked without a promise. */
export class SharedAnswer {
  readonly madeAtMs: number
  #result: ExecutionResult | undefined
  #bytes: Buffer | undefined
  #waiting: (() => void)[] | undefined

  constructor(result: ExecutionResult | Promise<ExecutionResult>, madeAtMs: number) {
    this.madeAtMs = madeAtMs
    if (result instanceof Promise) void this.#settle(result)
    else this.#result = result
  }

  /** `undefined` while it is being made. */
  get result(): ExecutionResult | undefined {
    return this.#result
  }

  /** JSON of the result, UTF-8; `undefined` while it is being made. */
  get bytes(): Buffer | undefined {
    if (this.#result) this.#bytes ??= Buffer.from(JSON.stringify(this.#result))
    return this.#bytes
  }

  /** Calls back once it is made. */
  onReady(callback: () => void): void {
    if (this.#result) callback()
    else {
      this.#waiting ??= []
      this.#waiting.push(callback)
    }
  }

  async #settle(result: Promise<ExecutionResult>): Promise<void> {
    this.#result = await result
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const callback of waiting) callback()
  }
}

export interface ExecutionGroupParams {
  readonly execute: SharedExecutionParams['execute']
  readonly clock: Clock
  readonly onEmpty: () => void
  /** Who asks in the same words, whatever they may see; absent in the group of all those, and where the words are too long to keep. */
  readonly everybody?: ExecutionGroup | undefined
}

/** Subscribers that get the same answer to the same event. One that is alone keeps nothing. */
export class ExecutionGroup {
  readonly #execute: SharedExecutionParams['execute']
  readonly #clock: Clock
  readonly #leave: () => void
  readonly #everybody: ExecutionGroup | undefined
  readonly #recent = new Map<unknown, SharedAnswer>()
  #members = 0

  constructor(params: ExecutionGroupParams) {
    this.#execute = params.execute
    this.#clock = params.clock
    this.#leave = params.onEmpty
    this.#everybody = params.everybody
  }

  join(): void {
    this.#members += 1
    this.#everybody?.join()
  }

  leave(): void {
    this.#members -= 1
    if (this.#members === 0) this.#leave()
    this.#everybody?.leave()
  }

  answer(event: unknown): SharedAnswer {
    // Whoever is given such an event sees the same of it, so it is executed for one of them.
    if (this.#everybody && isSameForAll(event)) return this.#everybody.answer(event)
    const nowMs = this.#clock.monotonic()
    const known = this.#recent.get(event)
    if (known && nowMs - known.madeAtMs < FRESH_MS) return known
    const answer = new SharedAnswer(this.#execute(event), nowMs)
    // Equal texts or numbers may stand for different things; an object is itself.
    if (this.#members > 1 && typeof event === 'object') this.#keep(event, answer)
    return answer
  }

  #keep(event: unknown, answer: SharedAnswer): void {
    this.#recent.delete(event)
    this.#recent.set(event, answer)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > RECENT) this.#recent.delete(oldest)
  }
}

/**
 * Finds the group of a subscriber. Arguments of the subscription field choose which events come (`id`, `after`, filters) and are no part
 * of how one is shown, so variables that are used nowhere else are no part of the key: whoever resumes joins those who never left.
 */
export class SharedExecutions {
  readonly #clock: Clock
  readonly #groups = new Map<DocumentNode, Map<string, ExecutionGroup>>()
  /** Of all who ask in the same words. */
  readonly #everybodys = new Map<DocumentNode, Map<string, ExecutionGroup>>()
  readonly #shownBy = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Groups that have members. */
  get size(): number {
    let size = 0
    for (const groups of this.#groups.values()) size += groups.size
    return size
  }

  join(params: SharedExecutionParams): ExecutionGroup {
    const words = this.#wordsOf(params)
    const everybody = words === undefined ? undefined : this.#find(this.#everybodys, params, { key: words })
    const key = words === undefined ? undefined : JSON.stringify([words, params.visibilityClass])
    const group = this.#find(this.#groups, params, { key, everybody })
    group.join()
    return group
  }

  #find(
    all: Map<DocumentNode, Map<string, ExecutionGroup>>,
    { document, execute }: SharedExecutionParams,
    { key, everybody }: { readonly key: string | undefined; readonly everybody?: ExecutionGroup | undefined },
  ): ExecutionGroup {
    const groups = all.get(document) ?? new Map<string, ExecutionGroup>()
    const known = key === undefined ? undefined : groups.get(key)
    if (known) return known
    const onEmpty = () => {
      if (key === undefined || !groups.delete(key)) return
      if (groups.size === 0 && all.get(document) === groups) all.delete(document)
    }
    const group = new ExecutionGroup({ execute, clock: this.#clock, onEmpty, everybody })
    if (key !== undefined) all.set(document, groups.set(key, group))
    return group
  }

  /** What is asked, whoever asks; `undefined` when that is too long to be kept. */
  #wordsOf({ document, operation, variables }: SharedExecutionParams): string | undefined {
    let shownBy = this.#shownBy.get(operation)
    if (!shownBy) {
      shownBy = variablesThatShow(document, operation)
      this.#shownBy.set(operation, shownBy)
    }
    const relevant = Object.entries(variables)
      .filter(([name]) => shownBy.has(name))
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
    const key = JSON.stringify([operation.name?.value ?? '', relevant])
    return key.length > LONGEST_KEY ? undefined : key
  }
}

/** Variables that a document uses anywhere but in the arguments of the subscription field itself. */
function variablesThatShow(document: DocumentNode, operation: OperationDefinitionNode): ReadonlySet<string> {
  const ofTheField = new Set(operation.selectionSet.selections.flatMap((selection) => (selection.kind === Kind.FIELD ? (selection.arguments ?? []) : [])))
  const names = new Set<string>()
  visit(document, {
    VariableDefinition: () => false,
    Argument: (node) => (ofTheField.has(node) ? false : undefined),
    Variable: (node) => void names.add(node.name.value),
  })
  return names
}
