import t from 'tap'
import { AWAKE } from '@longwire/proto'
import { plainEnvironment } from '../../src/heartbeat/environment.ts'
import { createHeartbeat } from '../../src/heartbeat/heartbeat.ts'
import { Wakefulness } from '../../src/heartbeat/wakefulness.ts'
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
