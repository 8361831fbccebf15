import { BatutaError } from '../base/errors.ts'
import { jsonDepth } from '../base/json.ts'
import type { IncomingFile } from './incoming-file.ts'
import type { GraphQLRequest } from './pipeline.ts'

/** A body that is not what the specification asks for. */
export class MultipartError extends BatutaError {
  readonly status: number
  constructor(message: string, status = 400) {
    super('INVALID_INPUT', message)
    this.status = status
  }
}

export interface FieldLimits {
  readonly maxFieldBytes: number
  readonly maxJsonDepth: number
}

export interface FilePlace {
  /** Path of the first variable that holds the file, such as `input.file`. */
  readonly field: string
  readonly substitute: (file: IncomingFile) => GraphQLRequest
}

/** The fields `operations` and `map`, checked as they arrive. */
export class MultipartFields {
  readonly #limits: FieldLimits
  #operations: Record<string, unknown> | undefined
  #map: ReadonlyMap<string, readonly string[]> | undefined

  constructor(limits: FieldLimits) {
    this.#limits = limits
  }

  accept(name: string, text: string, isTruncated: boolean): void {
    if (isTruncated) throw new MultipartError(`the field ${JSON.stringify(name)} has more than ${this.#limits.maxFieldBytes} bytes`, 413)
    if (name === 'operations' && !this.#operations) this.#operations = this.#parseObject(name, text)
    else if (name === 'map' && this.#operations && !this.#map) this.#map = parseMap(this.#parseObject(name, text))
    else if (name === 'map' && !this.#operations) throw new MultipartError('the field "operations" must come before "map"')
    else throw new MultipartError(`expected the fields "operations" and "map" once each, got ${JSON.stringify(name)}`)
  }

  placeOf(name: string): FilePlace {
    if (!this.#operations || !this.#map) throw new MultipartError('the fields "operations" and "map" must come before the file')
    const paths = this.#map.get(name)
    if (!paths) throw new MultipartError(`the "map" does not name the file ${JSON.stringify(name)}`)
    const operations = this.#operations
    for (const path of paths) holderOf(operations, path)
    return {
      field: (paths[0] ?? '').replace(/^variables\./, ''),
      substitute: (file) => {
        for (const path of paths) {
          const { holder, key } = holderOf(operations, path)
          holder[key] = file
        }
        return operations
      },
    }
  }

  whatIsMissing(): string {
    if (!this.#operations) return 'the multipart body has no field "operations"'
    return this.#map ? 'the file that the "map" names is missing' : 'the multipart body has no field "map"'
  }

  #parseObject(name: string, text: string): Record<string, unknown> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new MultipartError(`expected the field ${JSON.stringify(name)} to be JSON`)
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new MultipartError(`expected the field ${JSON.stringify(name)} to be a JSON object`)
    if (jsonDepth(value, this.#limits.maxJsonDepth + 1) > this.#limits.maxJsonDepth + 1)
      throw new MultipartError(`the field ${JSON.stringify(name)} is nested too deep`)
    return value as Record<string, unknown>
  }
}

function parseMap(map: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly string[]> {
  const entries = Object.entries(map)
  if (entries.length !== 1) throw new MultipartError(`expected the "map" to name one file, got ${entries.length}`)
  for (const [name, paths] of entries) {
    const isGood = Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === 'string' && path.startsWith('variables.'))
    if (!isGood) throw new MultipartError(`expected the "map" to give ${JSON.stringify(name)} a list of paths such as "variables.input.file"`)
  }
  return new Map(entries as [string, string[]][])
}

/** The object or list that a path ends in. Own properties only, and only a null may be replaced. */
function holderOf(operations: Record<string, unknown>, path: string): { readonly holder: Record<string, unknown>; readonly key: string } {
  const parts = path.split('.')
  const key = parts.pop() ?? ''
  let holder: unknown = operations
  for (const part of parts)
    holder = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, part) ? (holder as Record<string, unknown>)[part] : undefined
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key) || (holder as Record<string, unknown>)[key] !== null) {
    throw new MultipartError(`the "map" points at ${JSON.stringify(path)}, where "operations" has no null`)
  }
  return { holder: holder as Record<string, unknown>, key }
}
