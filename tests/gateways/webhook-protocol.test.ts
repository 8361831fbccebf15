import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isSignedWith, parseVerification, verificationQuery } from '../../src/gateways/webhook-protocol.ts'
import { PLANTED } from '../setup/planted-secrets.ts'

const SECRET = PLANTED.whatsappAppSecret
const BODY = Buffer.from('{"object":"whatsapp_business_account","entry":[{"id":"1","name":"Peña"}]}')
const sign = (secret: string, body: Buffer, algorithm = 'sha256') => createHmac(algorithm, secret).update(body).digest('hex')

describe('isSignedWith', () => {
  test.each<readonly [what: string, signature: string | undefined, isGood: boolean]>([
    ['the right one', `sha256=${sign(SECRET, BODY)}`, true],
    ['the right one in capitals', `sha256=${sign(SECRET, BODY).toUpperCase()}`, true],
    ['none', undefined, false],
    ['an empty one', '', false],
    ['one without its algorithm', sign(SECRET, BODY), false],
    ['one of SHA-1', `sha1=${sign(SECRET, BODY, 'sha1')}`, false],
    ['one of SHA-1 that says it is of SHA-256', `sha256=${sign(SECRET, BODY, 'sha1')}`, false],
    ['one by another secret', `sha256=${sign(`${SECRET}x`, BODY)}`, false],
    ['one of another body', `sha256=${sign(SECRET, Buffer.from('{}'))}`, false],
    ['one of the same JSON written otherwise', `sha256=${sign(SECRET, Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 1)))}`, false],
    ['one that is too short', `sha256=${sign(SECRET, BODY).slice(0, 62)}`, false],
    ['one that is too long', `sha256=${sign(SECRET, BODY)}00`, false],
    ['one with something behind it', `sha256=${sign(SECRET, BODY)} `, false],
    ['no hexadecimal', `sha256=${'z'.repeat(64)}`, false],
    ['two', `sha256=${sign(SECRET, BODY)}, sha256=${sign(SECRET, BODY)}`, false],
  ])('%s', (_what, signature, isGood) => {
    expect(isSignedWith(SECRET, BODY, signature)).toBe(isGood)
  })
})

describe('parseVerification', () => {
  test('reads what verificationQuery writes', () => {
    const request = { verifyToken: 'a token & more', challenge: '1158201444' }
    expect(parseVerification(new URLSearchParams(verificationQuery(request).toString()))).toEqual(request)
  })

  test.each([
    '',
    'hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t',
    'hub.challenge=1&hub.verify_token=t',
    'hub.mode=subscribe&hub.verify_token=t',
    'hub.mode=subscribe&hub.challenge=1',
    'hub.mode=subscribe&hub.challenge=&hub.verify_token=t',
    'hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=t',
    `hub.mode=subscribe&hub.challenge=${'1'.repeat(201)}&hub.verify_token=t`,
  ])('%j is none', (query) => {
    expect(parseVerification(new URLSearchParams(query))).toBeUndefined()
  })
})
