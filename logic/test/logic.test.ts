import {
  memoryRegistry,
  RegistryUnavailable,
  tcpDial,
  tcpLinkServer,
  VirtualClock,
  type NodeInfo,
  type Registry,
} from '@longwire/kit'
import { TRUNK } from '@longwire/proto/trunk'
import { createServer } from 'node:http'
import t from 'tap'
import { Apps } from '../src/login/apps.ts'
import { Businesses } from '../src/paths/businesses.ts'
import { Announcement } from '../src/trunk/announcement.ts'
import { APPS, BUSINESSES, silent, startRig, tokenFor } from './rig.ts'
import { ScriptedPeer, textsOf } from './scripted-gate.ts'

const NODE: NodeInfo = { role: 'logic', name: 'logic-1', incarnation: 'a', address: '' }

t.test(
  'a gate of another process finds the node in the registry and links up over TCP',
  async t => {
    const rig = await startRig(t, { node: NODE, trunk: tcpLinkServer('127.0.0.1:0') })
    const [found] = await rig.registry.list('logic')
    t.equal(found?.address, rig.addresses.trunk)
    const gate = new ScriptedPeer(await tcpDial(found?.address ?? ''))
    t.match(await gate.hello(), { node: 'logic-1', incarnation: 'a', role: 'logic', message: '' })
    await rig.send('ann', 'stored before')
    const { page } = await gate.login({ uid: 'ann', token: await tokenFor('ann') })
    t.same(textsOf(page), ['stored before'])
    await rig.send('ann', 'sent after')
    t.equal((await gate.next(TRUNK.DELIVER)).body.subarray(8).toString(), 'sent after')
    await rig.logic.stop()
    await gate.until(() => gate.closed)
    t.same(await rig.registry.list('logic'), [])
  },
)

t.test('the auth webhook decides where it is configured', async t => {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => response.writeHead(body.includes('"open sesame"') ? 204 : 403).end())
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const rig = await startRig(t, {
    auth: { kind: 'webhook', url: `http://127.0.0.1:${port}/`, timeoutMs: 2_000 },
  })
  const gate = await rig.gate()
  t.match(await gate.login({ uid: 'ann', token: 'open sesame' }), { code: 0 })
  t.match(await gate.login({ uid: 'ann', token: 'please', dial: 2 }), { code: 64 })
})

t.test('a node beats every second; a registry that was away is told again', async t => {
  const clock = new VirtualClock()
  const inner = memoryRegistry(clock)
  let away = false
  const registry: Registry = {
    announce: (node, leaseMs) =>
      away ? Promise.reject(new RegistryUnavailable('away')) : inner.announce(node, leaseMs),
    withdraw: node => inner.withdraw(node),
    list: role => inner.list(role),
    close: () => inner.close(),
  }
  const announcement = new Announcement({ registry, clock, logger: silent(), node: NODE })
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000)
      await new Promise(setImmediate)
    }
  }
  await announcement.start()
  await pass(10)
  t.equal((await inner.list('logic')).length, 1)
  away = true
  await pass(4)
  t.equal(announcement.failing, true)
  t.same(await inner.list('logic'), [], 'the lease ran out')
  away = false
  await pass(1)
  t.equal(announcement.failing, false)
  t.equal((await inner.list('logic')).length, 1)
  await announcement.stop()
  t.same(await inner.list('logic'), [])
  await pass(5)
  t.same(await inner.list('logic'), [], 'and it beats no more')
})

t.test('stopping twice, or before a start, is no error', async t => {
  const rig = await startRig(t)
  await Promise.all([rig.logic.stop(), rig.logic.stop()])
  t.equal(rig.logic.ready(), false)
})

t.test('tables that make no sense are refused with the row and the remedy', t => {
  const app = APPS[0]!
  t.throws(() => new Apps([app, app]), /appcode 1 is listed twice/)
  t.throws(() => new Apps([{ ...app, appcode: 70_000 }]), /appcode 70000/)
  t.throws(() => new Apps([{ ...app, system: 'a b' }]), /system "a b"/)
  t.throws(() => new Apps([{ ...app, sessions: 0 }]), /sessions 0/)
  const business = BUSINESSES[0]!
  t.throws(() => new Businesses([business, { ...business, name: 'other' }]), /belongs to another/)
  t.throws(() => new Businesses([{ ...business, key: '' }]), /is empty/)
  t.throws(() => new Businesses([{ ...business, name: 'a/b' }]), /name "a\/b"/)
  t.end()
})
