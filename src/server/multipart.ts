import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import busboy, { type Busboy } from 'busboy'
import { BatutaError } from '../base/errors.ts'
import { jsonDepth } from '../base/json.ts'
import { IncomingFile } from './incoming-file.ts'
import type { GraphQLRequest } from './pipeline.ts'

/**
 * GraphQL multipart requests (https://github.com/jaydenseric/graphql-multipart-request-spec): field `operations`, field
 * `map`, then the file, in this order. The file is not read here: the operation starts as soon as its part begins, and
 * what the operation reads is what lets the client send on. One file a request.
 */
export interface MultipartLimits {
  readonly maxFileSize: number
  readonly maxFieldBytes: number
  readonly maxJsonDepth: number
}

export interface MultipartOperation {
  /** With the file in place of the nulls that the map names. */
  readonly request: GraphQLRequest
  readonly file: IncomingFile
}

/** A body that is not what the specification asks for. */
export class MultipartError extends BatutaError {
  readonly status: number
  constructor(message: string, status = 400) {
    super('INVALID_INPUT', message)
    this.status = status
  }
}

/** Room for the fields and the part headers around the file. */
const ENVELOPE_BYTES = 2_097_152

/** Resolves when the file's part begins; rejects with `MultipartError`, the rest of the body then passes unread. */
export function receiveMultipart(request: IncomingMessage, limits: MultipartLimits): Promise<MultipartOperation> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limits.maxFileSize + ENVELOPE_BYTES) {
    return Promise.reject(new MultipartError(`the request has ${announced} bytes; a file may have at most ${limits.maxFileSize}`, 413))
  }
  return new Promise((resolve, reject) => {
    const parser = createParser(request, limits)
    if (parser instanceof MultipartError) return reject(parser)
    const fields = new MultipartFields(limits)
    let file: IncomingFile | undefined
    const stop = (error: MultipartError): void => {
      request.unpipe(parser)
      request.resume()
      parser.destroy()
      file?.fail(error.message)
      reject(error)
    }
    const guard = (work: () => void): void => {
      try {
        work()
      } catch (error) {
        stop(error instanceof MultipartError ? error : new MultipartError('the multipart body is malformed'))
      }
    }
    parser.on('field', (name, value, info) => guard(() => fields.accept(name, value, info.valueTruncated)))
    parser.on('file', (name, stream: Readable, info) => {
      // Listened to before anything can fail, and for as long as the stream lives: an error without a listener ends the process.
      stream.on('error', () => undefined)
      guard(() => {
        const place = fields.placeOf(name)
        file = new IncomingFile({ stream, fileName: info.filename ?? '', mimeType: info.mimeType, encoding: info.encoding, field: place.field, maxFileSize: limits.maxFileSize, stop: () => stop(new MultipartError('the upload was stopped')) })
        resolve({ request: place.substitute(file), file })
      })
    })
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      parser.on(limit, () => stop(new MultipartError('expected the fields "operations" and "map" and one file, but the request has more parts')))
    }
    parser.on('error', () => stop(new MultipartError('the multipart body is malformed or ends too early')))
    parser.on('close', () => {
      if (!file) stop(new MultipartError(fields.whatIsMissing()))
    })
    request.once('close', () => {
      if (!request.complete) stop(new MultipartError('the client left before the upload was complete'))
    })
    request.pipe(parser)
  })
}

function createParser(request: IncomingMessage, limits: MultipartLimits): Busboy | MultipartError {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      // One byte more than allowed, because busboy calls a file of exactly the limit too large.
      limits: { fieldNameSize: 100, fieldSize: limits.maxFieldBytes, fields: 2, files: 1, parts: 4, headerPairs: 50, fileSize: limits.maxFileSize + 1 },
    })
  } catch {
    return new MultipartError('expected "content-type: multipart/form-data" with a boundary')
  }
}

interface FilePlace {
  /** Path of the first variable that holds the file, such as `input.file`. */
  readonly field: string
  readonly substitute: (file: IncomingFile) => GraphQLRequest
}

/** The fields `operations` and `map`, checked as they arrive. */
class MultipartFields {
  readonly #limits: MultipartLimits
  #operations: Record<string, unknown> | undefined
  #map: ReadonlyMap<string, readonly string[]> | undefined

  constructor(limits: MultipartLimits) {
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
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MultipartError(`expected the field ${JSON.stringify(name)} to be a JSON object`)
    if (jsonDepth(value, this.#limits.maxJsonDepth + 1) > this.#limits.maxJsonDepth + 1) throw new MultipartError(`the field ${JSON.stringify(name)} is nested too deep`)
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
  for (const part of parts) holder = typeof holder === 'object' && holder !== null && Object.hasOwn(holder, part) ? (holder as Record<string, unknown>)[part] : undefined
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key) || (holder as Record<string, unknown>)[key] !== null) {
    throw new MultipartError(`the "map" points at ${JSON.stringify(path)}, where "operations" has no null`)
  }
  return { holder: holder as Record<string, unknown>, key }
}
