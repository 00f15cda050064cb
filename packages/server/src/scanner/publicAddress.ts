import { BlockList, isIP } from 'node:net'

/** Blocks of addresses that are not of the public internet (IANA's registries of special-purpose addresses for IPv4 and IPv6). */
const SPECIAL: Readonly<Record<'ipv4' | 'ipv6', readonly string[]>> = {
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  // With those that carry an IPv4 address inside: mapped, NAT64, Teredo and 6to4.
  ipv6: [
    '::/96',
    '::ffff:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ],
}

// Each has a list of its own: one list would compare IPv4 addresses with the block of mapped ones.
const BLOCKED = { ipv4: blockedOf('ipv4'), ipv6: blockedOf('ipv6') }

/** Whether a text is an IP address of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return false
  return family === 4 ? !BLOCKED.ipv4.check(address, 'ipv4') : !BLOCKED.ipv6.check(address, 'ipv6')
}

function blockedOf(family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const block of SPECIAL[family]) {
    const [network, prefix] = block.split('/') as [string, string]
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
