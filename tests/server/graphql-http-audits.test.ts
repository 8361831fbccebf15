import { serverAudits } from 'graphql-http'
import { describe, expect, test } from 'vitest'
import { startToyServer } from './toy-server.ts'

/** The published conformance suite of GraphQL over HTTP, against the listening server, all 61 audits, optional ones too. */
describe('GraphQL over HTTP', () => {
  test('passes every audit of graphql-http', async () => {
    const { url } = await startToyServer()
    const audits = serverAudits({ url })
    const results = await Promise.all(audits.map((audit) => audit.fn()))
    expect(results).toHaveLength(61)
    expect(results.filter((result) => result.status !== 'ok').map(({ id, name, status }) => ({ id, name, status }))).toEqual([])
  })

  test('passes every audit without a token where authentication is configured', async () => {
    const { url } = await startToyServer({ withTokens: true })
    const results = await Promise.all(serverAudits({ url }).map((audit) => audit.fn()))
    expect(results.filter((result) => result.status !== 'ok')).toEqual([])
  })
})
