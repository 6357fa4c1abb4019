import t from 'tap'
import { wsListener } from '../../src/listeners/ws.ts'
import { listenerContract } from '../contract/listener.ts'
import { upgradeContract } from '../contract/upgrade.ts'
import { certificate } from '../support/certificate.ts'

const address = '127.0.0.1:0'

t.test('plain', t => {
  listenerContract(t, { make: () => wsListener({ address }) })
  upgradeContract(t, wsListener)
  t.end()
})

const tls = certificate(t.testdir())
t.test('TLS', { skip: tls === undefined && 'openssl is not installed' }, t => {
  if (tls !== undefined)
    listenerContract(t, { make: () => wsListener({ address, tls }), tls: true })
  t.end()
})
