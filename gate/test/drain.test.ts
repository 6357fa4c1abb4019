import t from 'tap'
import { CMD, CODES } from '@longwire/proto'
import { kickOf, login } from './support/raw-client.ts'
import { stage } from './support/stage.ts'
import { until } from './support/test-clock.ts'

for (const library of ['uws', 'ws'] as const) {
  for (const transport of library === 'uws' ? (['tcp', 'ws'] as const) : (['ws'] as const)) {
    t.test(`${transport} (${library}): a session is served until its client has gone`, async t => {
      const { gate, dial, pass, logic, session } = await stage(t, {
        library,
        limits: { drainSpreadMs: 4_000 },
      })
      const client = await dial(transport)
      await login(client)
      const drained = gate.drain(60_000)
      const told = await kickOf(client)
      t.match(told, { code: CODES.DRAINING.code, spread: 4_000 })
      logic.deliver(session(), 1, 'still here')
      await client.expect(CMD.DATA)
      client.ping()
      await client.expect(CMD.PONG)
      client.wire?.end()
      await until('it has left', () => gate.sessions() === 0)
      await pass(500)
      t.equal(await drained, true)
    })

    t.test(`${transport} (${library}): who does not leave is hung up on`, async t => {
      const { gate, dial, pass } = await stage(t, { library, limits: { drainSpreadMs: 4_000 } })
      const client = await dial(transport)
      await login(client)
      const drained = gate.drain(60_000)
      t.match(await kickOf(client), { spread: 4_000 })
      await pass(8_500)
      t.equal(gate.sessions(), 1)
      await pass(750)
      const last = await kickOf(client)
      t.match(last, { code: CODES.DRAINING.code, spread: 0 })
      await client.end()
      await until('it has left', () => gate.sessions() === 0)
      await pass(500)
      t.equal(await drained, true)
    })
  }
}

t.test('without a spread, and before login, everybody goes at once', async t => {
  const { gate, dial, pass } = await stage(t, { limits: { drainSpreadMs: 0 } })
  const client = await dial('tcp')
  await login(client)
  const stranger = await dial('ws')
  const drained = gate.drain(60_000)
  t.match(await kickOf(client), { code: CODES.DRAINING.code, spread: 0 })
  await Promise.all([client.end(), stranger.end()])
  await until('they have left', () => gate.sessions() === 0)
  await pass(500)
  t.equal(await drained, true)
})

t.test('a gate whose time is over before it begins tells nobody to wait for weeks', async t => {
  const { gate, dial, pass } = await stage(t, { limits: { drainSpreadMs: 4_000 } })
  const client = await dial('tcp')
  await login(client)
  const drained = gate.drain(-3_000)
  t.match(await kickOf(client), { code: CODES.DRAINING.code, spread: 0 })
  await pass(500)
  t.type(await drained, 'boolean')
})
