import { sampleStatement } from '../../../samples/sample-statement.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { ApiClient } from '../../../src/testing/api-client.ts'
import type { SeededRandom } from '../random.ts'
import type { Journal } from './journal.ts'
import type { PersistentClient } from './persistent-client.ts'
import type { OperationPlan } from './plans.ts'

const PAYLOAD = '__typename ... on Error { code message } ... on OperationPayload { cursor operation { id } }'
const START = `mutation ($input: StartSandboxExerciseInput!) { result: startSandboxExercise(input: $input) { ${PAYLOAD} } }`
const IMPORT = `mutation ($input: StartStatementImportInput!) { result: startStatementImport(input: $input) { ${PAYLOAD} } }`
const CONTROL_PAYLOAD = '__typename ... on Error { code message } ... on OperationPayload { operation { state done } }'
const control = (verb: 'pause' | 'resume' | 'cancel') =>
  `mutation ($input: OperationControlInput!) { result: ${verb}Operation(input: $input) { ${CONTROL_PAYLOAD} } }`
const STATE = 'query ($id: ID!) { operation(id: $id) { state done } }'

interface Started {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly cursor: string
  readonly operation: { readonly id: string }
}
interface Controlled {
  readonly __typename: string
  readonly code?: string
}
interface State {
  readonly operation: { readonly state: string; readonly done: boolean }
}

export interface StartedOperation {
  readonly id: string
  /** Where the payload stood. */
  readonly cursor: string
}

/** Starts operations as clients do who must not start anything twice, and steers some of them. */
export class Starter {
  readonly #journal: Journal
  readonly #random: SeededRandom

  constructor(journal: Journal, random: SeededRandom) {
    this.#journal = journal
    this.#random = random
  }

  async start(client: PersistentClient, plan: OperationPlan): Promise<StartedOperation> {
    const request = (api: ApiClient) => (plan.kind === 'import' ? upload(api, plan) : exercise(api, plan))
    const [first, second] = await Promise.all([client.ask(request), ...(plan.twice ? [client.ask(request)] : [])])
    for (const { __typename, code, message } of second ? [first, second] : [first]) {
      if (__typename !== 'OperationPayload') throw new Error(`start ${plan.key} was answered with ${__typename} (${code}): ${message}`)
    }
    if (second && second.operation.id !== first.operation.id) this.#journal.violate(`the key ${plan.key} gave two operations`)
    return { id: first.operation.id, cursor: first.cursor }
  }

  /** Does what the plan has in store for it. */
  async steer(client: PersistentClient, plan: OperationPlan, id: string): Promise<void> {
    if (plan.fate === 'none') return
    await systemClock.sleep(this.#random.between(0, 800))
    if (plan.fate === 'cancel') return this.#control(client, 'cancel', id)
    await this.#control(client, 'pause', id)
    for (;;) {
      const { operation } = await client.ask((api) => api.ask<State, object>(STATE, { id }))
      if (operation.done) return
      if (operation.state === 'PAUSED') await this.#control(client, 'resume', id)
      else if (operation.state !== 'PAUSING') return
      await systemClock.sleep(200)
    }
  }

  /** It may have ended before, or be so already: a refusal by its state is an answer. */
  async #control(client: PersistentClient, verb: 'pause' | 'resume' | 'cancel', id: string): Promise<void> {
    const { result } = await client.ask((api) => api.ask<{ result: Controlled }, object>(control(verb), { input: { id } }))
    if (result.__typename !== 'OperationPayload' && result.code !== 'INVALID_STATE') this.#journal.violate(`${verb} of ${id} was answered with ${result.code}`)
  }
}

async function exercise(api: ApiClient, { input, key }: OperationPlan): Promise<Started> {
  return (await api.ask<{ result: Started }, object>(START, { input: { ...input, idempotencyKey: key } })).result
}

async function upload(api: ApiClient, { rows, key }: OperationPlan): Promise<Started> {
  const parts: string[] = []
  for await (const part of sampleStatement({ rows, seed: rows })) parts.push(part)
  const file = { name: `${key}.csv`, content: new Blob(parts, { type: 'text/csv' }) }
  return (await api.upload<{ result: Started }>(IMPORT, { input: { idempotencyKey: key } }, file)).result
}
