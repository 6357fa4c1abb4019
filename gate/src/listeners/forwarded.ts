import { isIP, type BlockList } from 'node:net'
import { within } from '@longwire/kit'
import { plainIp } from './options.ts'

/**
 * The client behind trusted proxies, by X-Forwarded-For: each proxy appends whom it serves, so what
 * counts is the last address that is not a proxy of ours. Anything before it is the client's own word.
 */
export const forwardedClient = (header: string, trusted: BlockList): string | undefined => {
  const hops = header.split(',')
  let client: string | undefined
  for (let at = hops.length - 1; at >= 0; at--) {
    const ip = plainIp(hops[at]!.trim())
    if (isIP(ip) === 0) return client
    client = ip
    if (!within(trusted, ip)) return client
  }
  return client
}
