import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { CMD, encodeProbeAck, FrameWriter, isProbe, probeNonce } from '@longwire/proto'
import { nodeTransports } from '../../src/node.ts'
import { fallbackProber } from '../../src/probing/fallback-prober.ts'
import { fetchProber } from '../../src/probing/fetch-prober.ts'
import { frameProber } from '../../src/probing/frame-prober.ts'
import type { Prober } from '../../src/probing/prober.ts'
import { UdpProber } from '../../src/probing/udp-prober.ts'
import { ScriptedGate } from '../scripted-gate.ts'
import { turn } from '../set-up.ts'
import { VirtualClock } from '../virtual-clock.ts'

const ACK = { load: 3, delayMs: 70, epoch: 9 }

/** Answers datagrams with what `answer` makes of them. */
const responder = async (
  test: Test,
  answer: (probe: Buffer) => readonly Uint8Array[],
): Promise<{ url: string; asked: Buffer[] }> => {
  const socket = createSocket('udp4')
  const asked: Buffer[] = []
  socket.on('message', (probe, from) => {
    asked.push(probe)
    for (const bytes of answer(probe)) socket.send(bytes, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  test.teardown(() => socket.close())
  return { url: `tcp://127.0.0.1:${socket.address().port}`, asked }
}

const ask = (prober: Prober, url: string, signal = new AbortController().signal): Promise<number> =>
  prober.probe({ url, appcode: 513, signal })

t.test('UDP: the answer to its own nonce counts, and nothing else', async test => {
  const forged = (probe: Buffer): Uint8Array =>
    encodeProbeAck(Buffer.from(probeNonce(probe)).reverse(), { ...ACK, delayMs: 1 })
  const { url, asked } = await responder(test, probe => [
    Buffer.from('hello'),
    forged(probe),
    encodeProbeAck(probeNonce(probe), ACK),
  ])
  const prober = new UdpProber()
  test.equal(await ask(prober, url), 70)
  test.ok(asked.every(isProbe))
  test.strictSame([asked[0]?.readUInt16BE(12), prober.answers], [513, 1])
})

t.test('UDP: no answer until the probe is called off', async test => {
  const { url } = await responder(test, () => [])
  const controller = new AbortController()
  const answer = ask(new UdpProber(), url, controller.signal)
  setImmediate(() => controller.abort())
  await test.rejects(answer, { code: 'UNREACHABLE' })
})

for (const kind of ['tcp', 'ws'] as const) {
  t.test(`PROBE over ${kind}: is answered, and its connection hung up on`, async test => {
    const gate = await ScriptedGate.listen(kind)
    test.teardown(() => gate.close())
    const answer = ask(frameProber(nodeTransports()), gate.url)
    const end = await gate.accept()
    const { payload } = await end.expect('PROBE')
    const writer = new FrameWriter()
    writer.raw(CMD.PROBE_ACK, 0, encodeProbeAck(probeNonce(payload), ACK))
    end.sendRaw(writer.take())
    test.equal(await answer, 70)
    await end.gone
  })

  t.test(`PROBE over ${kind}: a gate that refuses, or hangs up, has not answered`, async test => {
    const gate = await ScriptedGate.listen(kind)
    test.teardown(() => gate.close())
    const prober = frameProber(nodeTransports())
    const refused = ask(prober, gate.url)
    ;(await gate.accept()).kick('BUSY').send()
    await test.rejects(refused, { code: 'UNREACHABLE' })
    const cut = ask(prober, gate.url)
    ;(await gate.accept()).cut()
    await test.rejects(cut, { code: 'UNREACHABLE' })
  })
}

t.test('PROBE: nobody listens', async test => {
  const gate = await ScriptedGate.listen('tcp')
  gate.close()
  await test.rejects(ask(frameProber(nodeTransports()), gate.url), { code: 'UNREACHABLE' })
})

t.test('PROBE: a port of the gate for it is asked without TLS, and nothing else is', async test => {
  const gate = await ScriptedGate.listen('tcp')
  test.teardown(() => gate.close())
  const port = Number(new URL(gate.url).port)
  const prober = frameProber(nodeTransports())
  const probe = {
    url: 'tls://127.0.0.1:1#gate',
    appcode: 513,
    signal: new AbortController().signal,
  }
  const answer = prober.probe({ ...probe, port })
  const end = await gate.accept()
  const { payload } = await end.expect('PROBE')
  const writer = new FrameWriter()
  writer.raw(CMD.PROBE_ACK, 0, encodeProbeAck(probeNonce(payload), ACK))
  end.sendRaw(writer.take())
  test.equal(await answer, 70)
  const refused = prober.probe({ ...probe, url: gate.url, port })
  ;(await gate.accept()).cut()
  await test.rejects(refused, { code: 'UNREACHABLE' }, 'a gate that hangs up wants nobody')
})

t.test(
  'PROBE: where nothing gets through to that port, a probe goes where a session would',
  async test => {
    const gate = await ScriptedGate.listen('tcp')
    const closed = await ScriptedGate.listen('tcp')
    closed.close()
    test.teardown(() => gate.close())
    const { signal } = new AbortController()
    const port = Number(new URL(closed.url).port)
    const prober = frameProber(nodeTransports())
    const answer = prober.probe({ url: gate.url, appcode: 513, port, signal })
    const end = await gate.accept()
    const { payload } = await end.expect('PROBE')
    const writer = new FrameWriter()
    writer.raw(CMD.PROBE_ACK, 0, encodeProbeAck(probeNonce(payload), ACK))
    end.sendRaw(writer.take())
    test.equal(await answer, 70)
  },
)

t.test('GET /probe: says how long it was held; an error is no answer', async test => {
  const statuses = [200, 503]
  const paths: (string | undefined)[] = []
  const server = createServer((request, response) => {
    paths.push(request.url)
    response.writeHead(statuses.shift() ?? 500).end('{"load":3,"delayMs":70,"epoch":9}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const prober = fetchProber()
  test.strictSame(
    ['ws://a', 'wss://a', 'tcp://a'].map(url => prober.knows(url)),
    [true, true, false],
  )
  test.equal(await ask(prober, `ws://127.0.0.1:${port}/some/path`), 70)
  await test.rejects(ask(prober, `ws://127.0.0.1:${port}`))
  test.strictSame(paths, ['/probe', '/probe'])
})

/** Answers, or not, when the test says so. */
const other = () => {
  const asked: string[] = []
  let answer: (heldMs: number) => void = () => undefined
  const prober: Prober = {
    knows: () => true,
    probe: ({ url }) => {
      asked.push(url)
      return new Promise(resolve => {
        answer = resolve
      })
    },
  }
  return { asked, prober, answer: (heldMs: number) => answer(heldMs) }
}

t.test('where UDP is blocked the other way is taken as well', async test => {
  const { url } = await responder(test, () => [])
  const clock = new VirtualClock()
  const { asked, prober, answer } = other()
  const held = ask(fallbackProber(clock, new UdpProber(), prober), url)
  clock.advance(399)
  await turn()
  test.strictSame(asked, [])
  clock.advance(1)
  await turn()
  test.strictSame(asked, [url])
  answer(5)
  test.equal(await held, 5)
  test.equal(clock.timers, 0)
})

t.test('where a datagram came through, from whomever, UDP is not blocked', async test => {
  const silent = await responder(test, () => [])
  const quick = await responder(test, probe => [encodeProbeAck(probeNonce(probe), ACK)])
  const clock = new VirtualClock()
  const { asked, prober } = other()
  const both = fallbackProber(clock, new UdpProber(), prober)
  const controller = new AbortController()
  const held = ask(both, silent.url, controller.signal)
  test.equal(await ask(both, quick.url), 70)
  clock.advance(1_000)
  await turn()
  test.strictSame(asked, [])
  controller.abort()
  await test.rejects(held)
  test.equal(clock.timers, 0)
})
