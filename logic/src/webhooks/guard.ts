import { blockList, within } from '@longwire/kit'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** Addresses of a name, as the system knows them. */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async host =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/**
 * What no webhook may reach unless it is allowed by name: this host, its networks and their metadata
 * services, and what embeds such an address. After the special-purpose registries of IANA.
 */
const REFUSED_4 = blockList([
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
])
/** A list of its own: a block of mapped addresses would take every IPv4 address for one of its own. */
const REFUSED_6 = blockList([
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
])

/** The webhook's host may not be reached from here. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
}

/**
 * The address to connect to for `host`: looked up now, and to be used as it is, so that a name that
 * says something else a moment later changes nothing. Every address of the name has to be good, so
 * that one bad one is not hidden among others. Throws {@link AddressRefused}, or what the lookup does.
 */
export const addressFor = async (
  host: string,
  allow: readonly string[],
  resolve: Resolve,
): Promise<string> => {
  const name = host.replace(/^\[|\]$/g, '')
  const addresses = isIP(name) === 0 ? await resolve(name) : [name]
  const allowed = blockList(allow)
  for (const address of addresses) {
    if (
      isIP(address) !== 0 &&
      (within(allowed, address) || !within(isIP(address) === 4 ? REFUSED_4 : REFUSED_6, address))
    )
      continue
    throw new AddressRefused(
      `${host} is ${address}, which is not on the internet; allow its network if that is meant`,
    )
  }
  const [first] = addresses
  if (first === undefined) throw new AddressRefused(`${host} has no address`)
  return first
}
