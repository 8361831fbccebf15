export interface TokenRequest {
  /** True when the server refused the last one: get another one, don't answer with a stored one. */
  readonly refused: boolean
}

/** Where the app gets its access token; undefined: nobody is signed in. */
export type TokenSource = (request: TokenRequest) => Promise<string | undefined> | string | undefined

/** Asks the app for tokens, and knows when the last one expires. */
export class Token {
  readonly #source: TokenSource
  #refused = false
  #last: string | undefined

  constructor(source: TokenSource = () => undefined) {
    this.#source = source
  }

  get last(): string | undefined {
    return this.#last
  }

  /** May reject with whatever the app's source fails with. */
  async get(): Promise<string | undefined> {
    const refused = this.#refused
    this.#last = await this.#source({ refused })
    if (refused) this.#refused = false
    return this.#last
  }

  /** The server did not take the last one. */
  refuse(): void {
    this.#refused = true
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const token = await this.get()
    return token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** When the last one expires (`exp` of a JWT, https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4), milliseconds since 1970; undefined for other tokens. */
  get expiresAtMs(): number | undefined {
    const payload = this.#last?.split('.')[1]
    if (!payload) return undefined
    try {
      const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { readonly exp?: unknown }
      return typeof exp === 'number' ? exp * 1_000 : undefined
    } catch {
      return undefined
    }
  }
}
