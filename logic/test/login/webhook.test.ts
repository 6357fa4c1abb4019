import { systemClock, VirtualClock } from '@longwire/kit'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import type { Denial, Proof } from '../../src/login/verifier.ts'
import { webhookVerifier } from '../../src/login/webhook.ts'

const CLAIM = { uid: 'ann', appcode: 1, device: 'phone', token: 'opaque', ip: '10.0.0.1' }

const codeOf = (verdict: Proof | Denial): string => (verdict.proven ? 'OK' : verdict.code)

const serve = async (
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => {
  const server: Server = createServer(answer)
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/auth`
}

t.test('the webhook is told who wants in', async t => {
  let body = ''
  const url = await serve(t, (request, response) => {
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => response.writeHead(204).end())
  })
  t.equal(codeOf(await webhookVerifier({ url, timeoutMs: 2_000 }, systemClock).verify(CLAIM)), 'OK')
  t.same(JSON.parse(body), CLAIM)
})

t.test('only 2xx lets a client in', async t => {
  const rows: [number, string][] = [
    [200, 'OK'],
    [302, 'AUTH_INVALID'],
    [401, 'AUTH_INVALID'],
    [404, 'AUTH_INVALID'],
    [429, 'UNAVAILABLE'],
    [500, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
  ]
  for (const [status, expected] of rows) {
    const url = await serve(t, (_request, response) =>
      response.writeHead(status, { location: '/ok' }).end('{}'),
    )
    const denied = await webhookVerifier({ url, timeoutMs: 2_000 }, systemClock).verify(CLAIM)
    t.equal(codeOf(denied), expected, `${status}`)
  }
})

t.test('a webhook that is away, silent or rude lets nobody in', async t => {
  const away = webhookVerifier({ url: 'http://127.0.0.1:1/', timeoutMs: 2_000 }, systemClock)
  t.equal(codeOf(await away.verify(CLAIM)), 'UNAVAILABLE')
  const silent = await serve(t, () => undefined)
  t.equal(
    codeOf(await webhookVerifier({ url: silent, timeoutMs: 50 }, systemClock).verify(CLAIM)),
    'UNAVAILABLE',
  )
  const rude = await serve(t, request => request.socket.destroy())
  t.equal(
    codeOf(await webhookVerifier({ url: rude, timeoutMs: 2_000 }, systemClock).verify(CLAIM)),
    'UNAVAILABLE',
  )
})

t.test('the webhook may say how long a token is good for, and what it is called', async t => {
  const clock = new VirtualClock(1_700_000_000_000)
  const rows: [string, object][] = [
    ['', { proven: true, expiresMs: 0, issuedAt: 1_700_000_000_000, tokenId: '' }],
    ['OK', { proven: true, expiresMs: 0 }],
    ['[1]', { proven: true, expiresMs: 0 }],
    ['{"user":"ann"}', { proven: true, expiresMs: 0 }],
    [
      '{"expiresInSeconds":1.5,"issuedAt":1699999999000,"tokenId":"t1","more":true}',
      { proven: true, expiresMs: 1_500, issuedAt: 1_699_999_999_000, tokenId: 't1' },
    ],
    ['{"expiresInSeconds":0}', { proven: false, code: 'UNAVAILABLE' }],
    ['{"expiresInSeconds":"60"}', { proven: false, code: 'UNAVAILABLE' }],
    ['{"expiresInSeconds":-1}', { proven: false, code: 'UNAVAILABLE' }],
    ['{"tokenId":7}', { proven: false, code: 'UNAVAILABLE' }],
    ['{"issuedAt":"yesterday"}', { proven: false, code: 'UNAVAILABLE' }],
  ]
  for (const [body, expected] of rows) {
    const url = await serve(t, (_request, response) => response.writeHead(200).end(body))
    t.match(await webhookVerifier({ url, timeoutMs: 60_000 }, clock).verify(CLAIM), expected, body)
  }
})
