import t from 'tap'
import { blockList } from '@longwire/kit'
import { forwardedClient } from '../../src/listeners/forwarded.ts'
import { readProxyHeader } from '../../src/listeners/proxy-protocol.ts'

/** Golden bytes, made by hand from section 2.2 of the specification. */
const SIGNATURE = '0d0a0d0a000d0a515549540a'
const V4 = `${SIGNATURE} 21 11 000c c0000201 c6336402 d431 01bb`
const V6 = `${SIGNATURE} 21 21 0024 20010db8000000000000000000000005 20010db8000000000000000000000001 d431 01bb`
const V4_WITH_TLVS = `${SIGNATURE} 21 11 0019 c0000201 c6336402 d431 01bb 01 0002 6832 04 0005 0000000000`
const LOCAL = `${SIGNATURE} 20 00 0000`
const LOCAL_WITH_ADDRESS = `${SIGNATURE} 20 11 000c c0000201 c6336402 d431 01bb`
const UNIX = `${SIGNATURE} 21 31 00d8 ${'00'.repeat(216)}`
const UNSPEC = `${SIGNATURE} 21 00 0003 aabbcc`

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

t.test('headers say whom the proxy serves, however they are cut', async t => {
  const whole: readonly (readonly [string, string | undefined])[] = [
    [V4, '192.0.2.1'],
    [V6, '2001:db8:0:0:0:0:0:5'],
    [V4_WITH_TLVS, '192.0.2.1'],
    [LOCAL, undefined],
    [LOCAL_WITH_ADDRESS, undefined],
    [UNIX, undefined],
    [UNSPEC, undefined],
  ]
  for (const [hex, ip] of whole) {
    const header = bytes(hex)
    for (let length = 0; length < header.length; length++)
      if (readProxyHeader(header.subarray(0, length)).kind !== 'part')
        t.fail(`${length} bytes of ${hex} are not a part`)
    t.same(readProxyHeader(Buffer.concat([header, Buffer.from('rest')])), {
      kind: 'whole',
      bytes: header.length,
      ip,
    })
  }
})

t.test('anything else is refused at its first wrong byte', async t => {
  for (const [what, hex] of [
    ['a preamble of ours', 'd54d1100'],
    ['version 1', Buffer.from('PROXY TCP4 192.0.2.1').toString('hex')],
    ['HTTP', Buffer.from('GET / HTTP/1.1').toString('hex')],
    ['a signature with one wrong byte', '0d0a0d0a000d0a515549540b'],
    ['version 3', `${SIGNATURE} 31 11 000c`],
    ['an unknown command', `${SIGNATURE} 22 11 000c`],
    ['a length beyond any use', `${SIGNATURE} 21 11 ffff`],
    ['too short for IPv4', `${SIGNATURE} 21 11 000b ${'00'.repeat(11)}`],
    ['too short for IPv6', `${SIGNATURE} 21 21 0023 ${'00'.repeat(35)}`],
  ] as const)
    t.same(readProxyHeader(bytes(hex)), { kind: 'bad' }, what)
})

t.test('of X-Forwarded-For counts the last address that is not a proxy of ours', async t => {
  const trusted = blockList(['10.0.0.0/8', 'fd00::/8'])
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['1.1.1.1, 192.0.2.1', '192.0.2.1'],
    ['1.1.1.1, 192.0.2.1, 10.0.0.9', '192.0.2.1'],
    ['10.0.0.1, 10.0.0.9', '10.0.0.1'],
    ['2001:db8::1, fd00::2', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['nonsense', undefined],
    ['192.0.2.1, nonsense', undefined],
    ['192.0.2.1, nonsense, 10.0.0.9', '10.0.0.9'],
    ['', undefined],
  ]
  for (const [header, client] of cases) t.equal(forwardedClient(header, trusted), client, header)
})
