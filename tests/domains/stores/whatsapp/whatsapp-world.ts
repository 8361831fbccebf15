import { Writable } from 'node:stream'
import { type App, createApp } from '../../../../src/app.ts'
import { newUuid, toTypeId } from '../../../../src/base/ids.ts'
import { parseConfig } from '../../../../src/config/config.ts'
import type { Database } from '../../../../src/database/database.ts'
import { statement } from '../../../../src/database/statement.ts'
import { Telemetry } from '../../../../src/telemetry/facts.ts'
import { createLogListener } from '../../../../src/telemetry/log-listener.ts'
import { type ApiClient, createApiClient } from '../../../../src/testing/api-client.ts'
import { signToken } from '../../../../src/testing/tokens.ts'
import { type CloudApi, cloudApi } from '../../../gateways/cloud-api.ts'
import { type DatabaseKind, freshDatabase } from '../../../setup/databases.ts'
import { PLANTED } from '../../../setup/planted-secrets.ts'

const ADD_STORE = statement(
  'test_whatsapp_add_store',
  `insert into store (id, owner_id, name, platform, base_url, language, status, credential_id) values ($1, $2, 'Tienda Sol', 'sandbox', $3, $4, 'connected', $1)`,
)
const READ_NUMBER = statement('test_whatsapp_number', 'select * from whatsapp_number where store_id = $1')

export interface NumberRow {
  readonly webhook_key: string
  readonly phone: string | null
  readonly provider: string | null
  readonly challenged_at: Date | null
  readonly verified_at: Date | null
  readonly tested_at: Date | null
  readonly last_event_at: Date | null
}

interface AddStoreParams {
  readonly owner?: string
  readonly language?: string | null
}

export async function addStore(database: Database, { owner = 'ana', language = 'es' }: AddStoreParams = {}): Promise<string> {
  const id = newUuid()
  await database.run(ADD_STORE, [id, owner, `sandbox:${id}`, language])
  return id
}

export async function numberOf(database: Database, storeId: string): Promise<NumberRow | undefined> {
  return (await database.run<NumberRow>(READ_NUMBER, [storeId]))[0]
}

export interface OperationView {
  readonly id: string
  readonly state: string
  readonly attempt: number
  readonly failure: { readonly code: string; readonly message: string; readonly step: string | null } | null
  readonly stateReason: { readonly message: string } | null
  readonly result: Readonly<Record<string, unknown>> | null
}

const FIELDS = `id state attempt failure { code message step } stateReason { message }
  ... on WhatsappSetupOperation { result { phone country webhookUrl gateway sandbox providerId } }`
const START = `mutation ($input: StartWhatsappSetupInput!) { startWhatsappSetup(input: $input) {
  __typename ... on OperationPayload { operation { id } } } }`
const WATCH = `subscription ($id: ID!) { operation(id: $id, minIntervalMs: 50) { ${FIELDS} } }`

/** What people do with setups, over the public API. */
export class Setups {
  readonly #api: ApiClient

  constructor(api: ApiClient) {
    this.#api = api
  }

  /** Answers the type of the answer, and the id of what was started. */
  async start(storeId: string, phone: string, more: object = {}): Promise<{ readonly type: string; readonly id: string }> {
    const input = { storeId: toTypeId('store', storeId), phone, ...more }
    const { startWhatsappSetup: answer } = await this.#api.ask<
      { startWhatsappSetup: { readonly __typename: string; readonly operation?: { readonly id: string } } },
      object
    >(START, { input })
    return { type: answer.__typename, id: answer.operation?.id ?? '' }
  }

  async reaches(id: string, ...states: readonly string[]): Promise<OperationView> {
    const watched = this.#api.watch<{ readonly operation: OperationView }, object>(WATCH, { id })
    const { operation } = await watched.until((frame) => states.includes(frame.operation.state))
    await watched.end()
    return operation
  }

  async run(storeId: string, phone: string, more: object = {}): Promise<OperationView> {
    return this.reaches((await this.start(storeId, phone, more)).id, 'COMPLETED', 'FAILED', 'CANCELED')
  }

  async retry(id: string): Promise<void> {
    await this.#api.ask('mutation ($id: ID!) { retryOperation(input: { id: $id }) { __typename } }', { id })
  }

  async cancel(id: string): Promise<void> {
    await this.#api.ask('mutation ($id: ID!) { cancelOperation(input: { id: $id }) { __typename } }', { id })
  }
}

export interface WhatsappWorld {
  readonly app: App
  readonly database: Database
  readonly cloud: CloudApi
  readonly setups: Setups
  /** All that was logged, at the lowest level. */
  log(): string
  close(): Promise<void>
}

export const clientOf = async (url: string): Promise<ApiClient> =>
  createApiClient({ url, token: await signToken({ secret: PLANTED.jwtSecret, subject: 'ana', roles: ['USER'] }) })

/** The whole server, with a Cloud API on this machine unless it is to use the sandbox. */
export async function whatsappWorld(kind: DatabaseKind, gateway: 'sandbox' | 'whatsapp-cloud' = 'whatsapp-cloud'): Promise<WhatsappWorld> {
  let logged = ''
  const telemetry = new Telemetry()
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString()
      done()
    },
  })
  telemetry.listen(createLogListener({ level: 'trace', destination }))
  const [fresh, cloud] = await Promise.all([freshDatabase(kind, { telemetry }), cloudApi()])
  const environment = { PORT: '0', AUTH_JWT_SECRET: PLANTED.jwtSecret, ...(gateway === 'sandbox' ? {} : cloud.environment) }
  const app = await createApp({ config: parseConfig(environment), telemetry, database: fresh.database })
  await app.start()
  cloud.leadsTo(app.url)
  return {
    app,
    database: fresh.database,
    cloud,
    setups: new Setups(await clientOf(app.url)),
    log: () => logged,
    close: async () => {
      await app.stop()
      await cloud.close()
      await fresh.drop()
    },
  }
}
