import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { WS_SUBPROTOCOL } from '@longwire/proto'
import t from 'tap'
import { WebSocketServer } from 'ws'
import { nodeTransports } from '../src/node.ts'
import { certificateFor } from './certificate.ts'
import { ScriptedGate } from './scripted-gate.ts'

/** For a name only, not for the IP it is served at. */
const SUBJECT = 'DNS:gate.example.com'

const ignored = { received: () => undefined, closed: () => undefined }
const { signal } = new AbortController()

t.test('tls by IP: the certificate is checked against the name behind #', async test => {
  const made = certificateFor(test, SUBJECT)
  if (made === undefined) return
  const gate = await ScriptedGate.listen('tls', made)
  test.teardown(() => gate.close())
  const { tls } = nodeTransports({ ca: made.cert })
  const connection = await tls!.connect(`${gate.url}#gate.example.com`, ignored, signal)
  connection.close()
  await test.rejects(tls!.connect(gate.url, ignored, signal), { code: 'UNREACHABLE' })
  await test.rejects(tls!.connect(`${gate.url}#other.example.com`, ignored, signal), {
    code: 'UNREACHABLE',
    message: /other\.example\.com/,
  })
})

t.test('wss by IP: the same, and the gate sees the name as Host', async test => {
  const made = certificateFor(test, SUBJECT)
  if (made === undefined) return
  const hosts: (string | undefined)[] = []
  const server = createServer(made, (_, response) => response.end())
  const sockets = new WebSocketServer({ server, handleProtocols: () => WS_SUBPROTOCOL })
  sockets.on('connection', (_, request) => hosts.push(request.headers.host))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    sockets.close()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const { wss } = nodeTransports({ ca: made.cert })
  const url = `wss://127.0.0.1:${port}`
  const connection = await wss!.connect(`${url}/#gate.example.com`, ignored, signal)
  connection.close()
  await test.rejects(wss!.connect(url, ignored, signal), { code: 'UNREACHABLE' })
  test.strictSame(hosts, [`gate.example.com:${port}`])
})
