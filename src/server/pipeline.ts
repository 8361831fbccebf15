import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { visibilityClass } from '../auth/access.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../base/clock.ts'
import { jsonDepth } from '../base/json.ts'
import { isConnectionError } from '../database/errors.ts'
import type { Telemetry } from '../telemetry/facts.ts'
import { FaultLimit } from '../telemetry/fault-limit.ts'
import { DocumentCache } from './document-cache.ts'
import { excesses, measureDocument } from './document-limits.ts'
import { EventStream } from './event-stream.ts'
import type { Transport } from './facts.ts'
import type { Limits } from './limits.ts'
import { maskError, maskResult, toPublicError } from './mask-errors.ts'
import { isNestedTooDeep, MAX_NESTING } from './nesting.ts'
import { SharedExecutions } from './shared-executions.ts'

/** What a client sends, whatever the transport; nothing of it is trusted. */
export interface GraphQLRequest {
  readonly query?: unknown
  readonly variables?: unknown
  readonly operationName?: unknown
}

export interface Refused {
  readonly kind: 'refused'
  readonly errors: readonly GraphQLError[]
  /** True when not the document but the request around it is at fault. */
  readonly isMalformed?: boolean
}

/** A document that is valid and within the limits. */
export interface ReadyOperation {
  readonly kind: 'ready'
  readonly operation: OperationDefinitionNode
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

export type Outcome = Refused | { readonly kind: 'result'; readonly result: ExecutionResult } | { readonly kind: 'stream'; readonly stream: EventStream }

export interface Caller {
  /** Null: no token; documents may then ask what needs no viewer, such as the schema. */
  readonly viewer: Viewer | null
  readonly transport: Transport
}

export interface PipelineParams {
  readonly schema: GraphQLSchema
  /** Called for each operation, and again for each event of a subscription, because caches live as long as a context. */
  readonly createContext: (viewer: Viewer | null) => object
  readonly limits: Limits
  readonly telemetry: Telemetry
  readonly clock: Clock
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const refuse = (...errors: readonly GraphQLError[]): Refused => ({ kind: 'refused', errors })
const invalid = (message: string): Refused => refuse(toPublicError('INVALID_INPUT', message))
const malformed = (message: string): Refused => ({ ...invalid(message), isMalformed: true })

/** The way of every operation: limits, parsing, validation, execution, masking. Transports only carry its outcomes; nothing here throws. */
export class Pipeline {
  readonly #params: PipelineParams
  readonly #documents = new DocumentCache<DocumentNode>()
  readonly #shared: SharedExecutions
  readonly #outages: FaultLimit

  constructor(params: PipelineParams) {
    this.#params = params
    this.#shared = new SharedExecutions(params.clock)
    this.#outages = new FaultLimit(params.clock)
  }

  /** Groups of subscribers who share their answers. */
  get groups(): number {
    return this.#shared.size
  }

  get schema(): GraphQLSchema {
    return this.#params.schema
  }

  prepare(request: GraphQLRequest): ReadyOperation | Refused {
    const { query, variables = null, operationName = null } = request
    if (typeof query !== 'string') return malformed('Expected a "query" with the text of a GraphQL document.')
    if (variables !== null && !isRecord(variables)) return malformed('Expected "variables" to be an object.')
    if (operationName !== null && typeof operationName !== 'string') return malformed('Expected "operationName" to be a text.')
    if (query.length > this.#params.limits.maxBodyBytes) return refuse(toPublicError('TOO_COMPLEX', 'The document is too long.'))
    if (jsonDepth(variables, this.#params.limits.maxJsonDepth) > this.#params.limits.maxJsonDepth) {
      return refuse(toPublicError('TOO_COMPLEX', `Variables may be nested ${this.#params.limits.maxJsonDepth} levels deep at most.`))
    }
    try {
      return this.#select(query, variables ?? {}, operationName ?? undefined)
    } catch (error) {
      return refuse(maskError(error, this.#onHidden))
    }
  }

  /** Runs what `prepare` found good. A subscription that starts gives a stream, which its caller must return. */
  async run(ready: ReadyOperation, caller: Caller): Promise<Outcome> {
    const startedMs = this.#params.clock.monotonic()
    const outcome = await this.#execute(ready, caller).catch((error: unknown) => refuse(maskError(error, this.#onHidden)))
    this.#params.telemetry.emit('graphql.executed', {
      transport: caller.transport,
      kind: ready.operation.operation,
      durationMs: this.#params.clock.monotonic() - startedMs,
      errors: outcome.kind === 'stream' ? 0 : outcome.kind === 'refused' ? outcome.errors.length : (outcome.result.errors?.length ?? 0),
    })
    return outcome
  }

  #select(query: string, variables: Readonly<Record<string, unknown>>, operationName: string | undefined): ReadyOperation | Refused {
    const known = this.#documents.get(query)
    const parsed = known ?? this.#parse(query)
    if ('errors' in parsed) return parsed
    const operation = getOperationAST(parsed, operationName)
    if (!operation) {
      return invalid(
        operationName === undefined
          ? 'The document has several operations or none: name one with "operationName".'
          : `The document has no operation named ${JSON.stringify(operationName)}.`,
      )
    }
    const excess = excesses(measureDocument(parsed, operation, variables), this.#params.limits)
    if (excess.length > 0) return refuse(...excess)
    if (!known) {
      const errors = validate(this.#params.schema, parsed, undefined, { maxErrors: 20 })
      if (errors.length > 0) return refuse(...errors.map((error) => maskError(error, this.#onHidden)))
      this.#documents.set(query, parsed)
    }
    return { kind: 'ready', operation, document: parsed, operationName, variables }
  }

  #parse(query: string): DocumentNode | Refused {
    const { maxTokens } = this.#params.limits
    if (isNestedTooDeep(query, maxTokens)) return refuse(toPublicError('TOO_COMPLEX', `The document is nested more than ${MAX_NESTING} levels deep.`))
    try {
      return parse(query, { maxTokens })
    } catch (error) {
      const masked = maskError(error, this.#onHidden)
      const isTooLong = masked.message.includes('tokens. Parsing aborted')
      return refuse(isTooLong ? toPublicError('TOO_COMPLEX', `The document has more than ${maxTokens} tokens.`) : masked)
    }
  }

  async #execute(ready: ReadyOperation, caller: Caller): Promise<Outcome> {
    const argumentsOf = (rootValue?: unknown): ExecutionArgs => ({
      schema: this.#params.schema,
      document: ready.document,
      variableValues: ready.variables,
      operationName: ready.operationName,
      contextValue: this.#params.createContext(caller.viewer),
      rootValue,
    })
    if (ready.operation.operation === 'subscription') return this.#subscribe(ready, caller, argumentsOf)
    return this.#settle(await execute(argumentsOf()))
  }

  async #subscribe(ready: ReadyOperation, { viewer }: Caller, argumentsOf: (event?: unknown) => ExecutionArgs): Promise<Outcome> {
    const source = await createSourceEventStream(argumentsOf())
    if (!(Symbol.asyncIterator in source)) return this.#settle(source)
    const group = this.#shared.join({
      document: ready.document,
      operation: ready.operation,
      variables: ready.variables,
      visibilityClass: visibilityClass(viewer),
      execute: (event) => this.#executeEvent(argumentsOf, event),
    })
    const mask = (error: unknown) => maskError(error, this.#onHidden)
    return { kind: 'stream', stream: new EventStream({ source: source[Symbol.asyncIterator](), group, mask, onReleaseFailure: this.#onHidden }) }
  }

  #executeEvent(argumentsOf: (event: unknown) => ExecutionArgs, event: unknown): ExecutionResult | Promise<ExecutionResult> {
    const toRefusal = (error: unknown): ExecutionResult => ({ errors: [maskError(error, this.#onHidden)] })
    try {
      const result = execute(argumentsOf(event))
      if (!(result instanceof Promise)) return maskResult(result, this.#onHidden)
      return result.then((settled) => maskResult(settled, this.#onHidden), toRefusal)
    } catch (error) {
      return toRefusal(error)
    }
  }

  /** A result without `data` never began: the request itself was at fault. */
  #settle(result: ExecutionResult): Outcome {
    const masked = maskResult(result, this.#onHidden)
    return 'data' in masked ? { kind: 'result', result: masked } : refuse(...(masked.errors ?? []))
  }

  /** An outage of the database is one failure, however many requests meet it. */
  readonly #onHidden = (error: unknown): void => {
    if (isConnectionError(error) && this.#outages.admit('database') === undefined) return
    this.#params.telemetry.emit('failure.contained', { where: 'graphql', error })
  }
}
