import { request } from 'node:http'
import type { Test } from 'tap'
import { CODES } from '@longwire/proto'
import { WebSocket } from 'ws'
import type { GateSide, Listener } from '../../src/listeners/listener.ts'
import type { WebSocketListenerOptions } from '../../src/listeners/options.ts'

const NOBODY: GateSide = {
  opened: () => 0,
  received: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
}

/** What a WebSocket listener must do before and beside the byte stream. */
export const upgradeContract = (
  t: Test,
  make: (options: WebSocketListenerOptions) => Listener,
): void => {
  const listen = async (t: Test, paths?: readonly string[]): Promise<string> => {
    const listener = make({ address: '127.0.0.1:0', ...(paths === undefined ? {} : { paths }) })
    t.teardown(() => listener.close())
    return listener.listen(NOBODY)
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
