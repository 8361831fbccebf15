import type { DocumentNode, SelectionSetNode } from 'graphql'
import { type CollectedField, collectFields, type Selecting } from './collect-fields.ts'
import { type PreparedDocument, prepareDocument, ROOTS } from './prepare-document.ts'
import { type Held, type Newest, Part, type Seen } from './seen.ts'

/**
 * Answers overtake each other: a slow query may arrive after newer events. Here every answer passes before a cache sees it, and what it says of an
 * object is replaced wherever something newer was seen: state by `version`, progress by `revision`, each for itself.
 */
export interface Answer<Data> {
  readonly data: Data
  /** The document that was sent: one of `prepareDocument`. */
  readonly document: DocumentNode
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Kept<Data> {
  /** The same object when nothing had to be replaced. */
  readonly data: Data
  /** True when something in it is older than what was seen, and nothing newer is known: asking again gives a newer answer. */
  readonly isBehind: boolean
}

export function keepNewest<Data>(seen: Seen, { data, document, variables }: Answer<Data>): Kept<Data> {
  const reading = new Reading(seen, prepareDocument(document), variables)
  const kept = reading.visit(data, [reading.root])
  return { data: kept as Data, isBehind: reading.isBehind }
}

/** A query whose answer is behind is asked this often at most: with events in quick succession every answer may be behind a little. */
export const MOST_ASKS = 3

type JsonObject = Readonly<Record<string, unknown>>
const MISSING = Symbol('missing')

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const typeNameOf = (value: JsonObject): string | undefined => (typeof value['__typename'] === 'string' ? value['__typename'] : undefined)
const isRevised = (value: unknown): value is JsonObject => isObject(value) && typeof value['revision'] === 'number' && !('id' in value)
/** Pages are not parts of an object's state: each holds another range of the list. */
const isPage = (value: unknown): boolean => isObject(value) && (typeNameOf(value)?.endsWith('Connection') ?? false)

class Reading {
  readonly root: SelectionSetNode
  /** A root has no type name in the answer unless it was asked for. */
  readonly #rootType: string
  readonly #seen: Seen
  readonly #selecting: Selecting
  isBehind = false

  constructor(seen: Seen, { operation, fragments }: PreparedDocument, variables: JsonObject) {
    this.root = operation.selectionSet
    this.#rootType = ROOTS[operation.operation]
    this.#seen = seen
    this.#selecting = { fragments, variables }
  }

  visit(value: unknown, sets: readonly SelectionSetNode[]): unknown {
    if (sets.length === 0) return value
    if (Array.isArray(value)) return this.#sameOr(value, (each) => this.visit(each, sets))
    if (!isObject(value)) return value
    const type = typeNameOf(value) ?? (sets[0] === this.root ? this.#rootType : '')
    if (type === 'StreamGap' && value['reason'] !== 'RETENTION') this.#seen.clear()
    const fields = collectFields(this.#selecting, type, sets)
    return this.#children(this.#ordered(value, type, fields), fields)
  }

  #sameOr(list: readonly unknown[], change: (each: unknown) => unknown): readonly unknown[] {
    const changed = list.map(change)
    return changed.some((each, index) => each !== list[index]) ? changed : list
  }

  #children(object: JsonObject, fields: ReadonlyMap<string, CollectedField>): JsonObject {
    return replaced(object, fields, (value, { sets }) => this.visit(value, sets))
  }

  /** The object with what is newer in place of what is older; what is new is remembered. */
  #ordered(object: JsonObject, type: string, fields: ReadonlyMap<string, CollectedField>): JsonObject {
    const { id, version } = object
    // By shape rather than by name, so that operation types count which this kit was not generated with.
    if (!type || typeof id !== 'string' || typeof version !== 'number') return object
    const newest = this.#seen.of(type, id)
    newest.raise('', version)
    return replaced(object, fields, (value, field) => {
      if (isPage(value)) return value
      if (isRevised(value)) return this.#revised(newest, value, field)
      return this.#newer({ newest, part: '', key: field.key, order: version, value, sets: field.sets })
    })
  }

  #revised(newest: Newest, object: JsonObject, { key: part, sets }: CollectedField): JsonObject {
    const revision = object['revision'] as number
    newest.raise(part, revision)
    const fields = collectFields(this.#selecting, typeNameOf(object) ?? '', sets)
    return replaced(object, fields, (value, field) => this.#newer({ newest, part, key: `${part}.${field.key}`, order: revision, value, sets: field.sets }))
  }

  #newer({ newest, part, key, order, value, sets }: Compared): unknown {
    newest.hold(key, order, this.#toHeld(value, sets))
    if (order === newest.top(part)) return value
    const held = newest.get(key)
    const shown = held === undefined || held.order <= order ? MISSING : this.#fromHeld(held.value, sets)
    if (shown === MISSING || (held?.order ?? order) < newest.top(part)) this.isBehind = true
    return shown === MISSING ? value : shown
  }

  #toHeld(value: unknown, sets: readonly SelectionSetNode[]): Held {
    if (sets.length === 0) return value
    if (Array.isArray(value)) return value.map((each) => this.#toHeld(each, sets))
    const type = isObject(value) ? typeNameOf(value) : undefined
    if (!isObject(value) || type === undefined) return value
    const fields = [...collectFields(this.#selecting, type, sets)].filter(([responseKey]) => responseKey in value)
    return new Part(type, new Map(fields.map(([responseKey, field]) => [field.key, this.#toHeld(value[responseKey], field.sets)])))
  }

  #fromHeld(held: Held, sets: readonly SelectionSetNode[]): unknown {
    if (Array.isArray(held) && sets.length > 0) {
      const list = held.map((each) => this.#fromHeld(each, sets))
      return list.includes(MISSING) ? MISSING : list
    }
    if (!(held instanceof Part)) return held
    const object: Record<string, unknown> = {}
    for (const [responseKey, field] of collectFields(this.#selecting, held.type, sets)) {
      const value = held.fields.has(field.key) ? this.#fromHeld(held.fields.get(field.key), field.sets) : MISSING
      if (value === MISSING) return MISSING
      object[responseKey] = value
    }
    return object
  }
}

interface Compared {
  readonly newest: Newest
  readonly part: string
  readonly key: string
  readonly order: number
  readonly value: unknown
  readonly sets: readonly SelectionSetNode[]
}

/** A copy with other values, or the object itself when none is another. Answers are shared with caches, and may be frozen. */
function replaced(object: JsonObject, fields: ReadonlyMap<string, CollectedField>, change: (value: unknown, field: CollectedField) => unknown): JsonObject {
  let copy: Record<string, unknown> | undefined
  for (const [responseKey, field] of fields) {
    if (!(responseKey in object)) continue
    const value = change(object[responseKey], field)
    if (value === object[responseKey]) continue
    copy ??= { ...object }
    copy[responseKey] = value
  }
  return copy ?? object
}
