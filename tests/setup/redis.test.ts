import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { ownRedis, redisUrl } from './redis.ts'

const quick = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null, commandTimeout: 300 }

/** A connection that is used once and never tries again. */
async function ping(url: string): Promise<string> {
  const redis = new Redis(url, quick)
  redis.on('error', () => {})
  try {
    return await redis.ping()
  } finally {
    redis.disconnect()
  }
}

describe('redisUrl', () => {
  test('leads to a Redis', async () => {
    expect(await ping(redisUrl())).toBe('PONG')
  })
})

describe('ownRedis', () => {
  test('can be killed, started again at the same address, frozen and thawed', async () => {
    const redis = await ownRedis()
    expect(await ping(redis.url)).toBe('PONG')
    await redis.kill()
    await expect(ping(redis.url)).rejects.toThrow(/closed|ECONNREFUSED/)
    await redis.restart()
    expect(await ping(redis.url)).toBe('PONG')
    redis.pause()
    await expect(ping(redis.url)).rejects.toThrow(/timed out|timeout/i)
    redis.resume()
    await expect.poll(() => ping(redis.url)).toBe('PONG')
    await redis.stop()
    await expect(ping(redis.url)).rejects.toThrow(/closed|ECONNREFUSED/)
  })
})
