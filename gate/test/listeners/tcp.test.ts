import t from 'tap'
import { tcpListener } from '../../src/listeners/tcp.ts'
import { listenerContract } from '../contract/listener.ts'
import { certificate } from '../support/certificate.ts'

const address = '127.0.0.1:0'

t.test('plain', t => {
  listenerContract(t, { make: () => tcpListener({ address }) })
  t.end()
})

const tls = certificate(t.testdir())
t.test('TLS', { skip: tls === undefined && 'openssl is not installed' }, t => {
  if (tls !== undefined)
    listenerContract(t, { make: () => tcpListener({ address, tls }), tls: true })
  t.end()
})
