import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { BatutaError, messageOf } from './base/errors.ts'
import type { OperationDefinition } from './engine/definition.ts'
import type { EventsDefinition } from './events/define-events.ts'

/** Where operation types and business events of your own live: every `.ts`, `.js` or `.mjs` file of this folder is loaded at start. */
export const OPERATIONS_FOLDER = new URL('../operations/', import.meta.url)

const SOURCE = /(?<!\.d|\.test)\.(?:ts|js|mjs)$/

/** What the files of a folder define; `createApp` takes both. */
export interface LoadedDefinitions {
  readonly definitions: readonly OperationDefinition[]
  readonly events: readonly EventsDefinition[]
}

/** A file of operations that can't be used. The message names it and says what was expected. */
export class OperationsError extends BatutaError {
  constructor(file: string, reason: string, options?: ErrorOptions) {
    super('OPERATIONS_UNUSABLE', `operations/${file}: ${reason}`, options)
  }
}

/**
 * The definitions that the files of a folder export, by any name or as default, alone or in lists; files in alphabetical order.
 * A folder that is not there holds none. Throws `OperationsError` for a file that fails to load or exports no definition.
 */
export async function loadOperations(folder: URL = OPERATIONS_FOLDER): Promise<LoadedDefinitions> {
  const files = (await filesOf(folder)).filter((file) => SOURCE.test(file)).toSorted()
  const found: (OperationDefinition | EventsDefinition)[] = []
  // One after the other, so that the first file that fails is the one that is named.
  for (const file of files) found.push(...(await definitionsOf(new URL(encodeURIComponent(file), folder))))
  // A set: files may import each other's definitions, and export them again.
  const unique = [...new Set(found)]
  return { definitions: unique.filter(isOperation), events: unique.filter(isEvents) }
}

async function filesOf(folder: URL): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function definitionsOf(url: URL): Promise<readonly (OperationDefinition | EventsDefinition)[]> {
  const file = decodeURIComponent(basename(url.pathname))
  const exported = await load(url, file)
  // A set: a module may export one value both by name and as default.
  const found = new Set(
    Object.values(exported)
      .flat()
      .filter((value) => isOperation(value) || isEvents(value)),
  )
  if (found.size === 0) throw new OperationsError(file, 'expected it to export what defineOperation() or defineEvents() returns, found no such export')
  return [...found]
}

async function load(url: URL, file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url.href)) as Record<string, unknown>
  } catch (error) {
    throw new OperationsError(file, messageOf(error), { cause: error })
  }
}

function isOperation(value: unknown): value is OperationDefinition {
  if (typeof value !== 'object' || value === null) return false
  const { type, steps, run } = value as Partial<Record<keyof OperationDefinition, unknown>>
  return typeof type === 'string' && Array.isArray(steps) && typeof run === 'function'
}

function isEvents(value: unknown): value is EventsDefinition {
  return typeof value === 'object' && value !== null && (value as Partial<EventsDefinition>).kind === 'events'
}
