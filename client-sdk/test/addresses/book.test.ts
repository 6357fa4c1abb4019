import t from 'tap'
import { turn } from '../set-up.ts'
import { seededRandom, VirtualClock } from '../virtual-clock.ts'
import { bookIn, DISPATCHER, listOf, worldOf, type World } from './fleet.ts'

const DAY_MS = 24 * 3_600_000

t.test('who has a list does not ask again, not even after a restart', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1', 'tcp://b:1'] })
  const { get } = bookIn(world)
  test.strictSame(await get(), ['tcp://a:1', 'tcp://b:1'])
  test.strictSame(await get(), ['tcp://a:1', 'tcp://b:1'])
  test.strictSame(world.asked, ['http://one'])
  test.strictSame(world.queries, ['?appcode=7&transport=tcp&bucket=42&agent=app%2F1+sdk%2F1'])
  world.answers = {}
  const restarted = bookIn(world)
  await restarted.book.load()
  test.strictSame(await restarted.get(), ['tcp://a:1', 'tcp://b:1'])
  test.equal(world.asked.length, 1)
})

t.test('dispatchers are asked by name, then by IP, two seconds each', async test => {
  const world = worldOf({ 'http://one': 'silent', 'http://10.0.0.2': ['tcp://a:1'] })
  const { get, clock } = bookIn(world)
  const found = get()
  await turn()
  test.strictSame(world.asked, ['http://one'])
  clock.advance(1_999)
  await turn()
  test.strictSame(world.asked, ['http://one'])
  clock.advance(1)
  test.strictSame(await found, ['tcp://a:1'])
  test.strictSame(world.asked, ['http://one', 'http://two', 'http://10.0.0.1', 'http://10.0.0.2'])
})

t.test(
  'without any dispatcher the names of gates are resolved, then come the embedded IPs',
  async test => {
    const urls = ['tls://gate.example.com:7001', 'tls://192.0.2.9:1']
    const gates = ['tls://203.0.113.7:7001#gate.example.com']
    const dispatcher = { ...DISPATCHER, transport: 'tls' }
    const resolve = async (): Promise<string[]> => ['192.0.2.1', '2001:db8::1']
    const { get } = bookIn(worldOf(), { urls, gates, resolve, dispatcher })
    test.strictSame(await get(), [
      'tls://192.0.2.9:1',
      'tls://192.0.2.1:7001#gate.example.com',
      'tls://[2001:db8::1]:7001#gate.example.com',
      ...gates,
    ])
  },
)

t.test('where DNS is dead, or silent, the embedded IPs are what is left', async test => {
  const urls = ['tcp://gate.example.com:7001']
  const gates = ['tcp://203.0.113.7:7001', 'tcp://203.0.113.8:7001']
  const dead = async (): Promise<string[]> => Promise.reject(new Error('ENOTFOUND'))
  test.strictSame(await bookIn(worldOf(), { urls, gates, resolve: dead }).get(), gates)
  const silent = bookIn(worldOf(), { urls, gates, resolve: () => new Promise(() => undefined) })
  const found = silent.get()
  await turn()
  silent.clock.advance(2_000)
  test.strictSame(await found, gates)
  test.strictSame(
    await bookIn(worldOf(), { urls, resolve: dead }).get(),
    urls,
    'better than nothing',
  )
})

t.test('a browser asks for names, and dials names', async test => {
  const world = worldOf()
  const { get } = bookIn(world, { urls: ['tcp://gate.example.com:1'], names: true })
  test.strictSame(await get(), ['tcp://gate.example.com:1'])
  test.match(world.queries[0], 'names=true')
})

t.test('a list is asked anew, by the way, when it is as old as it may be', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1'] })
  const { get, clock } = bookIn(world)
  await get()
  clock.advance(DAY_MS)
  await get()
  test.equal(world.asked.length, 1)
  clock.advance(1)
  world.answers = { 'http://one': ['tcp://b:1'] }
  test.strictSame(await get(), ['tcp://a:1'], 'nobody waits for it')
  await turn()
  test.strictSame(await get(), ['tcp://b:1'])
  test.equal(world.asked.length, 2)
  world.answers = {}
  clock.advance(DAY_MS + 1)
  test.strictSame(await get(), ['tcp://b:1'], 'an old list is better than none')
})

t.test('after three dials that failed the dispatcher is asked again', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1'] })
  const { get, clock } = bookIn(world, { gates: ['tcp://203.0.113.7:1'] })
  await get()
  clock.advance(60_000)
  world.answers = { 'http://one': ['tcp://b:1'] }
  test.strictSame(await get(2), ['tcp://a:1'])
  test.strictSame(await get(3), ['tcp://b:1'])
  world.answers = {}
  clock.advance(60_000)
  test.strictSame(await get(4), ['tcp://b:1'])
  test.strictSame(
    await get(6),
    ['tcp://203.0.113.7:1', 'tcp://b:1'],
    'nobody answers: the list may be worth nothing',
  )
})

t.test('a gate that sends its clients away has the list asked anew', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1'] })
  const { book, get, clock } = bookIn(world)
  await get()
  clock.advance(60_000)
  world.answers = { 'http://one': ['tcp://b:1'] }
  book.refresh('home')
  await turn()
  test.strictSame(await get(), ['tcp://b:1'])
})

t.test(
  'every network has a list of its own; one without takes the newest of others',
  async test => {
    const world = worldOf({ 'http://one': ['tcp://a:1'] })
    const { get, clock } = bookIn(world)
    await get(0, 'home')
    clock.advance(60_000)
    world.answers = { 'http://one': ['tcp://b:1'] }
    test.strictSame(await get(0, 'work'), ['tcp://b:1'])
    test.strictSame(await get(0, 'home'), ['tcp://a:1'])
    clock.advance(60_000)
    world.answers = {}
    test.strictSame(await get(0, 'train'), ['tcp://b:1'])
  },
)

t.test('a list that lost more than half is believed the third time', async test => {
  const all = ['tcp://a:1', 'tcp://b:1', 'tcp://c:1', 'tcp://d:1', 'tcp://e:1']
  const world = worldOf({ 'http://one': all })
  const { get, clock } = bookIn(world)
  await get()
  world.answers = { 'http://one': ['tcp://e:1', 'tcp://f:1'] }
  clock.advance(DAY_MS + 1)
  for (let answer = 1; answer <= 2; answer++) {
    await get()
    await turn()
    test.strictSame(
      new Set(await get()),
      new Set([...all, 'tcp://f:1']),
      `answer ${answer}: what is new comes first, and nothing is forgotten`,
    )
    clock.advance(10_000)
  }
  await get()
  await turn()
  test.strictSame(await get(), ['tcp://e:1', 'tcp://f:1'])
})

t.test('an empty list never takes the place of another', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1', 'tcp://b:1'] })
  const { get, clock } = bookIn(world)
  await get()
  world.answers = { 'http://one': [] }
  for (let answer = 0; answer < 6; answer++) {
    clock.advance(DAY_MS)
    test.strictSame(await get(), ['tcp://a:1', 'tcp://b:1'])
    await turn()
  }
})

t.test('an old list does not come back, and what cannot be dialled is left out', async test => {
  const at = 1_700_000_000_000
  const world = worldOf({
    'http://one': new Response(listOf(['tcp://a:1', 'ws://b:1', 'no url', 'tcp://a:1'], { at })),
  })
  const { get, clock } = bookIn(world)
  test.strictSame(await get(), ['tcp://a:1'])
  clock.advance(DAY_MS + 1)
  world.answers = {
    'http://one': new Response(listOf(['tcp://old:1'], { at: at - 3 * 3_600_000 })),
  }
  await get()
  await turn()
  test.strictSame(await get(), ['tcp://a:1'])
})

t.test('ports for probes are kept with the list', async test => {
  const gates = [
    { url: 'tcp://a:1', probe: 7010 },
    { url: 'tcp://b:1', probe: 'x' },
    { url: 'tcp://c:1', probe: 70_000 },
  ]
  const world = worldOf({ 'http://one': new Response(listOf([], { gates })) })
  const { get } = bookIn(world)
  test.strictSame(await get(), ['tcp://a:1', 'tcp://b:1', 'tcp://c:1'])
  const { book } = bookIn(world)
  await book.load()
  test.strictSame(
    ['a', 'b', 'c'].map(host => book.probePort('home', `tcp://${host}:1`)),
    [7010, undefined, undefined],
  )
})

t.test('whatever a dispatcher answers that is no list, the next one is asked', async test => {
  for (const text of [
    '<html>',
    '{}',
    '[]',
    'null',
    '{"gates":{}}',
    listOf([], { at: 'now' }),
    ' '.repeat(300_000),
  ]) {
    const world = worldOf({ 'http://one': new Response(text), 'http://two': ['tcp://a:1'] })
    test.strictSame(await bookIn(world).get(), ['tcp://a:1'], text.slice(0, 20))
  }
  const world = worldOf({
    'http://one': new Response(listOf(['tcp://x:1']), { status: 503 }),
    'http://two': ['tcp://a:1'],
  })
  test.strictSame(await bookIn(world).get(), ['tcp://a:1'])
})

t.test('a store with nonsense, or that fails, costs one question', async test => {
  for (const saved of [
    '{',
    '[]',
    '{"version":2}',
    '{"version":1,"networks":[{"name":"home","list":{"urls":[1]}},7]}',
  ]) {
    const world = worldOf({ 'http://one': ['tcp://a:1'] })
    world.saved = saved
    const { book, get } = bookIn(world)
    await book.load()
    test.strictSame(await get(), ['tcp://a:1'], saved)
  }
})

t.test('histories are kept over a restart, of the last networks and addresses', async test => {
  const world = worldOf({ 'http://one': ['tcp://a:1'] })
  const { book } = bookIn(world)
  const history = { bits: 7, failures: 3, bannedUntil: 1_700_000_360_000 }
  for (let n = 0; n < 40; n++) book.note(`net-${n}`, 'tcp://a:1', history)
  for (let n = 0; n < 300; n++) book.note('net-39', `tcp://${n}:1`, history)
  const restarted = bookIn(world).book
  await restarted.load()
  test.strictSame(restarted.history('net-39', 'tcp://299:1'), history)
  test.strictSame(restarted.history('net-38', 'tcp://a:1'), history)
  test.equal(restarted.history('net-39', 'tcp://0:1').bits, 0)
  test.equal(restarted.history('net-0', 'tcp://a:1').bits, 0)
})

/** A day in the life of an app: restarts, other networks, failed dials, dispatchers that come, go and lie. */
const liveADay = async (
  seed: number,
  check: (text: string, holds: boolean) => void,
): Promise<void> => {
  const random = seededRandom(seed)
  const world: World = worldOf()
  const fleet = Array.from({ length: 12 }, (_, n) => `tcp://gate-${n}:1`)
  const some = (): string[] => (random() < 0.2 ? [] : fleet.filter(() => random() < 0.6))
  const clock = new VirtualClock()
  let { book, get } = bookIn(world, { gates: ['tcp://embedded:1'], clock })
  const last = new Map<string, Kept>()
  let askedAt = -Infinity
  for (let step = 0; step < 150; step++) {
    const answers = random() < 0.5 ? undefined : some()
    world.answers = {
      'http://one': answers,
      'http://10.0.0.2': random() < 0.3 ? some() : undefined,
    }
    clock.advance(random() < 0.1 ? DAY_MS : random() * 15_000)
    if (random() < 0.1) {
      ;({ book, get } = bookIn(world, { gates: ['tcp://embedded:1'], clock }))
      await book.load()
      askedAt = -Infinity
    }
    const network = random() < 0.8 ? 'home' : 'work'
    const asked = world.asked.length
    const found = await get(Math.floor(random() * 7), network)
    await turn()
    check('there is always somewhere to go', found.length > 0)
    if (world.asked.length > asked) {
      check('asked once in ten seconds', clock.monotonic() - askedAt >= 10_000)
      askedAt = clock.monotonic()
    }
    for (const [name, list] of keptIn(world)) {
      const before = last.get(name)
      last.set(name, list)
      if (before === undefined) continue
      const isHalved = list.urls.length * 2 < before.urls.length
      check('less than half is believed the third time', !isHalved || before.shrunk === 2)
      check('a list is never emptied', list.urls.length > 0)
      check('only answers change a list', world.asked.length > asked || list.at === before.at)
    }
  }
}

interface Kept {
  readonly urls: readonly string[]
  readonly at: number
  readonly shrunk: number
}

/** The lists that would survive a restart. */
const keptIn = ({ saved = '{"networks":[]}' }: World): [string, Kept][] => {
  const { networks } = JSON.parse(saved) as { networks: { name: string; list?: Kept }[] }
  return networks.flatMap(({ name, list }) => (list === undefined ? [] : [[name, list]]))
}

t.test(
  'whatever becomes of dispatchers there is somewhere to go, and nobody is asked too often',
  async test => {
    for (let seed = 1; seed <= 20; seed++) {
      const broken = new Set<string>()
      await liveADay(seed, (text, holds) => void (holds || broken.add(text)))
      test.strictSame([...broken], [], `seed ${seed}`)
    }
  },
)

t.test('a dispatcher of an earlier version is asked without what it does not know', async test => {
  const refusal = new Response('{}', { status: 422 })
  const world = worldOf({ 'http://one': refusal, 'http://two': ['tcp://1.2.3.4:1'] })
  const { get } = bookIn(world, { dispatcher: DISPATCHER })
  test.strictSame(await get(), ['tcp://1.2.3.4:1'])
  test.strictSame(world.queries.slice(0, 2), [
    '?appcode=7&transport=tcp&bucket=42&agent=app%2F1+sdk%2F1',
    '?appcode=7&transport=tcp',
  ])
})
