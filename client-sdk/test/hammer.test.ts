import t from 'tap'
import { errorOfCode } from '../src/errors.ts'
import type { Transport } from '../src/transport.ts'
import { CODES } from '@longwire/proto'
import { reached, setUp, start, turn } from './set-up.ts'
import { seededRandom } from './virtual-clock.ts'
import type { Environment } from '../src/node.ts'

const HOUR_MS = 3_600_000

/** Gates that nobody can reach. */
const nowhere = (): Transport & { dials: number } => ({
  dials: 0,
  connect() {
    this.dials++
    return Promise.reject(new Error('no route to host'))
  },
})

/** Dials within `hours` of a client whose gates are all away. */
const dialsWithin = async (
  test: Parameters<typeof setUp>[0],
  hours: number,
  foreground: boolean,
): Promise<number> => {
  const tcp = nowhere()
  const environment: Environment = {
    network: 'home',
    foreground,
    charging: false,
    watch: () => () => undefined,
  }
  const { clock, create, options } = await setUp(test)
  const client = create({
    ...options,
    urls: ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2', 'tcp://127.0.0.1:3'],
    transports: { tcp },
    random: seededRandom(11),
    environment,
  })
  test.teardown(() => client.close())
  start(client)
  const until = clock.monotonic() + hours * HOUR_MS
  while (clock.monotonic() < until) {
    await turn()
    clock.advance(1_000)
  }
  return tcp.dials
}

t.test(
  'while gates are away for 6 hours, a client that somebody looks at dials 120 times an hour',
  async test => {
    const dials = await dialsWithin(test, 6, true)
    test.ok(dials > 6 * 90 && dials < 6 * 150, `${dials} dials`)
  },
)

t.test('one that nobody looks at dials 12 times an hour', async test => {
  const dials = await dialsWithin(test, 6, false)
  test.ok(dials > 6 * 6 && dials < 6 * 20, `${dials} dials`)
})

t.test('no code that says stop is ever followed by a dial', async test => {
  const stops = Object.entries(CODES).filter(
    ([name, { code }]) => code >= 64 && name !== 'AUTH_EXPIRED',
  )
  test.ok(stops.length > 10)
  for (const [name, { code }] of stops) {
    test.equal(errorOfCode(code).action, 'stop', name)
    const { gate, clock, client } = await setUp(test)
    start(client)
    const end = await gate.accept()
    await end.expectLogin()
    const closed = reached(client, 'closed')
    end.kick(code).send()
    await closed
    for (let minute = 0; minute < 120; minute++) clock.advance(60_000)
    await turn()
    test.equal(gate.dials, 1, name)
  }
})

t.test('a gate that lets in and breaks off at once is dialled ever more rarely', async test => {
  const { gate, clock, client } = await setUp(test)
  start(client)
  let serving = true
  const serve = async (): Promise<void> => {
    while (serving) {
      const end = await gate.accept()
      await end.welcome()
      end.cut()
    }
  }
  serve().catch((error: unknown) => test.fail(String(error)))
  const until = clock.monotonic() + HOUR_MS
  while (clock.monotonic() < until) {
    for (let round = 0; round < 4; round++) await turn()
    clock.advance(5_000)
  }
  serving = false
  test.ok(gate.dials < 200, `${gate.dials} dials in an hour`)
  test.ok(gate.dials > 60, `${gate.dials} dials in an hour`)
})
