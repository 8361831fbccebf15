import { Redis } from 'ioredis'
import { type PostgresServer, startPostgresServer } from '../../setup/postgres-server.ts'
import { administer, databaseUrl } from '../../setup/postgres-template.ts'
import { type RedisServer, startRedisServer } from '../../setup/redis-server.ts'

/** A PostgreSQL and a Redis of the storm's own. */
export interface Stores {
  readonly databaseUrl: string
  readonly postgres: PostgresServer
  readonly redis: RedisServer
  /** Channels that somebody listens to, and how many do. */
  channels(): Promise<ReadonlyMap<string, number>>
  stop(): Promise<void>
}

const DATABASE = 'storm'

export async function startStores(): Promise<Stores> {
  const [postgres, redis] = await Promise.all([startPostgresServer(), startRedisServer()])
  const stop = async () => {
    await Promise.all([postgres.stop(), redis.stop()])
  }
  try {
    await administer(postgres.url, `create database ${DATABASE}`)
  } catch (error) {
    await stop()
    throw error
  }
  return { databaseUrl: databaseUrl(postgres.url, DATABASE), postgres, redis, channels: () => listenersOf(redis.url), stop }
}

async function listenersOf(url: string): Promise<ReadonlyMap<string, number>> {
  const redis = new Redis(url, { lazyConnect: true })
  await redis.connect()
  try {
    const channels = (await redis.pubsub('CHANNELS')) as string[]
    if (channels.length === 0) return new Map()
    const answer = await redis.pubsub('NUMSUB', ...channels)
    return new Map(channels.map((channel) => [channel, Number(answer[answer.indexOf(channel) + 1])]))
  } finally {
    redis.disconnect()
  }
}
