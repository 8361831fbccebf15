/** Where Redis is, and who we are there. */
export interface RedisAddress {
  /** One server, or some nodes of one cluster; never empty. */
  readonly nodes: readonly RedisNode[]
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: boolean
}

export interface RedisNode {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 6_379

/**
 * Reads `redis://user:password@host:6379`, `rediss://…` for TLS, with further nodes of a cluster after commas (`redis://a:6379,b:6379`): scheme, user
 * and password are those of the first. A database number is accepted and means nothing, because publish/subscribe knows none; options
 * (`?name=value`) are refused, so that nothing of the address can weaken what we do with it. `undefined` when it is no such address.
 */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const [head = '', ...tail] = text.split(',').map((part) => part.trim())
  const first = parseOne(head)
  if (!first) return undefined
  const nodes = [first.node]
  for (const part of tail) {
    const other = parseOne(/^\w+:\/\//.test(part) ? part : `${first.tls ? 'rediss' : 'redis'}://${part}`)
    if (other?.tls !== first.tls) return undefined
    const isStranger = other.password !== undefined && (other.password !== first.password || other.username !== first.username)
    if (isStranger) return undefined
    nodes.push(other.node)
  }
  return { nodes, username: first.username, password: first.password, tls: first.tls }
}

function parseOne(text: string): (Omit<RedisAddress, 'nodes'> & { readonly node: RedisNode }) | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (!/^rediss?:$/.test(url.protocol) || url.hostname === '' || url.search !== '' || url.hash !== '' || !/^(\/\d*)?$/.test(url.pathname)) return undefined
  if (url.username !== '' && url.password === '') return undefined
  try {
    return {
      node: { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? DEFAULT_PORT : Number(url.port) },
      username: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password) || undefined,
      tls: url.protocol === 'rediss:',
    }
  } catch {
    // A per cent sign that encodes nothing.
    return undefined
  }
}
