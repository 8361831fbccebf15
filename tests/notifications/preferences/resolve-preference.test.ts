import { expect, test } from 'vitest'
import { type PreferenceDefault, resolvePreference } from '../../../src/notifications/preferences/resolve-preference.ts'

const on: PreferenceDefault = { enabled: true, locked: false, reason: null }
const off: PreferenceDefault = { enabled: false, locked: false, reason: null }
const lock = (preference: PreferenceDefault, reason: string): PreferenceDefault => ({ ...preference, locked: true, reason })

test.each([
  ['nothing was set', undefined, undefined, undefined, { enabled: true, locked: false, source: 'product' }],
  ['only everybody has one', undefined, undefined, off, { enabled: false, source: 'everybody' }],
  ['the tenant has one too', undefined, on, off, { enabled: true, source: 'tenant' }],
  ['the user chose', false, on, on, { enabled: false, source: 'user' }],
  ['the tenant is locked', false, lock(on, 'law'), undefined, { enabled: true, locked: true, reason: 'law', source: 'tenant' }],
  ['everybody is locked', true, undefined, lock(off, 'cost'), { enabled: false, locked: true, reason: 'cost', source: 'everybody' }],
  ['both are locked: the wider wins', true, lock(on, 'law'), lock(off, 'cost'), { enabled: false, reason: 'cost', source: 'everybody' }],
  ['the tenant is open but everybody is locked', false, off, lock(on, 'law'), { enabled: true, locked: true, source: 'everybody' }],
])('when %s', (...[, user, tenant, everybody, expected]) => {
  expect(resolvePreference({ category: 'failure', channel: 'email', user, tenant, everybody })).toMatchObject(expected)
})
