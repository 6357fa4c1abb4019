import t from 'tap'
import { formatAddress, parseAddress, plainIp } from '../../src/listeners/options.ts'
import { offersProtocol } from '../../src/listeners/upgrade-rules.ts'

t.test('addresses are split and joined, IPv6 too', async t => {
  t.same(parseAddress('0.0.0.0:7000'), { host: '0.0.0.0', port: 7000 })
  t.same(parseAddress('[::1]:0'), { host: '::1', port: 0 })
  t.equal(formatAddress('::1', 80), '[::1]:80')
  t.equal(formatAddress('127.0.0.1', 80), '127.0.0.1:80')
  for (const wrong of ['localhost', ':80', 'host:70000', 'host:x'])
    t.throws(() => parseAddress(wrong), /host:port/)
})

t.test('the subprotocol is one of a list', async t => {
  t.ok(offersProtocol('lp.v1'))
  t.ok(offersProtocol('a, lp.v1 ,b'))
  t.notOk(offersProtocol(''))
  t.notOk(offersProtocol('lp.v11'))
})

t.test('a mapped IPv4 address is written as IPv4', async t => {
  t.equal(plainIp('::ffff:10.0.0.1'), '10.0.0.1')
  t.equal(plainIp('::1'), '::1')
})
