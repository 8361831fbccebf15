import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import busboy, { type Busboy } from 'busboy'
import { IncomingFile } from './incoming-file.ts'
import { MultipartError, MultipartFields } from './multipart-fields.ts'
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
        file = new IncomingFile({
          stream,
          fileName: info.filename ?? '',
          mimeType: info.mimeType,
          encoding: info.encoding,
          field: place.field,
          maxFileSize: limits.maxFileSize,
          stop: () => stop(new MultipartError('the upload was stopped')),
        })
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
