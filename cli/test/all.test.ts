import {
  createClient,
  memoryCursors,
  nodeTransports,
  type ClientOptions,
  type Message,
  type Transport,
} from '@longwire/client/node'
import { createBackend, createPresence } from '@longwire/client/backend'
import { CMD, edgeBody } from '@longwire/proto'
import t, { type Test } from 'tap'
import { startAll, type RunningAll } from '../src/compose/all.ts'
import { signToken } from '@longwire/logic'
import { Waiters } from './e2e/waiters.ts'
import { run, silent, trialConfig } from './support.ts'

const start = async (t: Test, data: string, overrides: object = {}): Promise<RunningAll> => {
  const running = await startAll(trialConfig(data, overrides), silent)
  t.teardown(() => running.stop())
  return running
}

const clientOf = (running: RunningAll, url: string, uid: string, device: string) =>
  createClient(optionsFor(running, url, uid, device))

const optionsFor = (
  { dev }: RunningAll,
  url: string,
  uid: string,
  device: string,
): ClientOptions => ({
  urls: [url],
  appcode: 1,
  uid,
  device,
  token: () => signToken(dev?.secret ?? '', { uid, ttlSeconds: 60, nowMs: Date.now() }),
  cursors: memoryCursors(),
})

const take = async (messages: AsyncIterableIterator<Message>, count: number): Promise<string[]> => {
  const texts: string[] = []
  while (texts.length < count) {
    const next = await messages.next()
    if (next.done === true) throw new Error('the client ended')
    texts.push(next.value.text())
  }
  return texts
}

const publish = async (
  { addresses, dev }: RunningAll,
  url: 'http' | 'backend',
  bodies: readonly string[],
): Promise<number[]> => {
  await using backend = createBackend({ url: addresses[url] ?? '', key: dev?.key ?? '' })
  const seqs: number[] = []
  for (const body of bodies)
    seqs.push((await backend.publish({ to: { uid: 'alice', appcode: 1 }, msgtype: 0, body })).seq)
  return seqs
}

t.test(
  'a message reaches an end over TCP and an end over WebSocket, in order and once',
  async t => {
    const running = await start(t, t.testdir(), { apps: [{ appcode: 1, sessions: 2 }] })
    const { tcp = '', ws = '' } = running.addresses
    await using phone = clientOf(running, tcp, 'alice', 'phone')
    await using browser = clientOf(running, ws, 'alice', 'browser')
    await Promise.all([phone.connect(), browser.connect()])
    const [atPhone, atBrowser] = [phone.messages(), browser.messages()]
    t.strictSame(await publish(running, 'http', ['one', 'two']), [1, 2])
    t.strictSame(await publish(running, 'backend', ['three']), [3])
    t.strictSame(await take(atPhone, 3), ['one', 'two', 'three'])
    t.strictSame(await take(atBrowser, 3), ['one', 'two', 'three'])
  },
)

t.test('a second start with the same data has the messages and the keys', async t => {
  const data = t.testdir()
  const first = await start(t, data)
  await publish(first, 'http', ['kept'])
  await first.stop()
  const second = await start(t, data)
  t.strictSame(second.dev, first.dev)
  await using client = clientOf(second, second.addresses.tcp ?? '', 'alice', 'phone')
  await client.connect()
  t.strictSame(await take(client.messages(), 1), ['kept'])
  t.strictSame(await publish(second, 'http', ['next']), [2])
})

t.test('stopping lets the clients go with a reason to dial again, and ends', async t => {
  const running = await start(t, t.testdir())
  await using client = clientOf(running, running.addresses.tcp ?? '', 'alice', 'phone')
  await client.connect()
  const waiting = new Promise<string | undefined>(resolve => {
    client.on('state', ({ state, error }) => {
      if (state === 'waiting') resolve(error?.code)
    })
  })
  await running.stop()
  t.equal(await waiting, 'DRAINING')
  await t.rejects(fetch(`${running.addresses.http ?? ''}/healthz`))
})

t.test('the trial token of the API lets a browser in', async t => {
  const running = await start(t, t.testdir())
  const response = await fetch(`${running.addresses.http ?? ''}/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uid: 'bob', appcode: 1 }),
  })
  const answer: unknown = await response.json()
  t.match(answer, { token: /^ey/, apiKey: running.dev?.key, ws: running.addresses.ws })
})

t.test('numbers of gate and logic are in one place, and the node says it is ready', async t => {
  const running = await start(t, t.testdir())
  const http = running.addresses.http ?? ''
  const metrics = await (await fetch(`${http}/metrics`)).text()
  for (const name of [
    'longwire_gate_sessions',
    'longwire_logic_in_flight',
    'process_resident_memory_bytes',
  ])
    t.match(metrics, name)
  t.equal((await fetch(`${http}/readyz`)).status, 200)
})

t.test('who is online is seen from the SDK and from the command line', async t => {
  const running = await start(t, t.testdir())
  const { tcp = '', http: url = '' } = running.addresses
  const key = running.dev?.key ?? ''
  await using phone = clientOf(running, tcp, 'alice', 'phone')
  await phone.connect()
  const presence = createPresence({ url, key })
  t.match(await presence.online(['alice', 'bob'], { appcode: 1 }), [
    { uid: 'alice', online: true, ends: [{ appcode: 1, device: 'phone', since: /^\d{4}-\S+Z$/ }] },
    { uid: 'bob', online: false, ends: [] },
  ])
  await t.rejects(presence.online(['alice'], { appcode: 77 }), { code: 'UNKNOWN_APPCODE' })
  const args = ['online', 'alice', 'bob', '--url', url, '--key', key]
  const { out } = await run(args)
  t.match(out, /^alice {2}online: phone on appcode 1 at \S+@\w+ since \S+Z\nbob {2}offline\n$/)
  t.match(JSON.parse((await run([...args, '--json'])).out.split('\n')[0] ?? ''), { uid: 'alice' })
})

t.test('who comes and goes is followed from the command line, and gates are listed', async t => {
  const running = await start(t, t.testdir(), { presence: { appcodes: [1], settleMs: 0 } })
  const { tcp = '', http: url = '' } = running.addresses
  const key = running.dev?.key ?? ''
  const phone = clientOf(running, tcp, 'alice', 'phone')
  await phone.connect()
  await phone.close()
  const where = ['--url', url, '--key', key]
  const followed = await run(['events', '--after', '0', '--count', '3', '--json', ...where])
  const kinds = followed.out
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { kind: string }).kind)
  t.strictSame(kinds.sort(), ['gate_up', 'offline', 'online'])
  const text = await run(['events', '--after', '0', '--count', '3', ...where])
  t.match(text.out, /online alice with phone on appcode 1 at \S+ \(login\)/)
  const listed = await run(['gates', ...where])
  t.match(listed.out, /^\S+@\w+ .*\d % of \d+ .*tcp:\/\/127\.0\.0\.1:\d+/m)
  t.match(JSON.parse((await run(['gates', '--json', ...where])).out), { listed: true })
})

t.test('with an auth of its own there are no development keys', async t => {
  const secret = '0123456789abcdef0123456789abcdef'
  const config = trialConfig(t.testdir(), {
    auth: { kind: 'jwt', secret },
    businesses: [{ name: 'shop', key: 'shop-key-shop-key', appcodes: [1] }],
  })
  const running = await startAll(config, silent)
  t.teardown(() => running.stop())
  t.equal(running.dev, undefined)
  t.equal(
    (await fetch(`${running.addresses.http ?? ''}/dev/token`, { method: 'POST' })).status,
    404,
  )
})

t.test('tokens are revoked, listed and good again from the command line', async t => {
  const data = t.testdir()
  const running = await start(t, data)
  const { http = '', tcp = '' } = running.addresses
  const key = running.dev?.key ?? ''
  const revoke = (...args: string[]) => run(['revoke', '--url', http, '--key', key, ...args])
  const client = clientOf(running, tcp, 'alice', 'phone')
  t.teardown(() => client.close())
  await client.connect()
  const closed = new Promise<string | undefined>(resolve => {
    client.on('kicked', ({ code }) => resolve(code))
  })
  const made = await revoke('--uid', 'alice', '--reason', 'lost her phone')
  t.match(made, { code: 0, out: /^revoked 1 {2}tokens of alice \(system main\): lost her phone/ })
  t.equal(await closed, 'REVOKED')
  await t.rejects(client.connect(), { code: 'REVOKED', message: /lost her phone/ })
  t.match(await revoke('--list', '--uid', 'alice'), { code: 0, out: /^1 {2}tokens of alice/ })
  t.match(await revoke('--lift', '1'), { code: 0, out: /^lifted 1 / })
  t.match(await revoke('--list'), { code: 0, out: 'nothing is revoked\n' })
  await client.connect()
  const dated = await revoke('--uid', 'alice', '--before', 'now', '--appcode', '1', '--json')
  t.match(JSON.parse(dated.out), { uid: 'alice', appcode: 1, issuedBefore: /Z$/ })
  t.match(await revoke(), { code: 2, err: /--uid, or a token with --token-id/ })
  t.match(await revoke('--uid', 'a', '--before', 'soon'), { code: 2, err: /is no moment/ })
  t.match(await revoke('--lift', '99'), { code: 1, err: /NOT_FOUND/ })
  t.match(await revoke('--uid', 'a', '--appcode', '77'), { code: 1, err: /UNKNOWN_APPCODE/ })
})

t.test('clients are told of other hints from the command line, and by SIGHUP', async t => {
  const running = await start(t, t.testdir())
  const { http = '', tcp = '', ws = '' } = running.addresses
  const key = running.dev?.key ?? ''
  const hint = (...args: string[]) => run(['hint', '--url', http, '--key', key, ...args])
  const waiters = new Waiters()
  const told: Record<string, number[]> = { tcp: [], ws: [] }
  const transports = nodeTransports()
  for (const [name, url] of [
    ['tcp', tcp],
    ['ws', ws],
  ] as const) {
    // The test sees what comes; the client takes it as always.
    const spy: Transport = {
      connect: (address, handlers, signal) =>
        transports[name]!.connect(
          address,
          {
            ...handlers,
            received: bytes => {
              if (bytes[0] === CMD.HINT << 3)
                told[name]!.push(edgeBody.LoginAck.decode(bytes.slice(2, 2 + bytes[1]!)).pingMax)
              handlers.received(bytes)
              waiters.look()
            },
          },
          signal,
        ),
    }
    const options = optionsFor(running, url, name, name)
    const client = createClient({ ...options, transports: { tcp: spy, ws: spy } })
    t.teardown(() => client.close())
    await client.connect()
  }
  // Logic looks for gates twice a second.
  let one = await hint('--all', '--ping-max', '300')
  while (one.err.includes('no gate lives')) one = await hint('--all', '--ping-max', '300')
  t.match(one, { code: 0, out: /pings from 270 s on, 45 to 300 s.*2 sessions/ })
  await waiters.until(() => told['tcp']!.length + told['ws']!.length === 2)
  t.same(told, { tcp: [300], ws: [300] })
  const again = trialConfig(t.testdir())
  await running.reload?.({
    ...again,
    gate: { ...again.gate, limits: { ...again.gate.limits, pingMaxMs: 600_000 } },
  })
  await waiters.until(() => told['tcp']!.length + told['ws']!.length === 4)
  t.same(told, { tcp: [300, 600], ws: [300, 600] })
  t.match(await hint('--all'), { code: 2, err: /--ping-max 300/ })
  t.match(await hint('--ping-max', '300'), { code: 2, err: /--all/ })
  t.match(await hint('nobody', '--ping-max', '300'), { code: 1, err: /no gate is called "nobody"/ })
})
