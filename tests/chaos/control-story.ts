import { expect } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { statement } from '../../src/database/statement.ts'
import type { ApiClient } from '../../src/testing/api-client.ts'
import { type SpawnAppParams, type SpawnedApp, spawnApp } from '../../src/testing/spawned-app.ts'

/** Processes of one test; whatever happens, `endAll` leaves none. */
export class Processes {
  readonly #apps: SpawnedApp[] = []

  async start(params: SpawnAppParams): Promise<SpawnedApp> {
    const app = await spawnApp(params)
    this.#apps.push(app)
    return app
  }

  async endAll(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.kill()))
  }
}

type Verb = 'pause' | 'resume' | 'cancel' | 'retry'

export interface Controlled {
  readonly __typename: string
  readonly code?: string
  readonly operation?: { readonly id: string; readonly state: string; readonly version: number }
}

/** Asks for a pause, a resume, a cancel or a retry. */
export async function control(client: ApiClient, verb: Verb, id: string): Promise<Controlled> {
  const input = verb === 'retry' ? 'RetryOperationInput' : 'OperationControlInput'
  const data = await client.ask<{ result: Controlled }, object>(
    `mutation ($input: ${input}!) { result: ${verb}Operation(input: $input) { __typename ... on Error { code } ... on OperationPayload { operation { id state version } } } }`,
    { input: { id } },
  )
  return data.result
}

/** Starts any type; answers its id and cursor. */
export async function start(client: ApiClient, type: string, input: object = {}): Promise<{ readonly id: string; readonly cursor: string }> {
  const { result } = await client.ask<{ result: { __typename: string; message?: string; cursor: string; operation: { id: string } } }, object>(
    'mutation ($input: StartOperationInput!) { result: startOperation(input: $input) { __typename ... on Error { message } ... on OperationPayload { cursor operation { id } } } }',
    { input: { type, input } },
  )
  if (result.__typename !== 'OperationPayload') throw new Error(`${result.__typename}: ${result.message}`)
  return { id: result.operation.id, cursor: result.cursor }
}

export interface Watched {
  readonly state: string
  readonly done: boolean
  readonly version: number
  readonly progress: { readonly done: number; readonly percentage: number | null; readonly revision: number }
}

const WATCH = 'subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { state done version progress { done percentage revision } } }'

/** Watches until the operation is as wanted; answers how long that took. */
export async function reaches(
  client: ApiClient,
  id: string,
  fits: string | ((operation: Watched) => boolean),
): Promise<{ readonly operation: Watched; readonly tookMs: number }> {
  const startedAt = performance.now()
  const stream = client.watch<{ operation: Watched }, object>(WATCH, { id })
  try {
    const { operation } = await stream.until(({ operation: seen }) => (typeof fits === 'string' ? seen.state === fits : fits(seen)))
    return { operation, tookMs: Math.round(performance.now() - startedAt) }
  } finally {
    await stream.end()
  }
}

const HOLDER = statement(
  'chaos_holder',
  `select i.name from operation o join instance i on i.id = o.lease_instance where o.state in ('running', 'pausing', 'canceling')`,
)

/** The processes (pids) that run something at this moment. */
export async function workingPids(database: Database): Promise<readonly number[]> {
  const rows = await database.run<{ name: string }>(HOLDER, [])
  return rows.map(({ name }) => Number(name.split(':').at(-1)))
}

/** The one of these processes that runs something. */
export async function workerAmong(database: Database, apps: readonly SpawnedApp[]): Promise<SpawnedApp> {
  const find = async () => {
    const [pid] = await workingPids(database)
    return apps.find((app) => app.pid === pid)
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  return (await find()) as SpawnedApp
}
