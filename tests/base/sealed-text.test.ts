import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type SealingKey, TextSealer, UnsealError } from '../../src/base/sealed-text.ts'

const key = (id: string): SealingKey => ({ id, key: randomBytes(32) })
const [OLD, NEW] = [key('old'), key('new')]

test('a text is opened by the key that sealed it, and looks different each time', () => {
  const sealer = new TextSealer([OLD])
  const [one, other] = [sealer.seal('ana@example.com', 'row:1'), sealer.seal('ana@example.com', 'row:1')]
  expect(one).not.toBe(other)
  expect(one).toMatch(/^s1\.old\./)
  expect(one).not.toContain('ana')
  expect([sealer.open(one, 'row:1'), sealer.open(other, 'row:1')]).toEqual(['ana@example.com', 'ana@example.com'])
  expect(sealer.open(sealer.seal('', 'row:1'), 'row:1')).toBe('')
})

test('keys are rotated by putting a new one in front', () => {
  const sealed = new TextSealer([OLD]).seal('secret', 'row:1')
  const rotated = new TextSealer([NEW, OLD])
  expect(rotated.open(sealed, 'row:1')).toBe('secret')
  expect(rotated.seal('secret', 'row:1')).toMatch(/^s1\.new\./)
})

test('a key that is gone is named', () => {
  const sealed = new TextSealer([OLD]).seal('secret', 'row:1')
  expect(() => new TextSealer([NEW]).open(sealed, 'row:1')).toThrow(
    new UnsealError('the key "old" that sealed this text is not among ENCRYPTION_KEYS; add it again behind the others'),
  )
})

test.each([
  ['another key under the same id', (sealed: string) => [new TextSealer([key('old')]), sealed, 'row:1'] as const],
  ['another row', (sealed: string) => [new TextSealer([OLD]), sealed, 'row:2'] as const],
  ['a changed text', (sealed: string) => [new TextSealer([OLD]), `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`, 'row:1'] as const],
  ['a cut text', (sealed: string) => [new TextSealer([OLD]), sealed.slice(0, -12), 'row:1'] as const],
  ['a short tag', (sealed: string) => [new TextSealer([OLD]), sealed.slice(0, sealed.lastIndexOf('.') + 5), 'row:1'] as const],
  ['an empty text', () => [new TextSealer([OLD]), '', 'row:1'] as const],
  ['no sealed text', () => [new TextSealer([OLD]), 'hello', 'row:1'] as const],
])('%s gives a sentence, never garbage', (_what, open) => {
  const [sealer, text, row] = open(new TextSealer([OLD]).seal('secret', 'row:1'))
  expect(() => sealer.open(text, row)).toThrow(UnsealError)
})

test('keys of another length are refused at once', () => {
  expect(() => new TextSealer([{ id: 'a', key: randomBytes(16) }])).toThrow('expected sealing keys of 32 bytes, got 16')
  expect(() => new TextSealer([])).toThrow(RangeError)
})
