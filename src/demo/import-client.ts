import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { print } from 'graphql'
import {
  CancelOperationDocument,
  OperationHistoryDocument,
  type OperationViewFragment,
  PauseOperationDocument,
  ResumeOperationDocument,
  StartStatementImportDocument,
  type StartStatementImportMutation,
} from '../client/generated/graphql.ts'

/** What any client of the API does to import a statement: plain HTTP requests, nothing of the server's inside. */
const SAMPLE = fileURLToPath(new URL('../../samples/statement-18000.csv', import.meta.url))

export interface ImportResult {
  readonly accepted: number
  readonly rejected: number
  readonly durationMs: number
  readonly totals: readonly { readonly currency: string; readonly amount: string; readonly count: number }[]
}

export interface FinishedImport {
  readonly state: string
  readonly failure: { readonly code: string; readonly message: string } | null
  /** Number of its last event. */
  readonly version: number
  readonly result: ImportResult | null
  readonly batch: { readonly rejectedCsvUrl: string } | null
}

const FINISHED = `query FinishedImport($id: ID!) {
  operation(id: $id) {
    state
    version
    failure { code message }
    ... on StatementImportOperation { result { accepted rejected durationMs totals { currency amount count } } batch { rejectedCsvUrl } }
  }
}`

const CONTROLS = { pause: PauseOperationDocument, resume: ResumeOperationDocument, cancel: CancelOperationDocument }
export type Control = keyof typeof CONTROLS

export class ImportClient {
  readonly #endpoint: string

  /** `endpoint` is the address of the API, such as `http://127.0.0.1:4000/graphql`. */
  constructor(endpoint: string) {
    this.#endpoint = endpoint
  }

  /** An import that an earlier run left unfinished. */
  async findUnfinished(): Promise<OperationViewFragment | undefined> {
    const filter = { types: ['STATEMENT_IMPORT' as const], done: false }
    const { operations } = await this.#ask(OperationHistoryDocument, { filter, first: 1 })
    return operations.edges[0]?.node
  }

  /**
   * Uploads the sample statement as a multipart request (https://github.com/jaydenseric/graphql-multipart-request-spec). The
   * idempotency key makes the request safe to send again; a new key is a new import.
   */
  async upload(idempotencyKey: string): Promise<OperationViewFragment> {
    const form = new FormData()
    form.set('operations', JSON.stringify({ query: print(StartStatementImportDocument), variables: { input: { file: null, idempotencyKey } } }))
    form.set('map', JSON.stringify({ 0: ['variables.input.file'] }))
    form.set('0', await openAsBlob(SAMPLE, { type: 'text/csv' }), basename(SAMPLE))
    // The header proves that no page of another site made a browser send this.
    const response = await fetch(this.#endpoint, { method: 'POST', body: form, headers: { 'x-batuta-csrf': '1' } })
    const { startStatementImport: started } = await dataOf<StartStatementImportMutation>(response)
    if (started.__typename === 'OperationPayload') return started.operation
    throw new Error(`${started.code}: ${started.message}`)
  }

  async finished(id: string): Promise<FinishedImport | null> {
    const { operation } = await this.#post<{ readonly operation: FinishedImport | null }>(FINISHED, { id })
    return operation
  }

  /** The sentence of a refusal; undefined when it was done. */
  async control(control: Control, id: string): Promise<string | undefined> {
    const data = await this.#post<Record<string, { readonly message?: string }>>(print(CONTROLS[control]), { input: { id, reason: 'a key of the demo' } })
    return Object.values(data)[0]?.message
  }

  #ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
    return this.#post<Data>(print(document), variables)
  }

  async #post<Data>(query: string, variables: unknown): Promise<Data> {
    const response = await fetch(this.#endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return dataOf<Data>(response)
  }
}

async function dataOf<Data>(response: Response): Promise<Data> {
  const answer = (await response.json()) as { readonly data?: Data | null; readonly errors?: readonly { readonly message: string }[] }
  if (answer.data && !answer.errors) return answer.data
  throw new Error(answer.errors?.map((error) => error.message).join('; ') ?? `the server answered ${response.status}`)
}
