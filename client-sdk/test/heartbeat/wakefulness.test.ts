import t from 'tap'
import { AWAKE } from '@longwire/proto'
import { plainEnvironment } from '../../src/heartbeat/environment.ts'
import { createHeartbeat } from '../../src/heartbeat/heartbeat.ts'
import { reached, setUp, start } from '../set-up.ts'
import { METERED, Wakefulness } from '../../src/heartbeat/wakefulness.ts'
import { VirtualClock } from '../virtual-clock.ts'

t.test(
  'a gate is told when alarms show that the device dozes, and when somebody looks',
  async test => {
    const clock = new VirtualClock()
    const environment = { ...plainEnvironment, unattended: false, foreground: false }
    const told: (number | undefined)[] = []
    const heartbeat = createHeartbeat(clock, {
      side: { ping: () => void told.push(wakefulness.pinging()), dead: () => undefined },
      pace: {
        interval: () => 500_000,
        longest: () => 500_000,
        proven: () => 520_000,
        learned: () => true,
        answered: () => undefined,
        ackTimeoutMs: () => 0,
      },
      roundTripMs: 50,
      expectedMs: 500_000,
      // The platform wakes this device nine minutes later than asked.
      alarm: (ms, task) => clock.after(ms + 540_000, task),
    })
    const wakefulness: Wakefulness = new Wakefulness(clock, environment)
    test.equal(wakefulness.login(), AWAKE.BACKGROUND)
    wakefulness.begin(() => undefined, heartbeat)
    clock.advance(1_040_000)
    heartbeat.pong()
    clock.advance(1_040_000)
    test.same(told, [undefined, AWAKE.DOZE], 'at the second time')
    heartbeat.pong()
    environment.foreground = true
    heartbeat.nudge()
    test.equal(told.at(-1), AWAKE.FOREGROUND)
    environment.foreground = false
    test.equal(wakefulness.pinging(), AWAKE.BACKGROUND, 'all begins anew')
    heartbeat.stop()
  },
)

const make = () => {
  const clock = new VirtualClock()
  const environment = {
    network: '',
    foreground: false,
    doze: false,
    unattended: false,
    metered: false,
    charging: false,
    watch: () => () => undefined,
  }
  const wakefulness = new Wakefulness(clock, environment)
  const said: (number | undefined)[] = []
  const begin = (): void => wakefulness.begin(() => void said.push(wakefulness.pinging()))
  return { clock, environment, wakefulness, begin, said: () => said.splice(0) }
}

t.test('LOGIN says what the device is doing, and a PING what has changed since', async test => {
  const { environment, wakefulness, begin, said } = make()
  test.equal(wakefulness.login(), AWAKE.BACKGROUND)
  begin()
  test.same(said(), [], 'nothing new')
  environment.foreground = true
  wakefulness.changed()
  test.same(said(), [AWAKE.FOREGROUND])
  wakefulness.changed()
  test.same(said(), [])
  test.equal(wakefulness.pinging(), undefined, 'nor with the next PING of the heartbeat')
})

t.test('what changed while the client logged in is said at once', async test => {
  const { environment, wakefulness, begin, said } = make()
  wakefulness.login()
  environment.doze = true
  begin()
  test.same(said(), [AWAKE.DOZE])
})

t.test('PINGs keep their distance, and only the last state counts', async test => {
  const { clock, environment, wakefulness, begin, said } = make()
  wakefulness.login()
  begin()
  for (let flip = 0; flip < 9; flip++) {
    environment.foreground = !environment.foreground
    wakefulness.changed()
    clock.advance(100)
  }
  test.same(said(), [AWAKE.FOREGROUND])
  environment.foreground = false
  wakefulness.changed()
  clock.advance(4_000)
  test.same(said(), [])
  clock.advance(1_000)
  test.same(said(), [AWAKE.BACKGROUND])
})

t.test('the heartbeat may say it earlier, and a session that is over says nothing', async test => {
  const { clock, environment, wakefulness, begin, said } = make()
  wakefulness.login()
  begin()
  wakefulness.pinging()
  environment.foreground = true
  wakefulness.changed()
  test.equal(wakefulness.pinging(), AWAKE.FOREGROUND)
  clock.advance(10_000)
  test.same(said(), [])
  environment.foreground = false
  wakefulness.pinging()
  environment.foreground = true
  wakefulness.changed()
  wakefulness.end()
  clock.advance(60_000)
  test.same(said(), [])
})

t.test('whether the network counts bytes is told like that', async test => {
  const { environment, wakefulness, begin, said } = make()
  environment.metered = true
  test.equal(wakefulness.login(), AWAKE.BACKGROUND + METERED)
  begin()
  environment.metered = false
  environment.foreground = true
  wakefulness.changed()
  test.same(said(), [AWAKE.FOREGROUND])
})

t.test('a server that nobody looks at is no sleeping device', async test => {
  const { environment, wakefulness } = make()
  environment.unattended = true
  test.equal(wakefulness.login(), AWAKE.FOREGROUND)
})

t.test(
  'a client says in LOGIN that its network counts bytes, and in a PING when that is over',
  async test => {
    let changed: () => void = () => undefined
    const environment = {
      network: 'home',
      foreground: false,
      charging: false,
      metered: true,
      watch: (listener: () => void) => {
        changed = listener
        return () => undefined
      },
    }
    const { gate, client } = await setUp(test, { environment })
    start(client)
    const end = await gate.accept()
    test.match(await end.welcome(), { awake: AWAKE.BACKGROUND, metered: true })
    await reached(client, 'ready')
    environment.metered = false
    changed()
    let ping = await end.expect('PING')
    // One beat follows every login, and says nothing of this.
    while (ping.awake < 0) ping = await end.expect('PING')
    test.match(ping, { awake: AWAKE.BACKGROUND, metered: 0 })
  },
)
