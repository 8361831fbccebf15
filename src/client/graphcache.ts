import type { CacheExchangeOpts, ResolverConfig } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { connections, isSingleton } from './cache-facts.ts'
import { possibleTypes, unkeyedTypes } from './generated/schema-facts.ts'

/** What graphcache must know of the schema: `cacheExchange(graphcacheConfig)`. */
export const graphcacheConfig: Required<Pick<CacheExchangeOpts, 'keys' | 'resolvers' | 'possibleTypes'>> = {
  possibleTypes: Object.fromEntries(Object.entries(possibleTypes).map(([type, members]) => [type, [...members]])),
  keys: Object.fromEntries(unkeyedTypes.map((type) => [type, () => (isSingleton(type) ? type : null)])),
  resolvers: createResolvers(),
}

function createResolvers(): ResolverConfig {
  const resolvers: ResolverConfig = {}
  for (const { type, field } of connections) resolvers[type] = { ...resolvers[type], [field]: relayPagination() }
  return resolvers
}
