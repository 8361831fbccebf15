import { describe, expect, test } from 'vitest'
import { parseRedisUrl } from '../../src/base/redis-url.ts'
import { explainFault } from '../../src/bus/redis/faults.ts'

const NODE = { host: 'redis.example', port: 6_380 }
const SECRET = { password: 'hunter2', tls: true }

describe('explainFault', () => {
  test.each([
    [
      new Error('WRONGPASS invalid username-password pair or user is disabled.'),
      'WRONGPASS',
      /^Redis refuses the user or the password of REDIS_URL: WRONGPASS/,
    ],
    [new Error('Ready check failed: NOAUTH Authentication required.'), 'NOAUTH', /^Redis demands a password/],
    [new Error('NOPERM this user has no permissions'), 'NOPERM', /^the Redis user of REDIS_URL may not do what the bus needs/],
    [
      Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
      'CERT_HAS_EXPIRED',
      /^the certificate of Redis at redis\.example:6380 is not trusted/,
    ],
    [Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }), 'ETIMEDOUT', /does this port speak TLS\?$/],
    [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', /^ECONNREFUSED \(redis\.example:6380\)$/],
    ['nothing that is an error', 'nothing that is an error', /^nothing that is an error/],
  ])('%s', (error, code, message) => {
    expect(explainFault(error, NODE, SECRET)).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('leaves out the password, also where the server repeats it, and the command that failed', () => {
    const error = Object.assign(new Error("ERR unknown command 'AUTH', with args beginning with: 'hunter2'"), { command: { name: 'auth', args: ['hunter2'] } })
    const fault = explainFault(error, NODE, SECRET)
    expect(`${fault.message}${fault.stack}${JSON.stringify(fault)}${String(fault.cause)}`).not.toContain('hunter2')
  })
})

describe('parseRedisUrl', () => {
  test('reads nodes, user, password and TLS', () => {
    expect(parseRedisUrl('rediss://me:a%2Cb%2F@one:1,two,[::1]:3')).toEqual({
      nodes: [
        { host: 'one', port: 1 },
        { host: 'two', port: 6_379 },
        { host: '::1', port: 3 },
      ],
      username: 'me',
      password: 'a,b/',
      tls: true,
    })
    expect(parseRedisUrl('redis://:pw@host/3')).toEqual({ nodes: [{ host: 'host', port: 6_379 }], username: undefined, password: 'pw', tls: false })
  })
})
