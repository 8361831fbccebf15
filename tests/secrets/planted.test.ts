import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, type Environment, parseConfig } from '../../src/config/config.ts'
import { VARIABLES, type Variable } from '../../src/config/variables.ts'
import { searchOutput } from '../setup/output-record.ts'
import { findSecrets, PLANTED_VARIABLES, SECRET_VARIABLES } from '../setup/planted-secrets.ts'

/** Made at run time, so that this file's own text and what fails in it can't be mistaken for a leak. */
const sample = (letter: string) => letter.repeat(40)

/** What the configuration says of a problem; empty: there is none. */
function messageFor(environment: Environment): string {
  try {
    parseConfig(environment)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

describe('planted secrets', () => {
  test.each(SECRET_VARIABLES)('there is one for %s, which is good enough to start with', (name) => {
    const value = PLANTED_VARIABLES[name]
    expect(value, `${name} is marked as secret: plant a value for it in tests/setup/planted-secrets.ts`).toBeDefined()
    expect((VARIABLES[name] as Variable<unknown>).schema.safeParse(value).success, `the planted value of ${name} is refused`).toBe(true)
    expect(findSecrets(value ?? '').length, `the value of ${name} contains no planted secret, so it would not be found`).toBeGreaterThan(0)
  })

  test.each(SECRET_VARIABLES)('a wrong value of %s is told without the value', (name) => {
    const wrong = sample('w').slice(0, 9)
    const said = messageFor({ [name]: `\u0001${wrong}` })
    expect(said).toMatch(new RegExp(`^$|${name}`))
    expect(said).not.toContain(wrong)
  })

  test('are found as they are, in addresses, in JSON and in Base64, and are not shown when they are found', async () => {
    const value = `${sample('s')}, "/%`
    const secrets = { one: value }
    for (const spelling of [value, encodeURIComponent(value), JSON.stringify({ value }), Buffer.from(value).toString('base64')]) {
      const [finding, ...others] = findSecrets(`first line\nbefore ${spelling} after`, secrets)
      expect(finding).toMatchObject({ name: 'one', line: 2, text: expect.stringContaining('…') })
      expect(finding?.text).not.toContain(sample('s'))
      expect(others).toEqual([])
    }
    expect(findSecrets(`nothing of ${value.slice(0, 30)}`, secrets)).toEqual([])
  })

  test('are looked for in whole files, and one that is not there has none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batuta-secrets-'))
    try {
      const path = join(folder, 'output.log')
      await writeFile(path, `fine\n${PLANTED_VARIABLES['AUTH_JWT_SECRET']}\nfine\n${PLANTED_VARIABLES['AUTH_JWT_SECRET']}\n`)
      expect(await searchOutput(path)).toMatchObject([{ name: 'jwtSecret', line: 2, more: 1 }])
      expect(await searchOutput(join(folder, 'none.log'))).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
