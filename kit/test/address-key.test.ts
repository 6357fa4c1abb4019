import t from 'tap'
import { AddressKey } from '../src/address-key.ts'

const keyOf = (ip: string): string => {
  const key = new AddressKey()
  key.read(ip)
  return `${key.hi.toString(16)}:${key.lo.toString(16)}`
}
const nameOf = (ip: string): string => {
  const key = new AddressKey()
  key.read(ip)
  return AddressKey.format(key.hi, key.lo)
}

t.test('every IPv4 address has a key of its own', async t => {
  t.equal(nameOf('10.0.0.1'), '10.0.0.1')
  t.equal(nameOf('255.255.255.255'), '255.255.255.255')
  t.not(keyOf('10.0.0.1'), keyOf('10.0.0.2'))
})

t.test('an IPv6 address counts as its /64, however it is written', async t => {
  for (const same of [
    '2001:db8:0:1::5',
    '2001:0db8:0000:0001:ffff:ffff:ffff:ffff',
    '2001:DB8:0:1:0:0:0:9%eth0',
  ])
    t.equal(nameOf(same), '2001:db8:0:1::/64', same)
  t.equal(nameOf('::1'), '0:0:0:0::/64')
  t.equal(nameOf('1::'), '1:0:0:0::/64')
  t.equal(nameOf('1::4:5:6:7:8'), '1:0:0:4::/64')
  t.not(keyOf('2001:db8:0:1::'), keyOf('2001:db8:0:2::'))
})

t.test('what is no address shares one key', async t => {
  for (const odd of ['', 'x', '1.2.3', '1.2.3.256', '1.2.3.4.5', '1:2:3', 'g::1'])
    t.equal(nameOf(odd), 'unknown', odd)
})
