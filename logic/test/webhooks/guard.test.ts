import t from 'tap'
import { AddressRefused, addressFor } from '../../src/webhooks/guard.ts'

const never = (): Promise<never> => Promise.reject(new Error('not to be resolved'))

t.test('an address that is not on the internet is refused, however it is written', async t => {
  const refused = [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fd00::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
  ]
  for (const host of refused) {
    // As a URL says it: decimal, octal and short forms are written out by it.
    const { hostname } = new URL(`http://${host}/`)
    await t.rejects(addressFor(hostname, [], never), AddressRefused, host)
  }
  for (const host of ['2130706433', '0x7f.1', '0177.0.0.1', '127.1']) {
    const { hostname } = new URL(`http://${host}/`)
    await t.rejects(addressFor(hostname, [], never), AddressRefused, host)
  }
})

t.test('what is on the internet is let through as it is', async t => {
  for (const host of ['8.8.8.8', '172.32.0.1', '[2606:4700:4700::1111]', '192.169.0.1'])
    t.equal(await addressFor(host, [], never), host.replace(/^\[|\]$/g, ''))
})

t.test('a name is judged by all its addresses, and none is no address', async t => {
  const names: Record<string, string[]> = {
    'good.example': ['93.184.216.34', '2606:4700:4700::1111'],
    'half.example': ['93.184.216.34', '10.0.0.1'],
    'metadata.example': ['169.254.169.254'],
    'odd.example': ['not-an-address'],
    'nothing.example': [],
  }
  const resolve = async (name: string): Promise<string[]> => names[name] ?? []
  t.equal(await addressFor('good.example', [], resolve), '93.184.216.34')
  for (const name of ['half.example', 'metadata.example', 'odd.example', 'nothing.example'])
    await t.rejects(addressFor(name, [], resolve), AddressRefused, name)
  t.equal(await addressFor('metadata.example', ['169.254.0.0/16'], resolve), '169.254.169.254')
  await t.rejects(addressFor('half.example', ['192.168.0.0/16'], resolve), AddressRefused)
})
