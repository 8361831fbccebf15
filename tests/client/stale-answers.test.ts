import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OperationDocument, OperationHistoryDocument, type OperationHistoryQuery, WatchOperationDocument } from '../../src/client/generated/graphql.ts'
import { createApiClient } from '../../src/testing/api-client.ts'
import { control, reaches, start } from '../chaos/control-story.ts'
import { type Listening, listening } from '../clients/listening.ts'
import { type FreshDatabase, freshPglite } from '../setup/databases.ts'
import { apolloOverPlainWire, urqlOverPlainWire } from './clients.ts'
import { type FaultyProxy, startProxy } from './faulty-proxy.ts'

let fresh: FreshDatabase
let server: Listening
let proxy: FaultyProxy
beforeAll(async () => {
  fresh = await freshPglite()
  server = await listening(fresh)
  proxy = await startProxy(() => server.url())
})
afterAll(async () => {
  await proxy.stop()
  await server.stop()
  await fresh.drop()
})

const listed = ({ operations }: OperationHistoryQuery, id: string) => operations.edges.find(({ node }) => node.id === id)?.node

describe.each([
  ['Apollo', apolloOverPlainWire],
  ['urql with graphcache', urqlOverPlainWire],
] as const)("%s's cache", (_name, connect) => {
  test('shows nothing older than it has shown when a slow answer arrives after newer events', async () => {
    const direct = createApiClient({ url: server.url() })
    const client = connect(proxy.url)
    const { id } = await start(direct, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 2 })
    await reaches(direct, id, ({ progress }) => progress.done > 3)

    const shown: { version: number; revision: number; state: string }[] = []
    client.show?.(OperationDocument, { id }, ({ operation }) => {
      if (operation) shown.push({ version: operation.version, revision: operation.progress.revision, state: operation.state })
    })
    await expect.poll(() => shown.at(-1)?.state).toBe('RUNNING')
    // The server answers a list while the operation runs; the answer is on its way for long.
    const slow = proxy.holdAnswer('OperationHistory')
    const answer = client.query(OperationHistoryDocument, { first: 10 })
    await slow.held
    const frames: string[] = []
    const leave = client.watch(WatchOperationDocument, { id, minIntervalMs: 50 }, ({ operation }) => frames.push(operation.state))
    await control(direct, 'pause', id)
    await expect.poll(() => shown.at(-1)?.state).toBe('PAUSED')
    slow.release()
    const late = listed(await answer, id)
    expect(late).toMatchObject({ state: 'PAUSED', stateReason: { code: expect.any(String) } })
    expect(late?.actions.find(({ action }) => action === 'RESUME')?.enabled).toBe(true)
    await control(direct, 'cancel', id)
    await expect.poll(() => shown.at(-1)?.state).toBe('CANCELED')
    expect(frames.at(-1)).toBe('CANCELED')
    const [versions, revisions] = [shown.map(({ version }) => version), shown.map(({ revision }) => revision)]
    expect(versions).toEqual(versions.toSorted((left, right) => left - right))
    expect(revisions).toEqual(revisions.toSorted((left, right) => left - right))
    leave()
    await client.close()
  })

  test('asks again for what a slow answer brings that was never seen newer', async () => {
    const direct = createApiClient({ url: server.url() })
    const client = connect(proxy.url)
    const { id } = await start(direct, 'SANDBOX_EXERCISE', { items: 100_000, itemMs: 2 })
    await reaches(direct, id, ({ progress }) => progress.done > 3)
    const slow = proxy.holdAnswer('query Operation(')
    const steps: string[] = []
    client.show?.(OperationDocument, { id }, ({ operation }) => steps.push(`${operation?.state} ${operation?.steps[0]?.state}`))
    await slow.held
    const states: string[] = []
    // Frames have no steps.
    const leave = client.watch(WatchOperationDocument, { id, minIntervalMs: 50 }, ({ operation }) => states.push(operation.state))
    await control(direct, 'cancel', id)
    await expect.poll(() => states.at(-1)).toBe('CANCELED')
    slow.release()
    const { operation: now } = await direct.ask<{ operation: { steps: { state: string }[] } }, object>(
      'query ($id: ID!) { operation(id: $id) { steps { state } } }',
      {
        id,
      },
    )
    await expect.poll(() => steps.at(-1)).toBe(`CANCELED ${now.steps[0]?.state}`)
    leave()
    await client.close()
  })
})
