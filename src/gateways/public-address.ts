import { BlockList, isIP } from 'node:net'

/**
 * Which IP addresses belong to the public internet. Everything else (this machine, private networks, cloud metadata, documentation, multicast …) is
 * refused for addresses that users typed. After RFC 6890 and the IANA special-purpose registries.
 */
const SPECIAL_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Inside 2000::/3, the only part of IPv6 that is public at all. */
const SPECIAL_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  // IETF protocol assignments: Teredo, benchmarking, ORCHID …
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries any IPv4 address.
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
]

const special = new BlockList()
for (const [network, prefix] of SPECIAL_IPV4) special.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of SPECIAL_IPV6) special.addSubnet(network, prefix, 'ipv6')

/** Whether an IP address is on the public internet; false for anything that is no IP address, or has a zone. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  if (family !== 6) return false
  const groups = groupsOf(address)
  if (!groups) return false
  const embedded = embeddedIpv4(groups)
  if (embedded !== undefined) return isPublicAddress(embedded)
  const isGlobalUnicast = ((groups[0] as number) & 0xe000) === 0x2000
  return isGlobalUnicast && !special.check(address, 'ipv6')
}

/** The eight groups of an IPv6 address; `undefined` with a zone. */
function groupsOf(address: string): readonly number[] | undefined {
  if (address.includes('%')) return undefined
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const pair = (high: string | undefined, low: string | undefined) => ((Number(high) << 8) | Number(low)).toString(16)
  const text = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : address
  const [head = '', tail] = text.split('::')
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [left, right] = [parse(head), parse(tail ?? '')]
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return groups.length === 8 ? groups : undefined
}

const HEADS_OF_EMBEDDED: readonly (readonly number[])[] = [
  // IPv4-mapped, ::ffff:0:0/96
  [0, 0, 0, 0, 0, 0xffff],
  // NAT64, 64:ff9b::/96: how networks without IPv4 reach it
  [0x64, 0xff9b, 0, 0, 0, 0],
]

/** The IPv4 address that an IPv6 address leads to. */
function embeddedIpv4(groups: readonly number[]): string | undefined {
  if (!HEADS_OF_EMBEDDED.some((head) => head.every((group, index) => groups[index] === group))) return undefined
  const [high, low] = [groups[6] as number, groups[7] as number]
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
}
