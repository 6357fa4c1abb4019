import { BlockList, isIP } from 'node:net'

/** Throws where a block is not an address or `address/bits`. */
export const blockList = (blocks: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const block of blocks) {
    const [ip = '', bits] = block.split('/')
    const family = isIP(ip)
    const width = family === 6 ? 128 : 32
    const prefix = bits === undefined ? width : Number(bits)
    if (family === 0 || bits === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > width)
      throw new Error(`"${block}" is not a CIDR block: write it like 10.0.0.0/8 or 2001:db8::/32`)
    list.addSubnet(ip, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

export const within = (list: BlockList, ip: string): boolean => {
  const family = isIP(ip)
  return family !== 0 && list.check(ip, family === 6 ? 'ipv6' : 'ipv4')
}
