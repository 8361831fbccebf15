import { startPostgresServer } from './postgres-server.ts'
import { startRedisServer } from './redis-server.ts'

/** The PostgreSQL and the Redis that a run of the tests uses: those of the environment, else throw-away ones. */
export interface Servers {
  readonly postgresUrl: string
  readonly redisUrl: string
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [postgres, redis] = await Promise.all([given('DATABASE_URL') ?? startPostgresServer(), given('REDIS_URL') ?? startRedisServer()])
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

function given(name: 'DATABASE_URL' | 'REDIS_URL') {
  const url = process.env[name]
  return url ? { url, stop: () => Promise.resolve() } : undefined
}
