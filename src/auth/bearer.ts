const BEARER = /^bearer +([^\s]+)$/i

/** What a request or a connection shows: nothing, a token, or something that is not one. */
export type Credentials = { readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string } | { readonly kind: 'malformed' }

/** Reads an `Authorization` header (RFC 6750). Other schemes are malformed: silently ignoring them would make a viewer anonymous. */
export function credentialsOfHeader(header: string | undefined): Credentials {
  if (header === undefined || header.trim() === '') return { kind: 'none' }
  const token = BEARER.exec(header.trim())?.[1]
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token }
}

/** Reads the parameters of `connection_init`: `{ Authorization: 'Bearer …' }`, `{ authorization: … }` or `{ token: … }`. */
export function credentialsOfParams(params: Readonly<Record<string, unknown>> | undefined): Credentials {
  const value = params?.['Authorization'] ?? params?.['authorization'] ?? params?.['token']
  if (value === undefined || value === null || value === '') return { kind: 'none' }
  if (typeof value !== 'string') return { kind: 'malformed' }
  const given = credentialsOfHeader(value)
  // A bare token is fine here: there is no other scheme that it could be.
  return given.kind === 'malformed' && !/\s/.test(value.trim()) ? { kind: 'token', token: value.trim() } : given
}
