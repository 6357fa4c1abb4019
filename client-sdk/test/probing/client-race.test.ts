import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { encodeProbeAck, probeNonce } from '@longwire/proto'
import type { ClientOptions } from '../../src/node.ts'
import { ScriptedGate } from '../scripted-gate.ts'
import { failure, reached, setUp, start, turn } from '../set-up.ts'

/** Two gates; the second answers probes by UDP where `answers`. */
const twoGates = async (test: Test, answers: boolean, change: Partial<ClientOptions> = {}) => {
  const second = await ScriptedGate.listen('tcp')
  test.teardown(() => second.close())
  const { gate: first, clock, create, options } = await setUp(test)
  const client = create({ ...options, urls: [first.url, second.url], probes: true, ...change })
  test.teardown(() => void client.close().catch(() => undefined))
  const socket = createSocket('udp4')
  test.teardown(() => socket.close())
  let asked = 0
  socket.on('message', (probe, from) => {
    asked++
    const ack = encodeProbeAck(probeNonce(probe), { load: 0, delayMs: 0, epoch: 1 })
    if (answers) socket.send(ack, from.port, from.address)
  })
  socket.bind(Number(new URL(second.url).port), '127.0.0.1')
  await once(socket, 'listening')
  return { first, second, clock, client, asked: () => asked }
}

t.test('a client logs in at the gate that answered first, and dials no other', async test => {
  const { first, second, client } = await twoGates(test, true)
  const ready = reached(client, 'ready')
  start(client)
  await (await second.accept()).welcome()
  await ready
  test.strictSame([first.dials, second.dials], [0, 1])
})

t.test(
  'a gate that answered but breaks the login is not dialled again before the others',
  async test => {
    const { first, second, client, clock } = await twoGates(test, true, { dialTimeoutMs: 60_000 })
    const error = failure(client)
    const ready = reached(client, 'ready')
    start(client)
    const silent = await second.accept()
    await silent.expectLogin()
    silent.cut()
    test.equal((await error).code, 'CLOSED')
    clock.advance(60_000)
    await (await first.accept()).welcome()
    await ready
    test.equal(second.dials, 1, 'it is not dialled again before the others were')
  },
)

t.test(
  'a gate that does not answer LOGIN is left for the next: the first LOGIN_ACK decides',
  async test => {
    const { first, second, client, clock } = await twoGates(test, true)
    const ready = reached(client, 'ready')
    start(client)
    const silent = await second.accept()
    const one = await silent.expectLogin()
    clock.advance(3_499)
    await turn()
    test.equal(first.dials, 0)
    clock.advance(1)
    await silent.gone
    const other = await (await first.accept()).welcome()
    await ready
    test.ok(other.dial > one.dial, 'a late answer to the first cannot push out the second')
    clock.advance(60_000)
    test.equal(client.state, 'ready')
  },
)

t.test('where no gate answers they are dialled in their order', async test => {
  const { first, client, clock, asked } = await twoGates(test, false)
  const ready = reached(client, 'ready')
  start(client)
  while (asked() === 0) await turn()
  // UDP seems to be blocked: PROBE frames, which nobody answers either.
  clock.advance(1_000)
  const probed = await first.accept()
  await probed.expect('PROBE')
  clock.advance(500)
  await probed.gone
  await (await first.accept()).welcome()
  await ready
})
