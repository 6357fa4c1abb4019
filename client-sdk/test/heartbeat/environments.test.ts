import t from 'tap'
import { Attention } from '../../src/heartbeat/attention.ts'
import { browserEnvironment } from '../../src/heartbeat/browser.ts'
import type { Cause, Environment } from '../../src/heartbeat/environment.ts'
import { nodeEnvironment } from '../../src/heartbeat/node.ts'
import { reactNativeEnvironment, type NetInfoStateLike } from '../../src/heartbeat/react-native.ts'
import { VirtualClock } from '../virtual-clock.ts'

const noting = (environment: Environment) => {
  const causes: (Cause | undefined)[] = []
  const stop = environment.watch(cause => causes.push(cause))
  return { stop, noted: () => causes.splice(0) }
}

t.test(
  'a page tells when it is looked at, thawed or moved, and when its device woke',
  async test => {
    const clock = new VirtualClock()
    const page = new EventTarget()
    const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
    const connection = new EventTarget()
    const environment = browserEnvironment(
      {
        document,
        navigator: { connection },
        addEventListener: page.addEventListener.bind(page),
        removeEventListener: page.removeEventListener.bind(page),
      },
      clock,
    )
    const { stop, noted } = noting(environment)
    test.same([environment.network, environment.foreground], ['', false])
    document.visibilityState = 'visible'
    document.dispatchEvent(new Event('visibilitychange'))
    test.same([environment.foreground, noted()], [true, [undefined]])
    document.dispatchEvent(new Event('resume'))
    page.dispatchEvent(new Event('pageshow'))
    page.dispatchEvent(new Event('online'))
    connection.dispatchEvent(new Event('change'))
    test.same(noted(), ['resumed', 'resumed', 'network', 'network'])
    clock.advance(60_000)
    test.same(noted(), [])
    clock.leap(6_000)
    clock.advance(15_000)
    test.same(noted(), ['resumed'], 'the clock on the wall went on while the page stood still')
    test.equal(environment.metered, false)
    Object.assign(connection, { type: 'cellular' })
    test.equal(environment.metered, true, 'a carrier counts bytes')
    Object.assign(connection, { type: 'wifi', saveData: true })
    test.equal(environment.metered, true, 'and who asked to be spared wants it counted')
    stop()
    page.dispatchEvent(new Event('online'))
    test.same([noted(), clock.timers], [[], 0])
    const bare = browserEnvironment({}, clock)
    test.same([bare.network, bare.foreground], ['', false])
    bare.watch(() => undefined)()
  },
)

t.test('a process notices other addresses, and that its machine slept', async test => {
  const clock = new VirtualClock()
  let addresses = '192.0.2.1'
  const environment = nodeEnvironment(clock, () => addresses)
  const { stop, noted } = noting(environment)
  test.same([environment.network, environment.foreground, environment.charging], ['', false, false])
  clock.advance(60_000)
  test.same(noted(), [])
  addresses = '192.0.2.1,198.51.100.7'
  clock.advance(30_000)
  test.same(noted(), ['network'])
  clock.leap(3_600_000)
  clock.advance(30_000)
  test.same(noted(), ['resumed'])
  stop()
  test.equal(clock.timers, 0)
  nodeEnvironment().watch(() => undefined)()
})

/** AppState and NetInfo as their documentation says. */
const device = () => {
  const app = new Set<(state: string) => void>()
  const net = new Set<(state: NetInfoStateLike) => void>()
  let state: NetInfoStateLike = {
    type: 'wifi',
    isConnected: true,
    details: { ssid: 'home', bssid: 'aa:bb' },
  }
  const AppState = {
    currentState: 'active',
    addEventListener: (_: 'change', listener: (state: string) => void) => {
      app.add(listener)
      return { remove: () => void app.delete(listener) }
    },
  }
  const NetInfo = {
    addEventListener: (listener: (state: NetInfoStateLike) => void) => {
      net.add(listener)
      // NetInfo tells a new listener how things are.
      listener(state)
      return () => void net.delete(listener)
    },
  }
  return {
    AppState,
    NetInfo,
    go: (next: string) => {
      AppState.currentState = next
      app.forEach(listener => listener(next))
    },
    join: (next: NetInfoStateLike) => {
      state = next
      net.forEach(listener => listener(next))
    },
    listeners: () => app.size + net.size,
  }
}

t.test('React Native tells of the app and of the network', async test => {
  const { AppState, NetInfo, go, join, listeners } = device()
  const environment = reactNativeEnvironment({ AppState, NetInfo, charging: () => true })
  const { stop, noted } = noting(environment)
  test.same(
    [environment.network, environment.foreground, environment.charging],
    ['wifi aa:bb', true, true],
  )
  test.same(noted(), [])
  go('background')
  test.same([environment.foreground, noted()], [false, [undefined]])
  join({ type: 'none', isConnected: false, details: null })
  test.same([environment.network, noted()], ['', []], 'without network there is nothing to do')
  join({ type: 'cellular', isConnected: true, details: { carrier: 'Acme' } })
  join({ type: 'cellular', isConnected: true, details: { carrier: 'Acme' } })
  test.same([environment.network, noted()], ['cellular Acme', ['network']])
  test.equal(environment.metered, false)
  join({
    type: 'cellular',
    isConnected: true,
    details: { carrier: 'Acme', isConnectionExpensive: true },
  })
  test.same([environment.metered, noted()], [true, ['awake']], 'it counts bytes from now on')
  join({
    type: 'wifi',
    isConnected: true,
    details: { ssid: '<unknown ssid>', bssid: '02:00:00:00:00:00' },
  })
  test.same([environment.network, noted()], ['', ['network']], 'names need a permission')
  stop()
  test.equal(listeners(), 0)
  const alarm = new VirtualClock()
  const rings = reactNativeEnvironment({
    AppState,
    NetInfo,
    alarm: (ms, task) => alarm.after(ms, task),
  })
  test.equal(rings.charging, false)
  rings.alarm?.(10, () => undefined)
  test.equal(alarm.timers, 1)
})

t.test(
  'what a change asks for: at once, along with something, or only another interval',
  async test => {
    const clock = new VirtualClock()
    let changed: (cause?: Cause) => void = () => undefined
    const environment = {
      network: 'home',
      foreground: false,
      charging: false,
      watch: (listener: (cause?: Cause) => void) => {
        changed = listener
        return () => (changed = () => undefined)
      },
    }
    const done: string[] = []
    const said = () => done.splice(0).join(' ')
    const attention = new Attention(clock, environment, {
      try: moved => void done.push(moved ? 'moved' : 'try'),
      awake: () => void done.push('awake'),
      retime: () => void done.push('retime'),
      changed: () => undefined,
    })
    environment.foreground = true
    changed()
    test.equal(said(), 'try', 'somebody looks')
    environment.foreground = false
    changed()
    test.equal(said(), 'retime', 'nobody looks any more')
    changed('awake')
    changed('resumed')
    changed()
    test.equal(said(), 'awake try try')
    changed('network')
    clock.advance(499)
    environment.network = 'train'
    changed()
    clock.advance(499)
    test.equal(said(), '', 'a network that changes is waited for')
    clock.advance(1)
    test.equal(said(), 'moved')
    changed('network')
    attention.stop()
    clock.advance(1_000)
    test.same([said(), clock.timers], ['', 0])
  },
)
