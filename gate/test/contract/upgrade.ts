import { request } from 'node:http'
import type { Test } from 'tap'
import { CODES } from '@longwire/proto'
import { WebSocket } from 'ws'
import type { Connection, GateSide, Listener } from '../../src/listeners/listener.ts'
import { GATE_TERMS, type WebSocketListenerOptions } from '../../src/listeners/options.ts'

const connections: Connection[] = []
const NOBODY: GateSide = {
  arrived: () => 0,
  renamed: () => 0,
  departed: () => undefined,
  opened: connection => connections.push(connection) - 1,
  misused: slot => connections[slot]?.end(CODES.BAD_FRAME.code),
  received: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
}

/** What a WebSocket listener must do before and beside the byte stream. */
export const upgradeContract = (
  t: Test,
  make: (options: WebSocketListenerOptions) => Listener,
): void => {
  const listen = async (
    t: Test,
    paths?: readonly string[],
    gate: GateSide = NOBODY,
  ): Promise<string> => {
    const listener = make({ address: '127.0.0.1:0', ...(paths === undefined ? {} : { paths }) })
    t.teardown(() => listener.close())
    return listener.listen(gate)
  }

  t.test('an upgrade must offer lp.v1', async t => {
    const address = await listen(t)
    t.equal((await upgrade(address, '/', undefined)).status, 400)
    t.equal((await upgrade(address, '/', 'mqtt, lp.v10')).status, 400)
    const accepted = await upgrade(address, '/any/path', 'mqtt, lp.v1')
    t.same([accepted.status, accepted.protocol], [101, 'lp.v1'])
  })

  t.test('permessage-deflate is not negotiated', async t => {
    const answer = await upgrade(await listen(t), '/', 'lp.v1')
    t.equal(answer.extensions, undefined)
  })

  t.test('only the configured paths are endpoints', async t => {
    const address = await listen(t, ['/ws'])
    t.equal((await upgrade(address, '/ws', 'lp.v1')).status, 101)
    t.equal((await upgrade(address, '/other', 'lp.v1')).status, 404)
  })

  t.test('a plain HTTP request is answered with 404', async t => {
    const address = await listen(t)
    const response = await fetch(`http://${address}/`)
    t.equal(response.status, 404)
    await response.text()
  })

  t.test('a text message ends the connection', async t => {
    const ws = new WebSocket(`ws://${await listen(t)}/`, 'lp.v1')
    ws.on('open', () => ws.send('hello'))
    const code = await new Promise(resolve => ws.on('close', resolve))
    t.equal(code, 4000 + CODES.BAD_FRAME.code)
  })

  t.test('a message beyond the limit closes the connection with 1009 or at once', async t => {
    const ws = new WebSocket(`ws://${await listen(t)}/`, 'lp.v1')
    ws.on('error', () => undefined)
    ws.on('open', () => ws.send(Buffer.alloc(GATE_TERMS.messageBytes + 1)))
    const code = await new Promise(resolve => ws.on('close', resolve))
    t.ok(code === 1009 || code === 1006, `closed with ${String(code)}`)
  })

  t.test('a write is one message, however long', async t => {
    const sizes = [1, 15_360, 15_361, 16_384, 30_720, 100_000, 300_000]
    const gate: GateSide = {
      ...NOBODY,
      opened: connection => {
        // The connection is whole only once this has returned.
        queueMicrotask(() => {
          for (const size of sizes) connection.write(Buffer.alloc(size, size % 251))
        })
        return 0
      },
    }
    const ws = new WebSocket(`ws://${await listen(t, undefined, gate)}/`, 'lp.v1')
    const messages: Buffer[] = []
    await new Promise<void>(resolve =>
      ws.on('message', (message: Buffer) => {
        if (messages.push(message) === sizes.length) resolve()
      }),
    )
    t.same(
      messages.map(({ length }) => length),
      sizes,
    )
    t.ok(messages.every(message => message.every(byte => byte === message.length % 251)))
    ws.terminate()
  })
}

interface Answer {
  readonly status: number | undefined
  readonly protocol: string | undefined
  readonly extensions: string | undefined
}

const upgrade = (address: string, path: string, offer: string | undefined): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const [host, port] = address.split(':')
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Extensions': 'permessage-deflate',
      ...(offer === undefined ? {} : { 'Sec-WebSocket-Protocol': offer }),
    }
    const sent = request({ host, port, path, headers })
    sent.on('error', reject)
    sent.on('response', response => {
      response.resume()
      resolve({ status: response.statusCode, protocol: undefined, extensions: undefined })
    })
    sent.on('upgrade', (response, socket) => {
      socket.destroy()
      const protocol = response.headers['sec-websocket-protocol']
      resolve({
        status: response.statusCode,
        protocol,
        extensions: response.headers['sec-websocket-extensions'],
      })
    })
    sent.end()
  })
