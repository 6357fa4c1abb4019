import t from 'tap'
import { uwsListener } from '../../src/listeners/uws.ts'
import { listenerContract } from '../contract/listener.ts'
import { upgradeContract } from '../contract/upgrade.ts'
import { certificate } from '../support/certificate.ts'

const address = '127.0.0.1:0'

t.test('plain', t => {
  listenerContract(t, { make: () => uwsListener({ address }) })
  upgradeContract(t, uwsListener)
  t.end()
})

const tls = certificate(t.testdir())
t.test('TLS', { skip: tls === undefined && 'openssl is not installed' }, t => {
  if (tls !== undefined)
    listenerContract(t, { make: () => uwsListener({ address, tls }), tls: true })
  t.end()
})
