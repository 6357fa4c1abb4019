import { CMD, CODES } from '@longwire/proto'
import { trunkBody } from '@longwire/proto/trunk'
import { DEFENCE, type Defence } from '../src/index.ts'
import { writeFileSync } from 'node:fs'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { certificate } from './support/certificate.ts'
import { kickOf, login, loginBytes, PREAMBLE } from './support/raw-client.ts'
import {
  messageBytes,
  overTls,
  proxyHeader,
  rawSocket,
  upgradeText,
} from './support/raw-upgrade.ts'
import { stage, type Stage, type StageOptions } from './support/stage.ts'
import { turn, until } from './support/test-clock.ts'
import type { Transport } from './support/wire.ts'

const KINDS: readonly (readonly [string, Transport, 'uws' | 'ws'])[] = [
  ['TCP', 'tcp', 'uws'],
  ['WebSocket by uWebSockets.js', 'ws', 'uws'],
  ['WebSocket by ws', 'ws', 'ws'],
]
const refusedFor = (reason: string): string => `longwire_gate_refused_total{reason="${reason}"}`
const closedFor = (reason: string): string => `longwire_gate_closed_total{reason="${reason}"}`

const strict = (over: Partial<Defence>, address: Partial<Defence['address']> = {}): Defence => ({
  ...DEFENCE,
  exempt: [],
  address: { ...DEFENCE.address, ...address },
  ...over,
})

/** Moves time until something that needs both time and sockets has happened. */
const passUntil = async (made: Stage, what: string, happened: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 2_000 && !happened(); tries++) {
    await made.pass(250)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  await until(what, happened)
}

/** The gate counts when its side of a socket closes, which may be after the client's. */
const counted = async (t: Test, made: Stage, line: string, times: number): Promise<void> => {
  for (let tries = 0; tries < 500 && (await made.metric(line)) < times; tries++)
    await new Promise(resolve => setTimeout(resolve, 2))
  t.equal(await made.metric(line), times, line)
}

for (const [name, transport, library] of KINDS) {
  t.test(`${name}: one address holds so many connections`, async t => {
    const made = await stage(t, { library, defence: strict({}, { connections: 2 }) })
    const first = await made.dial(transport)
    await login(first, { uid: 'a' })
    await login(await made.dial(transport), { uid: 'b' })
    const third = await made.dial(transport)
    const { code, retryAfter } = await kickOf(third)
    t.equal(code, CODES.ADDRESS_LIMIT.code)
    t.ok(retryAfter >= 1_000)
    await third.end()
    if (transport === 'ws') t.equal(third.closeCode, 4_000 + code)
    await counted(t, made, refusedFor('ADDRESS_LIMIT'), 1)
    first.wire?.end()
    await until('the first has left', () => made.gate.sessions() === 1)
    await login(await made.dial(transport), { uid: 'c' })
  })

  t.test(`${name}: one address connects so fast`, async t => {
    const accept = { perSecond: 1, burst: 2 }
    const made = await stage(t, { library, defence: strict({}, { accept }) })
    await login(await made.dial(transport), { uid: 'a' })
    await login(await made.dial(transport), { uid: 'b' })
    t.match(await kickOf(await made.dial(transport)), { code: CODES.RATE_LIMITED.code })
    await counted(t, made, refusedFor('RATE_LIMITED'), 1)
    await made.pass(1_000)
    await login(await made.dial(transport), { uid: 'c' })
  })

  t.test(`${name}: the process accepts so fast, exempt or not`, async t => {
    const accept = { perSecond: 1, burst: 1 }
    const made = await stage(t, { library, defence: { accept } })
    await login(await made.dial(transport), { uid: 'a' })
    t.match(await kickOf(await made.dial(transport)), { code: CODES.BUSY.code })
    await made.pass(1_000)
    await login(await made.dial(transport), { uid: 'b' })
  })

  t.test(`${name}: who breaks the protocol again and again is shut out for a while`, async t => {
    const ban = { strikes: 3, windowMs: 60_000, firstMs: 10_000, maxMs: 40_000 }
    const made = await stage(t, { library, defence: strict({ ban }) })
    const good = await made.dial(transport)
    await login(good, { uid: 'good' })
    for (let count = 0; count < 3; count++) {
      const bad = await made.dial(transport)
      bad.send(Buffer.from('f80000', 'hex'))
      t.match(await kickOf(bad), { code: CODES.UNKNOWN_COMMAND.code })
      await bad.end()
    }
    await counted(t, made, 'longwire_gate_bans_total', 1)
    const shut = await made.dial(transport).catch(() => undefined)
    await shut?.end()
    t.same(shut?.frames ?? [], [])
    await counted(t, made, refusedFor('BANNED'), 1)
    good.ping()
    await good.expect(CMD.PONG)
    await made.pass(10_250)
    await login(await made.dial(transport), { uid: 'again' })
  })
}

t.test('bytes that are no preamble count against their address', async t => {
  const ban = { strikes: 2, windowMs: 60_000, firstMs: 10_000, maxMs: 40_000 }
  const made = await stage(t, { defence: strict({ ban }) })
  for (let count = 0; count < 2; count++) {
    const bad = await made.dial('tcp', true)
    bad.send(Buffer.from('GET / HTTP/1.1\r\n'))
    t.match(await kickOf(bad), { code: CODES.BAD_MAGIC.code })
  }
  await (await made.dial('tcp')).end()
  await counted(t, made, refusedFor('BANNED'), 1)
  await counted(t, made, closedFor('BAD_MAGIC'), 2)
})

t.test('what trickles in never becomes a session, or ends one', async t => {
  const made = await stage(t)
  const slowLogin = await made.dial('tcp')
  const slowFrame = await made.dial('ws')
  await login(slowFrame)
  const begun = Buffer.from('588004', 'hex')
  slowFrame.send(begun)
  const rest = loginBytes({ token: 't'.repeat(200) })
  let at = 0
  await passUntil(made, 'both were cut', () => {
    if (at < rest.length) slowLogin.send(rest.subarray(at, ++at))
    if (!slowFrame.closed) slowFrame.send(Buffer.of(0))
    return slowLogin.closed && slowFrame.closed
  })
  await counted(t, made, closedFor('LOGIN_TIMEOUT'), 1)
  await counted(t, made, closedFor('FRAME_TIMEOUT'), 1)
})

t.test('an upgrade request that does not end is cut', async t => {
  const made = await stage(t, { library: 'ws' })
  const silent = await rawSocket(made.addresses.ws)
  const slow = await rawSocket(made.addresses.ws)
  slow.socket.write('GET / HTTP/1.1\r\nHost: gate\r\nX-Slow: ')
  await passUntil(made, 'both were cut', () => {
    if (!slow.closed) slow.socket.write('a')
    return slow.closed && silent.closed
  })
  await counted(t, made, refusedFor('UPGRADE_TIMEOUT'), 2)
  t.equal(made.gate.sessions(), 0)
})

t.test('what is not HTTP, or too much of it, is refused', async t => {
  const made = await stage(t, { library: 'ws' })
  const garbage = await rawSocket(made.addresses.ws)
  garbage.socket.write('\x00\x01\x02 no HTTP at all\r\n\r\n')
  const large = await rawSocket(made.addresses.ws)
  large.socket.write(upgradeText({ 'X-Large': 'a'.repeat(16 * 1024) }))
  await until('both were refused', () => garbage.closed && large.closed)
  await counted(t, made, refusedFor('BAD_UPGRADE'), 2)
})

for (const library of ['uws', 'ws'] as const) {
  t.test(`${library}: only pages of the allowed origins may connect`, async t => {
    const made = await stage(t, { library, ws: { origins: ['https://app.example.com'] } })
    const answerTo = async (headers: Record<string, string>): Promise<string> => {
      const raw = await rawSocket(made.addresses.ws)
      raw.socket.write(upgradeText(headers))
      await until('it was answered', () => raw.text().includes('\r\n\r\n'))
      raw.socket.destroy()
      return raw.text().slice(9, 12)
    }
    t.equal(await answerTo({ Origin: 'https://evil.example.com' }), '403')
    t.equal(await answerTo({ Origin: 'https://app.example.com.evil.com' }), '403')
    t.equal(await answerTo({ Origin: 'https://app.example.com' }), '101')
    t.equal(await answerTo({}), '101', 'apps that are no browser send none')
    await counted(t, made, refusedFor('ORIGIN'), 2)
  })

  t.test(`${library}: X-Forwarded-For counts from trusted proxies only`, async t => {
    const seen = async (forwarders: readonly string[]): Promise<string> => {
      const made = await stage(t, { library, ws: { forwarders } })
      const raw = await rawSocket(made.addresses.ws)
      raw.socket.write(upgradeText({ 'X-Forwarded-For': '6.6.6.6, 192.0.2.7' }))
      await until('it is upgraded', () => raw.text().startsWith('HTTP/1.1 101'))
      raw.socket.write(messageBytes(loginBytes()))
      return loginIp(made)
    }
    t.equal(await seen(['127.0.0.0/8']), '192.0.2.7')
    t.equal(await seen(['10.0.0.0/8']), '127.0.0.1')
  })

  t.test(`${library}: PROXY protocol counts from trusted peers only`, async t => {
    const trusted = await stage(t, { library, ws: { proxies: ['127.0.0.1'] } })
    const raw = await rawSocket(trusted.addresses.ws)
    raw.socket.write(Buffer.concat([proxyHeader('192.0.2.9'), Buffer.from(upgradeText())]))
    await until('it is upgraded', () => raw.text().startsWith('HTTP/1.1 101'))
    raw.socket.write(messageBytes(loginBytes()))
    t.equal(await loginIp(trusted), '192.0.2.9')
    const mute = await rawSocket(trusted.addresses.ws)
    mute.socket.write(upgradeText())
    await until('a proxy must speak it', () => mute.closed)
    await counted(t, trusted, refusedFor('BAD_PROXY'), 1)
    for (const proxies of [[], ['10.0.0.0/8']]) {
      const made = await stage(t, { library, ws: { proxies } })
      const spoofed = await rawSocket(made.addresses.ws)
      spoofed.socket.write(Buffer.concat([proxyHeader('6.6.6.6'), Buffer.from(upgradeText())]))
      await until('it was refused', () => spoofed.closed)
      t.notMatch(spoofed.text(), /101/)
      const reason = library === 'uws' ? 'BAD_PROXY' : 'BAD_UPGRADE'
      await counted(t, made, refusedFor(reason), 1)
      t.equal(made.gate.sessions(), 0)
    }
  })
}

const loginIp = async (made: Stage): Promise<string> => {
  await until('LOGIN reached logic', () => made.logic.of(LOGIN_CMD).length > 0)
  return trunkBody.LoginRequest.decode(made.session().body).ip
}
const LOGIN_CMD = 10

t.test(
  'PROXY protocol over TCP: the client behind the balancer is seen, limited and banned',
  async t => {
    const made = await stage(t, {
      tcp: { proxies: ['127.0.0.1'] },
      defence: strict({}, { connections: 1 }),
    })
    const through = async (ip: string, bytes: Uint8Array) => {
      const raw = await rawSocket(made.addresses.tcp)
      const all = Buffer.concat([proxyHeader(ip), PREAMBLE, bytes])
      for (const byte of all.subarray(0, 20)) {
        raw.socket.write(Buffer.of(byte))
        await turn()
      }
      raw.socket.write(all.subarray(20))
      return raw
    }
    await through('192.0.2.9', loginBytes())
    t.equal(await loginIp(made), '192.0.2.9')
    const second = await through('192.0.2.9', loginBytes())
    await until('it was refused', () => second.closed)
    await counted(t, made, refusedFor('ADDRESS_LIMIT'), 1)
    await through('192.0.2.10', loginBytes({ uid: 'other' }))
    await until('another client is let in', () => made.logic.of(LOGIN_CMD).length === 2)
  },
)

t.test(
  'PROXY protocol over TCP: a header that is missing, broken or slow ends the connection',
  async t => {
    const made = await stage(t, { tcp: { proxies: ['127.0.0.1'] } })
    const missing = await rawSocket(made.addresses.tcp)
    missing.socket.write(PREAMBLE)
    await until('it was cut', () => missing.closed)
    await counted(t, made, refusedFor('BAD_PROXY'), 1)
    const slow = await rawSocket(made.addresses.tcp)
    slow.socket.write(proxyHeader('192.0.2.9').subarray(0, 20))
    await passUntil(made, 'it was cut', () => slow.closed)
    await counted(t, made, refusedFor('PROXY_TIMEOUT'), 1)
    t.equal(made.gate.sessions(), 0)
  },
)

t.test('PROXY protocol over TCP: from a stranger it is no preamble', async t => {
  const made = await stage(t, { tcp: { proxies: ['10.0.0.0/8'] } })
  const spoofed = await rawSocket(made.addresses.tcp)
  spoofed.socket.write(Buffer.concat([proxyHeader('6.6.6.6'), PREAMBLE, loginBytes()]))
  await until('it was cut', () => spoofed.closed)
  await counted(t, made, closedFor('BAD_MAGIC'), 1)
})

const tls = certificate(t.testdir())
const withTls = (options: StageOptions): StageOptions =>
  tls === undefined
    ? options
    : { ...options, tcp: { ...options.tcp, tls }, ws: { ...options.ws, tls } }

t.test('TLS', { skip: tls === undefined && 'openssl is not installed' }, async t => {
  t.test('a handshake that does not end is cut, and one that fails is counted', async t => {
    const made = await stage(t, withTls({ library: 'ws' }))
    for (const address of [made.addresses.tcp, made.addresses.ws]) {
      const silent = await rawSocket(address)
      const begun = await rawSocket(address)
      begun.socket.write(Buffer.from('160301', 'hex'))
      await passUntil(made, 'both were cut', () => silent.closed && begun.closed)
      const garbage = await rawSocket(address)
      garbage.socket.write('GET / HTTP/1.1\r\n\r\n')
      await until('it was cut', () => garbage.closed)
    }
    await counted(t, made, refusedFor('TLS_TIMEOUT'), 4)
    await counted(t, made, refusedFor('TLS_FAILED'), 2)
  })

  t.test('an upgrade request behind TLS that does not end is cut', async t => {
    const made = await stage(t, withTls({ library: 'ws' }))
    const slow = await rawSocket(made.addresses.ws, true)
    slow.socket.write('GET / HTTP/1.1\r\n')
    await passUntil(made, 'it was cut', () => slow.closed)
    await counted(t, made, refusedFor('UPGRADE_TIMEOUT'), 1)
  })

  t.test('PROXY protocol comes before TLS', async t => {
    const made = await stage(t, withTls({ tcp: { proxies: ['127.0.0.1'] } }))
    const raw = await rawSocket(made.addresses.tcp)
    raw.socket.write(proxyHeader('192.0.2.9'))
    await overTls(raw.socket, Buffer.concat([PREAMBLE, loginBytes()]))
    t.equal(await loginIp(made), '192.0.2.9')
  })

  t.test('less than TLS 1.3 is refused everywhere', async t => {
    for (const library of ['uws', 'ws'] as const) {
      const made = await stage(t, withTls({ library }))
      t.match(await protocolOf(made.addresses.tcp, 'TLSv1.2'), /handshake|protocol version/)
      t.match(await protocolOf(made.addresses.ws, 'TLSv1.2'), /handshake|protocol version/)
      t.equal(await protocolOf(made.addresses.tcp, 'TLSv1.3'), 'TLSv1.3')
      t.equal(await protocolOf(made.addresses.ws, 'TLSv1.3'), 'TLSv1.3')
    }
  })

  for (const library of ['uws', 'ws'] as const) {
    t.test(`${library}: a new certificate is served without dropping a connection`, async t => {
      const directory = t.testdir()
      const files = certificate(directory, 'first')
      if (files === undefined) return
      const made = await stage(t, { library, tcp: { tls: files }, ws: { tls: files } })
      const addresses = [made.addresses.tcp, made.addresses.ws]
      for (const address of addresses) t.equal(await subjectOf(address), 'first')
      const old = await made.dial('tcp')
      await login(old, { uid: 'old' })
      const oldWs = await made.dial('ws')
      await login(oldWs, { uid: 'old-ws' })

      certificate(directory, 'second')
      await made.gate.reload()
      for (const address of addresses) t.equal(await subjectOf(address), 'second', 'on SIGHUP')

      certificate(directory, 'third')
      const served = async (): Promise<boolean> =>
        (await made.metric('longwire_gate_certificates_total{result="served"}')) === 4
      for (let tries = 0; tries < 400 && !(await served()); tries++) {
        await made.pass(250)
        await new Promise(resolve => setTimeout(resolve, 1))
      }
      for (const address of addresses) t.equal(await subjectOf(address), 'third', 'by itself')

      writeFileSync(files.certFile, 'no certificate')
      await made.gate.reload()
      await counted(t, made, 'longwire_gate_certificates_total{result="refused"}', 2)
      for (const address of addresses) t.equal(await subjectOf(address), 'third', 'it stays')

      for (const client of [old, oldWs]) {
        client.ping()
        await client.expect(CMD.PONG)
      }
    })
  }
})

const protocolOf = (address: string, version: SecureVersion): Promise<string> =>
  handshake(address, version, socket => socket.getProtocol() ?? '')

const subjectOf = (address: string): Promise<string> =>
  handshake(address, 'TLSv1.3', socket => String(socket.getPeerCertificate().subject.CN))

const handshake = (
  address: string,
  version: SecureVersion,
  read: (socket: TLSSocket) => string,
): Promise<string> =>
  new Promise(resolve => {
    const [host, port] = address.split(':')
    const range = { minVersion: version, maxVersion: version }
    const socket = connect(
      { host, port: Number(port), rejectUnauthorized: false, ...range },
      () => {
        resolve(read(socket))
        socket.destroy()
      },
    )
    socket.on('error', error => resolve(error.message))
  })
