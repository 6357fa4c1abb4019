/**
 * An address as two numbers: an IPv4 address, or the /64 network of an IPv6 address (one customer holds
 * a whole /64). One object is filled again and again.
 */
export class AddressKey {
  hi = 0
  lo = 0

  /** False for what is not an address: the key is then that of "unknown". */
  read(ip: string): boolean {
    const known = ip.includes(':') ? this.#readV6(ip) : this.#readV4(ip)
    if (!known) this.hi = this.lo = UNKNOWN
    return known
  }

  /** As people write it: `10.0.0.1`, `2001:db8:0:1::/64`. */
  static format(hi: number, lo: number): string {
    if (hi === UNKNOWN) return 'unknown'
    if (hi === V4) return [lo >>> 24, (lo >>> 16) & 255, (lo >>> 8) & 255, lo & 255].join('.')
    const groups = [hi >>> 16, hi & 0xffff, lo >>> 16, lo & 0xffff]
    return `${groups.map(group => group.toString(16)).join(':')}::/64`
  }

  /** The /24 of an IPv4 address, or the /48 of an IPv6 address; '' of what is none. */
  static network(hi: number, lo: number): string {
    if (hi === UNKNOWN) return ''
    return hi === V4 ? `4/${lo >>> 8}` : `6/${hi}/${lo >>> 16}`
  }

  /** The /16 of an IPv4 address, or the /32 of an IPv6 address, as a number; −1 of what is none. */
  static wide(hi: number, lo: number): number {
    if (hi === UNKNOWN) return -1
    return hi === V4 ? lo >>> 16 : V6_WIDE + hi
  }

  /** What {@link wide} says, as people write it: `10.0.0.0/16`, `2001:db8::/32`. */
  static formatWide(wide: number): string {
    if (wide < V6_WIDE) return `${wide >>> 8}.${wide & 255}.0.0/16`
    const hi = wide - V6_WIDE
    return `${(hi >>> 16).toString(16)}:${(hi & 0xffff).toString(16)}::/32`
  }

  #readV4(ip: string): boolean {
    const parts = ip.split('.')
    if (parts.length !== 4) return false
    let value = 0
    for (const part of parts) {
      const byte = decimal(part)
      if (byte < 0 || byte > 255) return false
      value = value * 256 + byte
    }
    // No IPv6 source has these upper bits: ff00::/8 is multicast.
    this.hi = V4
    this.lo = value
    return true
  }

  #readV6(ip: string): boolean {
    const [text = ''] = ip.split('%', 1)
    const gap = text.indexOf('::')
    const head = gap < 0 ? text : text.slice(0, gap)
    const groups = head === '' ? [] : head.split(':')
    if (gap < 0 && groups.length < 4) return false
    // What stands behind the gap may reach into the upper four groups only where the gap is short.
    const tail = gap < 0 || gap + 2 === text.length ? [] : text.slice(gap + 2).split(':')
    const width = tail.at(-1)?.includes('.') === true ? 1 : 0
    const zeros = gap < 0 ? 0 : Math.max(0, 8 - groups.length - tail.length - width)
    const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...tail]
    const [a, b, c, d] = all.slice(0, 4).map(hexadecimal)
    if (a === undefined || b === undefined || c === undefined || d === undefined) return false
    if (a < 0 || b < 0 || c < 0 || d < 0) return false
    this.hi = a * 0x1_0000 + b
    this.lo = c * 0x1_0000 + d
    return true
  }
}

/** Behind all /16 of IPv4. */
const V6_WIDE = 0x1_0000
const V4 = 0xffff_fffe
const UNKNOWN = 0xffff_ffff

const decimal = (text: string): number => (/^\d{1,3}$/.test(text) ? Number(text) : -1)
const hexadecimal = (text: string): number =>
  /^[\da-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : -1
