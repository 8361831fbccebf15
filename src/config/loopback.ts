import { isIP } from 'node:net'

/** Whether a host name or address can only mean this machine. IPv6 addresses may come in brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (isIP(name) === 4) return name.startsWith('127.')
  return name === '::1' || name.startsWith('::ffff:127.')
}
