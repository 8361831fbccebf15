import { inject } from 'vitest'
import { type RedisServer, type RedisServerParams, startRedisServer } from './redis-server.ts'

/** The run's Redis, shared by all test files: use key and channel names of your own. */
export const redisUrl = (): string => inject('redisUrl')

/** A Redis of the test's own, which it may kill, pause and restart. Stop it at the end. */
export const ownRedis = (params: RedisServerParams = {}): Promise<RedisServer> => startRedisServer(params)
