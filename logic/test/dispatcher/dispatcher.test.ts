import {
  createMetrics,
  seededRandom,
  VirtualClock,
  type NodeInfo,
  type NodeSides,
  type PublicAddress,
} from '@longwire/kit'
import { compactVerify, exportJWK, importJWK } from 'jose'
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { Dispatcher, DISPATCHER, type DispatcherOptions } from '../../src/dispatcher/dispatcher.ts'
import type { Wish } from '../../src/dispatcher/ranking.ts'
import type { Asking } from '../../src/operations/sides.ts'
import { silent } from '../rig.ts'

const gate = (
  name: string,
  conns: number,
  {
    addresses,
    appcodes,
    capacity = 100,
  }: {
    addresses?: readonly PublicAddress[]
    appcodes?: readonly number[]
    capacity?: number
  } = {},
): NodeInfo => ({
  role: 'gate',
  name,
  incarnation: 'a',
  address: '127.0.0.1:1',
  load: { conns, capacity, epoch: 1, elu: 0 },
  reach: { addresses: addresses ?? [{ url: `tcp://${name}:1` }], appcodes },
})

interface List {
  readonly at: number
  readonly net?: string
  readonly gates: readonly { readonly url: string; readonly load: number }[]
}

const WISH: Omit<Wish, 'side'> = {
  transport: undefined,
  net: undefined,
  appcode: undefined,
  names: false,
}

const set = (options: Partial<DispatcherOptions> = {}) => {
  const clock = new VirtualClock()
  const metrics = createMetrics({ process: false })
  const dispatcher = new Dispatcher(
    { ...DISPATCHER, ...options },
    { clock, metrics, logger: silent() },
  )
  const list = (wish: Partial<Wish> = {}): List =>
    JSON.parse(dispatcher.answer({ ...WISH, ...wish })!.body.toString()) as List
  const urls = (wish?: Partial<Wish>): string[] => list(wish).gates.map(({ url }) => url)
  return {
    clock,
    metrics,
    dispatcher,
    list,
    urls,
    /** A look, a second after the last one. */
    async look(...live: readonly NodeInfo[]): Promise<void> {
      clock.advance(1_000)
      dispatcher.look(live)
      await dispatcher.made
    },
  }
}

t.test('the order follows what gates report, and those that do not are left out', async t => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed)
    const { look, list } = set()
    const names = Array.from({ length: 2 + Math.floor(random() * 12) }, (_, n) => `10.0.0.${n}`)
    let live = names
    for (let round = 0; round < 20; round++) {
      const gone = Math.floor(random() * (live.length + 2))
      live = live.length > names.length / 2 + 1 ? live.filter((_, n) => n !== gone) : names
      const loads = new Map(live.map(name => [`tcp://${name}:1`, Math.floor(random() * 97)]))
      await look(...live.map(name => gate(name, loads.get(`tcp://${name}:1`)!)))
      const { gates } = list()
      t.strictSame(new Set(gates.map(({ url }) => url)), new Set(loads.keys()), `seed ${seed}`)
      gates.forEach(({ url, load }, n) => {
        if (load !== loads.get(url)! / 100 || (n > 0 && load < gates[n - 1]!.load))
          t.fail(`seed ${seed}, round ${round}: ${JSON.stringify(gates)}`)
      })
    }
  }
})

t.test('full gates are left out as long as there are others', async t => {
  const { look, urls } = set()
  await look(gate('a', 98), gate('b', 97), gate('c', 100))
  t.strictSame(urls(), ['tcp://b:1'])
  await look(gate('a', 98), gate('b', 99))
  t.strictSame(urls(), ['tcp://a:1', 'tcp://b:1'])
})

t.test('a gate that does not say its load counts as the others do on average', async t => {
  const { look, urls } = set()
  const { load: _, ...untold } = gate('b', 0)
  await look(gate('a', 10), untold, gate('c', 50))
  t.strictSame(urls(), ['tcp://a:1', 'tcp://b:1', 'tcp://c:1'])
})

t.test(
  'a list has what the client can dial: its transport, IPs or names, its own network first',
  async t => {
    const { look, urls } = set({
      nets: [
        { name: 'north', blocks: ['10.0.0.0/8'] },
        { name: 'south', blocks: [] },
      ],
    })
    const north = gate('n', 50, {
      addresses: [
        { url: 'tls://192.0.2.1:1#n.example.com', net: 'north' },
        { url: 'wss://192.0.2.1:2#n.example.com', net: 'north' },
        { url: 'wss://n.example.com:2' },
      ],
    })
    const south = gate('s', 10, { addresses: [{ url: 'tls://[2001:db8::1]:1', net: 'south' }] })
    const both = gate('b', 30, {
      addresses: [
        { url: 'tls://192.0.2.3:1', net: 'north' },
        { url: 'tls://192.0.2.4:1', net: 'south' },
      ],
    })
    await look(north, south, both)
    t.strictSame(urls({ transport: 'tls', net: 'north' }), [
      'tls://192.0.2.3:1',
      'tls://192.0.2.1:1#n.example.com',
      'tls://[2001:db8::1]:1',
    ])
    t.strictSame(urls({ transport: 'tls', net: 'south' }), [
      'tls://[2001:db8::1]:1',
      'tls://192.0.2.4:1',
      'tls://192.0.2.1:1#n.example.com',
    ])
    t.strictSame(urls({ transport: 'wss' }), ['wss://192.0.2.1:2#n.example.com'])
    t.strictSame(urls({ transport: 'wss', names: true }), ['wss://n.example.com:2'])
    t.strictSame(urls({ transport: 'ws' }), [])
  },
)

t.test('gates for some appcodes are told only to apps of these', async t => {
  const { look, urls } = set()
  await look(gate('all', 50), gate('two', 10, { appcodes: [2] }))
  t.strictSame(urls(), ['tcp://all:1'])
  t.strictSame(urls({ appcode: 1 }), ['tcp://all:1'])
  t.strictSame(urls({ appcode: 2 }), ['tcp://two:1', 'tcp://all:1'])
})

t.test('where probes are answered over plain TCP is told beside the address', async t => {
  const { look, list } = set()
  await look(gate('a', 1, { addresses: [{ url: 'tls://10.0.0.1:1', probe: 7010 }] }))
  t.same(list().gates, [{ url: 'tls://10.0.0.1:1', load: 0.01, probe: 7010 }])
})

t.test('a list is bounded', async t => {
  const { look, urls } = set({ most: 3 })
  await look(...Array.from({ length: 9 }, (_, n) => gate(`g${n}`, 90 - n)))
  t.strictSame(urls(), ['tcp://g8:1', 'tcp://g7:1', 'tcp://g6:1'])
})

t.test('answers are made when something changed, not when somebody asks', async t => {
  const { look, dispatcher, clock } = set()
  t.equal(dispatcher.answer(WISH), undefined)
  await look(gate('a', 1), gate('b', 2))
  const first = dispatcher.answer(WISH)!
  t.equal(dispatcher.answer(WISH), first)
  await look(gate('a', 1), gate('b', 2))
  t.equal(dispatcher.answer(WISH), first, 'nothing changed')
  await look(gate('a', 3), gate('b', 2))
  t.not(dispatcher.answer(WISH)!.etag, first.etag)
  clock.advance(3_600_000)
  const second = dispatcher.answer(WISH)!
  await look(gate('a', 3), gate('b', 2))
  t.not(dispatcher.answer(WISH), second, 'its age shows that it is looked after')
})

t.test('lists are signed with a key of each kind', async t => {
  for (const [kind, { publicKey, privateKey }] of [
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' })],
  ] as const) {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const { look, dispatcher } = set({ signing: { privateKey: pem, keyId: 'k1' } })
    await look(gate('a', 1))
    const { body, signed } = dispatcher.answer(WISH)!
    const key = await importJWK(await exportJWK(publicKey), kind)
    const { payload, protectedHeader } = await compactVerify(signed!.toString(), key)
    t.strictSame(protectedHeader, { alg: kind, kid: 'k1' })
    t.strictSame(Buffer.from(payload), body)
  }
  const { look, dispatcher } = set({ signing: { secret: 's'.repeat(32) } })
  await look(gate('a', 1))
  const { signed } = dispatcher.answer(WISH)!
  await compactVerify(signed!.toString(), Buffer.from('s'.repeat(32)))
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const privateKey = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
  t.throws(() => set({ signing: { privateKey } }), /openssl genpkey/)
})

t.test('an address that asks too often has to wait, the others do not', async t => {
  const { dispatcher, clock } = set({ rate: { perSecond: 2, burst: 2 } })
  const waits = async (ip: string): Promise<number> => dispatcher.waitOf(ip)
  t.strictSame(
    [await waits('10.0.0.1'), await waits('10.0.0.1'), await waits('10.0.0.1')],
    [0, 0, 500],
  )
  t.equal(await waits('10.0.0.2'), 0)
  t.strictSame([await waits('2001:db8::1'), await waits('2001:db8::2')], [0, 0])
  t.ok((await waits('2001:db8::3')) > 0, 'one /64 is one customer')
  clock.advance(500)
  t.equal(await waits('10.0.0.1'), 0)
})

t.test(
  'metrics tell how many gates are given out, and how many only because it is not sure',
  async t => {
    const { look, metrics } = set()
    await look(gate('a', 1), gate('b', 1), gate('c', 1))
    await look(gate('a', 1))
    const text = await metrics.text()
    t.match(text, 'longwire_dispatcher_gates 3')
    t.match(text, 'longwire_dispatcher_held_gates 2')
  },
)

t.test('while a release runs each client is told of the gates of its own side', async t => {
  const { dispatcher, look } = set({ appcodes: [1, 2] })
  const versioned = (name: string, version: string): NodeInfo => ({ ...gate(name, 1), version })
  const sides: NodeSides = {
    release: 'r',
    since: 1,
    gates: [],
    version: '2',
    cohort: { share: 1_000, appcodes: [1], agents: ['sdk/2'] },
  }
  const urlsFor = (who: Partial<Asking>, appcode?: number): string[] => {
    const { body } = dispatcher.answer({ ...WISH, appcode }, who)!
    return (JSON.parse(body.toString()) as List).gates.map(({ url }) => url)
  }
  const gates = [versioned('old', '1'), versioned('new', '2')]
  await look(...gates)
  t.equal(urlsFor({ bucket: 5 }, 1).length, 2, 'no release runs')
  dispatcher.direct(sides)
  await dispatcher.made
  const [fresh, old] = [['tcp://new:1'], ['tcp://old:1']]
  t.strictSame(urlsFor({ bucket: 999, agent: 'sdk/2.1' }, 1), fresh)
  t.strictSame(urlsFor({ bucket: 1_000, agent: 'sdk/2.1' }, 1), old)
  t.strictSame(urlsFor({ bucket: 999, agent: 'sdk/1' }, 1), old)
  t.strictSame(urlsFor({ bucket: 999, agent: 'sdk/2' }, 2), old)
  t.strictSame(urlsFor({}), old, 'who does not say who it is')
  await look(gates[0]!)
  t.strictSame(urlsFor({ bucket: 999, agent: 'sdk/2.1' }, 1), old, 'no new gate lives')
  await look(...gates)
  dispatcher.direct({ ...sides, cohort: { share: 10_000, appcodes: [], agents: [] } })
  await dispatcher.made
  t.strictSame(urlsFor({}), fresh, 'everybody')
  dispatcher.direct(undefined)
  await dispatcher.made
  t.equal(urlsFor({ bucket: 5 }).length, 2)
})
