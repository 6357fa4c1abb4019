import { join } from 'node:path'
import t from 'tap'
import { PREV_STATE } from '@longwire/proto'
import { plainEnvironment } from '../../src/heartbeat/environment.ts'
import { fileNetworks } from '../../src/heartbeat/file.ts'
import { Networks } from '../../src/heartbeat/networks.ts'
import { Pulse } from '../../src/heartbeat/pulse.ts'
import { Rhythm } from '../../src/heartbeat/rhythm.ts'
import { VirtualClock } from '../virtual-clock.ts'

const memory = (text?: string) => {
  const kept: { text: string | undefined } = { text }
  return {
    kept,
    load: async () => kept.text,
    save: async (saved: string) => {
      kept.text = saved
    },
  }
}

const NO_HINTS = { startMs: 0, maxMs: 0, floorMs: 0, ackTimeoutMs: 0 }

const setUp = (network = () => 'home', seen = () => '') => {
  const clock = new VirtualClock()
  const store = memory()
  const environment = {
    ...plainEnvironment,
    get network() {
      return network()
    },
  }
  const pulse = new Pulse(clock, environment, store)
  const pings: (number | undefined)[] = []
  const side = { ping: (next: number | undefined) => void pings.push(next), dead: () => undefined }
  const begin = (prevState: number = PREV_STATE.UNKNOWN, hints: Partial<typeof NO_HINTS> = {}) =>
    pulse.begin(side, { hints: { ...NO_HINTS, ...hints }, prevState, network: seen() }, 50)
  const records = () =>
    new Map<string, { good: number; interval: number }>(
      JSON.parse(store.kept.text ?? '{"networks":[]}').networks,
    )
  /** A ping that is not answered, and a new connection `afterMs` later. */
  const lose = (prevState: number, afterMs: number) => {
    begin(prevState)
    clock.advance(270_000)
    pulse.end()
    clock.advance(afterMs)
    begin(prevState).stop()
  }
  return { clock, pulse, begin, lose, records, store, pings }
}

t.test('a lost ping counts only if the network was to blame', async test => {
  const shrunk = 0.66 * 270_000
  for (const [prevState, afterMs, counts] of [
    [PREV_STATE.OPEN, 1_000, true],
    [PREV_STATE.RESET_BY_PEER, 1_000, true],
    [PREV_STATE.UNKNOWN, 1_000, false],
    [PREV_STATE.CLOSED_BY_SERVER, 1_000, false],
    [PREV_STATE.OPEN, 31_000, false],
  ] as const) {
    const { lose, records } = setUp()
    lose(prevState, afterMs)
    lose(prevState, afterMs)
    test.equal(
      Math.round(records().get('home')!.interval),
      counts ? shrunk : 270_000,
      `${prevState} after ${afterMs} ms`,
    )
  }
})

t.test('each network has its own record, and a change of network is no evidence', async test => {
  let network = 'home'
  const { clock, pulse, begin, records } = setUp(() => network)
  for (let round = 0; round < 2; round++) {
    begin(PREV_STATE.OPEN)
    clock.advance(270_000)
    network = 'train'
    pulse.end()
    begin(PREV_STATE.OPEN).stop()
    network = 'home'
  }
  test.equal(records().get('home')!.interval, 270_000)
  test.equal(records().get('train')!.interval, 270_000)
  const heartbeat = begin()
  clock.advance(270_000)
  heartbeat.pong()
  test.equal(records().get('home')!.good, 270_000)
  test.equal(records().get('train')!.good, 0)
  heartbeat.stop()
})

t.test('what was learned is kept, at most 32 networks, and nonsense is forgotten', async test => {
  const path = join(test.testdir(), 'networks.json')
  const record = new Rhythm({ floorMs: 1, startMs: 1, maxMs: 9, foregroundMs: 9 }).record
  const file = fileNetworks(path)
  const saves: Promise<void>[] = []
  const save = (text: string): Promise<void> => {
    const saved = file.save(text)
    saves.push(saved)
    return saved
  }
  const networks = new Networks({ ...file, save })
  await networks.load()
  for (let at = 0; at < 40; at++) networks.set(`n${at}`, { ...record, good: at })
  networks.set('n8', { ...record, good: 8 })
  const again = new Networks(fileNetworks(path))
  await Promise.all(saves)
  await again.load()
  test.equal(again.get('n39')?.good, 39)
  test.equal(again.get('n7'), undefined)
  test.equal(again.get('n8')?.good, 8)
  for (const text of [
    '{',
    '7',
    'null',
    '[["a",{"good":1}]]',
    JSON.stringify({ kind: 'longwire networks', version: 2, networks: [['a', record]] }),
    JSON.stringify({ kind: 'something else', version: 1, networks: [['a', record]] }),
    JSON.stringify({
      kind: 'longwire networks',
      version: 1,
      networks: [[1, 2], ['a', {}], ['b', { ...record, good: -1 }], 7],
    }),
  ]) {
    const broken = new Networks(memory(text))
    await broken.load()
    test.equal(broken.get('a'), undefined)
    test.equal(broken.get('b'), undefined)
  }
})

t.test('who does not know its network goes by the one that the gate sees', async test => {
  let seen = 'aa11'
  const { clock, pulse, lose, begin, records } = setUp(
    () => '',
    () => seen,
  )
  lose(PREV_STATE.OPEN, 1_000)
  lose(PREV_STATE.OPEN, 1_000)
  test.equal(Math.round(records().get('aa11')!.interval), 0.66 * 270_000)
  begin(PREV_STATE.OPEN)
  clock.advance(270_000)
  pulse.end()
  seen = 'bb22'
  begin(PREV_STATE.OPEN).stop()
  test.equal(records().get('bb22')!.interval, 270_000, 'another network, and no evidence')
})

t.test('a hint lowers the interval at once, and raises it when the gate was told', async test => {
  const { clock, pulse, begin, pings, records } = setUp()
  begin(PREV_STATE.UNKNOWN, { startMs: 270_000, maxMs: 900_000 })
  clock.advance(100_000)
  pulse.hinted({ ...NO_HINTS, maxMs: 60_000 })
  clock.advance(0)
  test.same(pings, [4], 'idle for longer than is allowed now: pinged, and promises a minute')
  test.equal(records().get('home')!.interval, 60_000)
  pulse.end()
  const heartbeat = begin(PREV_STATE.UNKNOWN, { startMs: 270_000, maxMs: 300_000 })
  for (let beat = 0; beat < 8; beat++) {
    clock.advance(310_000)
    heartbeat.pong()
  }
  pings.length = 0
  pulse.hinted({ ...NO_HINTS, maxMs: 900_000 })
  clock.advance(310_000)
  test.equal(pings.length, 1, 'the gate expects a ping as it was told')
  test.ok(pings[0]! > 20, 'and hears of the longer interval')
  heartbeat.stop()
})
