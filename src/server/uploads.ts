import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'
import { refuseWith, resultType, sendJson, sendRefusal, statusOf } from './answers.ts'
import type { Limits } from './limits.ts'
import { toPublicError } from './mask-errors.ts'
import { type MultipartOperation, receiveMultipart } from './multipart.ts'
import { MultipartError } from './multipart-fields.ts'
import type { Outcome, Pipeline } from './pipeline.ts'

export interface UploadParams {
  readonly pipeline: Pipeline
  readonly limits: Limits
  readonly maxFileSize: number
}

/** Answers one multipart request: the operation runs while its file arrives, and the file is let go whatever happens. */
export async function answerUpload(params: UploadParams, request: IncomingMessage, response: ServerResponse, viewer: Viewer | null): Promise<void> {
  const { maxBodyBytes, maxJsonDepth } = params.limits
  let received: MultipartOperation
  try {
    received = await receiveMultipart(request, { maxFileSize: params.maxFileSize, maxFieldBytes: maxBodyBytes, maxJsonDepth })
  } catch (error) {
    if (error instanceof MultipartError) return refuseWith(request, response, { status: error.status, code: 'INVALID_INPUT', reason: error.message })
    throw error
  }
  try {
    sendOutcome(request, response, await runUpload(params.pipeline, received, viewer))
  } finally {
    received.file.discard()
  }
}

async function runUpload(pipeline: Pipeline, received: MultipartOperation, viewer: Viewer | null): Promise<Outcome> {
  const ready = pipeline.prepare(received.request)
  if (ready.kind === 'refused') return ready
  if (ready.operation.operation === 'subscription')
    return { kind: 'refused', errors: [toPublicError('INVALID_INPUT', 'A multipart request can carry no subscription.')] }
  return pipeline.run(ready, { viewer, transport: 'multipart' })
}

function sendOutcome(request: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  const type = resultType(request)
  if (outcome.kind === 'result') sendJson(response, { status: 200, body: outcome.result, type })
  if (outcome.kind !== 'refused') return
  const status = statusOf(outcome.errors)
  // As for JSON posts: a bad document in a well-formed request is 200 for clients that read `application/json`.
  const isAnswer = status === 400 && type === 'application/json' && !outcome.isMalformed
  sendRefusal(request, response, { status: isAnswer ? 200 : status, errors: outcome.errors })
}
