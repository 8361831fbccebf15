import { InvalidInputError } from '../../base/errors.ts'
import type { StorePlatform } from '../../domains/stores/records.ts'
import { InputCheck, LIMITS } from '../limits.ts'

/** Longer than any token that a shop gives out. */
const LONGEST_TOKEN = 4_096
const LONGEST_ADDRESS = 500

export interface GivenConnection {
  readonly name: string
  readonly platform: StorePlatform
  /** As it was typed; without slashes at its end. */
  readonly baseUrl: string | undefined
  readonly accessToken: string | undefined
}

/** Reads what a client gave to connect a shop. Throws `InvalidInputError`; no sentence of it has the token in it. */
export function givenConnection(input: Readonly<Record<string, unknown>>): GivenConnection {
  const [name, platform] = [input['name'] as string, input['platform'] as StorePlatform]
  const check = new InputCheck()
  check.text('input.name', name, { from: 1, to: LIMITS.name })
  const baseUrl = shopAddress(check, 'input.baseUrl', input['baseUrl'])
  const accessToken = shopToken(check, 'input.accessToken', input['accessToken'])
  if (platform === 'tiendanube' && input['baseUrl'] == null) check.add('input.baseUrl', "expected the address of the shop's API, got none")
  if (platform === 'tiendanube' && input['accessToken'] == null) check.add('input.accessToken', "expected the shop's access token, got none")
  if (platform === 'sandbox' && input['baseUrl'] != null) check.add('input.baseUrl', 'expected no address for a sandbox shop, which is inside this server')
  check.done()
  return { name: name.trim(), platform, baseUrl, accessToken }
}

/** A token goes into a header: it is told how long it is, never what it is. Spaces around it come with copying. */
export function shopToken(check: InputCheck, path: string, given: unknown): string | undefined {
  if (given === null || given === undefined) return undefined
  const value = typeof given === 'string' ? given.trim() : given
  if (typeof value !== 'string') check.add(path, 'expected a text')
  else if (value.length === 0 || value.length > LONGEST_TOKEN)
    check.add(path, `expected a token of 1 to ${LONGEST_TOKEN} characters, got one of ${value.length}`)
  else if (!/^[\x21-\x7e]+$/.test(value)) check.add(path, 'expected a token of letters, digits and signs without spaces, as the shop gives it')
  else return value
  return undefined
}

function shopAddress(check: InputCheck, path: string, value: unknown): string | undefined {
  if (!(value instanceof URL)) return undefined
  if (value.protocol !== 'https:' && value.protocol !== 'http:') check.add(path, `expected an address that begins with https://, got ${value.protocol}`)
  else if (value.username !== '' || value.password !== '') check.add(path, 'expected an address without a user name or password in it')
  else if (value.search !== '' || value.hash !== '') check.add(path, 'expected an address without ? and #')
  else if (value.href.length > LONGEST_ADDRESS) check.add(path, `expected an address of at most ${LONGEST_ADDRESS} characters, got one of ${value.href.length}`)
  else return value.href.replace(/\/+$/, '')
  return undefined
}

/** What the domain refuses is told where it stands in the arguments. */
export async function belowInput<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new InvalidInputError(error.issues.map(({ path, message }) => ({ path: /^input(\.|$)/.test(path) ? path : `input.${path}`, message })))
  }
}
