import { join } from 'node:path'
import t from 'tap'
import { PREV_STATE } from '@longwire/proto'
import { browserEnvironment, plainEnvironment } from '../../src/heartbeat/environment.ts'
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

const setUp = (network = () => 'home') => {
  const clock = new VirtualClock()
  const store = memory()
  const environment = {
    ...plainEnvironment,
    get network() {
      return network()
    },
  }
  const pulse = new Pulse(clock, environment, store)
  const side = { ping: () => undefined, dead: () => undefined }
  const begin = (prevState: number = PREV_STATE.UNKNOWN) =>
    pulse.begin(side, { startMs: 0, maxMs: 0, prevState }, 50)
  const records = () =>
    new Map<string, { good: number; interval: number }>(JSON.parse(store.kept.text ?? '[]'))
  /** A ping that is not answered, and a new connection `afterMs` later. */
  const lose = (prevState: number, afterMs: number) => {
    const heartbeat = begin(prevState)
    clock.advance(270_000)
    pulse.end(heartbeat)
    clock.advance(afterMs)
    begin(prevState).stop()
  }
  return { clock, pulse, begin, lose, records, store }
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
    const heartbeat = begin(PREV_STATE.OPEN)
    clock.advance(270_000)
    network = 'train'
    pulse.end(heartbeat)
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
  for (const text of ['{', '7', '[[1,2],["a",{"version":2}],["b",{"version":1,"good":-1}]]']) {
    const broken = new Networks(memory(text))
    await broken.load()
    test.equal(broken.get('a'), undefined)
    test.equal(broken.get('b'), undefined)
  }
})

t.test('a page tells when it is looked at, and when the network changes', async test => {
  const page = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  const connection = Object.assign(new EventTarget(), { type: 'wifi' })
  const environment = browserEnvironment({
    document,
    navigator: { connection },
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  })
  let changes = 0
  const stop = environment.watch(() => changes++)
  test.same([environment.network, environment.foreground], ['wifi', false])
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  page.dispatchEvent(new Event('online'))
  connection.type = 'cellular'
  connection.dispatchEvent(new Event('change'))
  test.same([environment.network, environment.foreground, changes], ['cellular', true, 3])
  stop()
  page.dispatchEvent(new Event('online'))
  test.equal(changes, 3)
  const bare = browserEnvironment({})
  test.same([bare.network, bare.foreground], ['', false])
  bare.watch(() => undefined)()
})
