import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { DEFAULT_LIMITS } from '../../src/server/limits.ts'
import { Pipeline } from '../../src/server/pipeline.ts'
import { Telemetry } from '../../src/telemetry/facts.ts'

const fails = (code: string) => ({ type: GraphQLString, resolve: () => Promise.reject(Object.assign(new Error('connect'), { code })) })
const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { away: fails('ECONNREFUSED'), bug: fails('42P01') } }) })

test('an outage of the database is told every half minute, however many requests meet it; a bug every time', async () => {
  let nowMs = 0
  const telemetry = new Telemetry()
  const told: unknown[] = []
  telemetry.listen((name, fact) => name === 'failure.contained' && told.push((fact as { error: { code: string } }).error.code))
  const pipeline = new Pipeline({ schema, createContext: () => ({}), limits: DEFAULT_LIMITS, telemetry, clock: { ...systemClock, monotonic: () => nowMs } })
  const ask = async (query: string) => {
    const ready = pipeline.prepare({ query })
    const outcome = ready.kind === 'refused' ? ready : await pipeline.run(ready, { viewer: null, transport: 'http' })
    return outcome.kind === 'result' ? outcome.result.errors?.[0]?.extensions['code'] : outcome.kind
  }
  for (let time = 0; time < 5; time += 1) expect(await ask('{ away }')).toBe('UNAVAILABLE')
  expect(await ask('{ bug }')).toBe('INTERNAL')
  expect(await ask('{ bug }')).toBe('INTERNAL')
  nowMs = 30_000
  expect(await ask('{ away }')).toBe('UNAVAILABLE')
  expect(told).toEqual(['ECONNREFUSED', '42P01', '42P01', 'ECONNREFUSED'])
})
