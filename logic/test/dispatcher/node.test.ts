import {
  createLogger,
  createMetrics,
  memoryRegistry,
  RegistryUnavailable,
  systemClock,
  VirtualClock,
  type NodeInfo,
} from '@longwire/kit'
import t, { type Test } from 'tap'
import { createDispatcher, type DispatcherNodeOptions } from '../../src/dispatcher/node.ts'
import { OpenApi, type Document } from '../api/openapi.ts'

const log = createLogger({ level: 'silent', name: 'test' })

const gate = (name: string, conns = 0): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '127.0.0.1:1',
  load: { conns, capacity: 100, epoch: 1, elu: 0 },
  reach: { addresses: [{ url: `tcp://${name}:7001` }] },
})

/** For tests that ask until something has changed. */
const PLENTY = { perSecond: 1e6, burst: 1e6 }
/** As gates take it. */
const LEASE_MS = 2_800

const start = async (t: Test, change: Partial<DispatcherNodeOptions> = {}) => {
  const inner = memoryRegistry(systemClock)
  const faults = { away: false }
  const registry = {
    ...inner,
    list: (role: 'gate' | 'logic') =>
      faults.away ? Promise.reject(new RegistryUnavailable('away')) : inner.list(role),
  }
  const { dispatcher, ...rest } = change
  if (rest.registry === undefined) {
    await inner.announce(gate('10.0.0.1', 50), 60_000)
    await inner.announce(gate('10.0.0.2', 10), 60_000)
  }
  const node = createDispatcher({
    clock: systemClock,
    log,
    metrics: createMetrics({ process: false }),
    registry,
    address: '127.0.0.1:0',
    dispatcher: { appcodes: [1, 2], rate: PLENTY, ...dispatcher },
    ...rest,
  })
  const url = await node.start()
  t.teardown(() => node.stop())
  const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}${path}`, { headers })
  const urls = async (path = '/v1/gates', headers = {}): Promise<string[]> => {
    const body = (await (await ask(path, headers)).json()) as { gates: { url: string }[] }
    return body.gates.map(each => each.url)
  }
  const api = new OpenApi((await (await ask('/openapi.json')).json()) as Document)
  return { node, url, ask, urls, api, registry: inner, faults }
}

t.test('it answers with IPs, least loaded first, as documented', async t => {
  const { ask, urls, api } = await start(t)
  const response = await ask('/v1/gates?appcode=1&transport=tcp')
  t.equal(response.status, 200)
  t.equal(response.headers.get('access-control-allow-origin'), '*')
  t.equal(response.headers.get('cache-control'), 'public, max-age=5')
  await api.check(t, response, 'GET', '/v1/gates')
  t.strictSame(await urls(), ['tcp://10.0.0.2:7001', 'tcp://10.0.0.1:7001'])
  t.strictSame(await urls('/v1/gates?transport=wss'), [])
})

t.test('who has the list already is told so', async t => {
  const { ask } = await start(t)
  const etag = (await ask('/v1/gates')).headers.get('etag') ?? ''
  const again = await ask('/v1/gates', { 'if-none-match': etag })
  t.equal(again.status, 304)
  t.equal(await again.text(), '')
  t.equal((await ask('/v1/gates', { 'if-none-match': '"other"' })).status, 200)
})

t.test('gates come and go without a restart', async t => {
  const { urls, registry } = await start(t)
  await registry.announce(gate('10.0.0.3'), 60_000)
  while ((await urls()).length < 3) await new Promise(setImmediate)
  await registry.withdraw(gate('10.0.0.1'))
  while ((await urls()).length > 2) await new Promise(setImmediate)
  t.strictSame(await urls(), ['tcp://10.0.0.3:7001', 'tcp://10.0.0.2:7001'])
})

t.test('a gate that was killed is out of the list 3 s after its last beat', async t => {
  const clock = new VirtualClock()
  const registry = memoryRegistry(clock)
  const { urls } = await start(t, { clock, registry })
  const names = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
  const beat = async (alive: readonly string[]): Promise<void> => {
    for (const name of alive) await registry.announce(gate(name), LEASE_MS)
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50)
      await new Promise(setImmediate)
    }
  }
  await beat(names)
  await pass(1_000)
  t.equal((await urls()).length, 3)
  await beat(names)
  for (let second = 0; second < 3; second++) {
    await beat(names.slice(1))
    await pass(1_000)
    if (second < 2) t.equal((await urls()).length, 3, 'its lease stands')
  }
  t.strictSame(await urls(), ['tcp://10.0.0.2:7001', 'tcp://10.0.0.3:7001'])
})

t.test('before the registry has answered there is no list, and it is not ready', async t => {
  const inner = memoryRegistry(systemClock)
  const faults = { away: true }
  const registry = {
    ...inner,
    list: (role: 'gate' | 'logic') =>
      faults.away ? Promise.reject(new RegistryUnavailable('away')) : inner.list(role),
  }
  const { ask, urls, api } = await start(t, { registry })
  const refused = await ask('/v1/gates')
  t.equal(refused.status, 503)
  t.match(await api.check(t, refused, 'GET', '/v1/gates'), { code: 'NOT_READY' })
  t.equal((await ask('/readyz')).status, 503)
  await inner.announce(gate('10.0.0.1'), 60_000)
  faults.away = false
  while ((await ask('/v1/gates')).status !== 200) await new Promise(setImmediate)
  t.strictSame(await urls(), ['tcp://10.0.0.1:7001'])
  t.equal((await ask('/readyz')).status, 200)
})

t.test('while the registry is away the list stays', async t => {
  const { urls, ask, faults } = await start(t)
  faults.away = true
  let parts: Record<string, string> = {}
  while (parts['registry'] !== 'does not answer')
    parts = ((await (await ask('/readyz')).json()) as { parts: Record<string, string> }).parts
  t.equal((await ask('/readyz')).status, 200, 'a warning')
  t.equal((await urls()).length, 2)
})

t.test('a network goes by the address of who asks, behind trusted proxies only', async t => {
  const nets = [{ name: 'north', blocks: ['198.51.100.0/24'] }]
  const north = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
  for (const forwarders of [['127.0.0.0/8'], []]) {
    const { ask } = await start(t, { forwarders, dispatcher: { nets } })
    const response = await ask('/v1/gates', north)
    t.equal(response.headers.get('cache-control'), 'private, max-age=5')
    const { net } = (await response.json()) as { net?: string }
    t.equal(net, forwarders.length > 0 ? 'north' : undefined)
    const named = await ask('/v1/gates?net=north')
    t.equal(named.headers.get('cache-control'), 'public, max-age=5')
    t.equal(((await named.json()) as { net?: string }).net, 'north')
  }
})

t.test('what is wrong is said by field, with what to do', async t => {
  const { ask, api } = await start(t)
  for (const [query, code, field, remedy] of [
    ['transport=udp', 'INVALID', 'querystring/transport', 'tcp,tls,ws,wss'],
    ['net=mars', 'INVALID', 'querystring/net', 'dispatcher.nets is empty'],
    ['apcode=1', 'INVALID', 'querystring/apcode', 'correct its name'],
    ['appcode=70000', 'INVALID', 'querystring/appcode', '65535'],
    ['appcode=9', 'UNKNOWN_APPCODE', '', 'under'],
  ] as const) {
    const body = await api.check(t, await ask(`/v1/gates?${query}`), 'GET', '/v1/gates')
    t.match(body, { code, ...(field === '' ? {} : { errors: [{ field }] }) })
    t.match(JSON.stringify(body), remedy)
  }
})

t.test('an address that asks too often is told when to come back', async t => {
  const { ask, api } = await start(t, { dispatcher: { rate: { perSecond: 0.1, burst: 1 } } })
  t.equal((await ask('/v1/gates')).status, 200)
  const refused = await ask('/v1/gates')
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) >= 1)
  t.match(await api.check(t, refused, 'GET', '/v1/gates'), { code: 'TOO_MANY_REQUESTS' })
  const metrics = await (await ask('/metrics')).text()
  t.match(metrics, 'longwire_dispatcher_answers_total{result="limited"} 1')
})

t.test('a signed list is given to who asks for it', async t => {
  const { ask } = await start(t, { dispatcher: { signing: { secret: 's'.repeat(32) } } })
  const plain = await ask('/v1/gates')
  const signed = await ask('/v1/gates', { accept: 'application/jose' })
  t.match(signed.headers.get('content-type'), 'application/jose')
  const [, payload] = (await signed.text()).split('.')
  t.equal(Buffer.from(payload!, 'base64url').toString(), await plain.text())
  t.not(signed.headers.get('etag'), plain.headers.get('etag'))
})

t.test('it drains: not ready, then nothing', async t => {
  const { node, url } = await start(t)
  t.equal(await node.drain(5_000), true)
  await t.rejects(fetch(`${url}/healthz`))
})
