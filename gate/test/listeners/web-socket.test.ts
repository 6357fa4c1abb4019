import { createLogger } from '@longwire/kit'
import t from 'tap'
import { certificate } from '../support/certificate.ts'
import { webSocketListener } from '../../src/listeners/web-socket.ts'
import { uwsProblem } from '../../src/listeners/uws.ts'

t.test('uWebSockets.js is used where it loads, without a word', async t => {
  const lines: string[] = []
  const log = createLogger({
    level: 'warn',
    name: 'test',
    destination: { write: line => lines.push(line) },
  })
  const listener = await webSocketListener({ address: '127.0.0.1:0', log })
  t.equal(listener.transport, 'ws')
  t.equal(lines.length, (await uwsProblem()) === undefined ? 0 : 1)
})

const tls = certificate(t.testdir())
t.test(
  'a PROXY header in front of TLS needs the ws package, and one warning',
  { skip: tls === undefined && 'openssl is not installed' },
  async t => {
    const lines: string[] = []
    const log = createLogger({
      level: 'warn',
      name: 'test',
      destination: { write: line => lines.push(line) },
    })
    const proxies = ['10.0.0.0/8']
    await webSocketListener({ address: '127.0.0.1:0', log, proxies, ...(tls && { tls }) })
    t.equal(lines.length, 1)
    await webSocketListener({ address: '127.0.0.1:0', log, proxies })
    t.equal(lines.length, (await uwsProblem()) === undefined ? 1 : 2)
  },
)
