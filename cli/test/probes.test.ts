import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { DelayedPath } from '@longwire/bench'
import { frameProber, nodeProber, raceChooser } from '@longwire/client/internal'
import { nodeTransports, type TransportConnection } from '@longwire/client/node'
import { createGate, type Gate, openUdp, tcpListener } from '@longwire/gate'
import {
  createLogger,
  createMetrics,
  memoryRegistry,
  type Random,
  type Registry,
  seededRandom,
  VirtualClock,
} from '@longwire/kit'
import { encodeProbe } from '@longwire/proto'
import { startAll } from '../src/compose/all.ts'
import { silent, trialConfig } from './support.ts'

const HOST = '127.0.0.1'
const CAPACITY = 400
/** Connections stay without a LOGIN. */
const LONG_MS = 1e9

/** Time passes with the turns of the event loop: a machine that is slow changes nothing. */
class TurningClock extends VirtualClock {
  #runs = true

  override soon(task: () => void): void {
    setImmediate(task)
  }

  async run(): Promise<void> {
    while (this.#runs) {
      this.advance(1)
      await new Promise(setImmediate)
    }
  }

  stop(): void {
    this.#runs = false
  }

  pause(ms: number): Promise<void> {
    return new Promise(resolve => void this.after(ms, resolve))
  }
}

const clockFor = (t: Test): TurningClock => {
  const clock = new TurningClock()
  const running = clock.run()
  t.teardown(async () => {
    clock.stop()
    await running
  })
  return clock
}

interface RealGate {
  readonly gate: Gate
  readonly url: string
  readonly port: number
}

const startGate = async (
  t: Test,
  { clock, registry, name }: { clock: TurningClock; registry: Registry; name: string },
): Promise<RealGate> => {
  const gate = createGate({
    node: { role: 'gate', name, incarnation: '1', address: '' },
    clock,
    random: seededRandom(1),
    log: createLogger({ level: 'silent', name }),
    metrics: createMetrics({ process: false }),
    listeners: [tcpListener({ address: `${HOST}:0` })],
    registry,
    dial: () => Promise.reject(new Error('there is no logic')),
    secret: 'secret',
    limits: { sessions: CAPACITY, loginMs: LONG_MS },
    datagrams: openUdp,
  })
  const { addresses } = await gate.start()
  t.teardown(() => gate.stop())
  const address = addresses[0]?.address ?? ''
  return { gate, url: `tcp://${address}`, port: Number(address.split(':')[1]) }
}

/** Clients that choose by the race of the SDK, and stay connected. */
class Crowd {
  readonly #clock: TurningClock
  readonly #connections: TransportConnection[] = []
  readonly #counts = new Map<string, number>()
  readonly #transports = nodeTransports()
  readonly #chooser: ReturnType<typeof raceChooser>

  constructor(t: Test, clock: TurningClock, random: Random) {
    this.#clock = clock
    const prober = nodeProber({ clock, transports: this.#transports })
    this.#chooser = raceChooser({ clock, random, prober, appcode: 1, ranges: 3 })
    t.teardown(() => {
      for (const connection of this.#connections) connection.close()
    })
  }

  /** Resolves when the gate counts the connection, as it would behind a LOGIN. */
  async connect({ url, gate }: RealGate): Promise<void> {
    const before = this.#counts.get(url) ?? 0
    this.#counts.set(url, before + 1)
    const handlers = { received: () => undefined, closed: () => undefined }
    const { signal } = new AbortController()
    this.#connections.push(await this.#transports['tcp']!.connect(url, handlers, signal))
    while (gate.sessions() <= before) await this.#clock.pause(1)
  }

  /** Resolves when no probe is under way any more. */
  quiet(): Promise<void> {
    return this.#clock.pause(1_600)
  }

  /** The gate that a client chooses of these, least loaded first. */
  async choose(urls: readonly string[]): Promise<string> {
    const candidates = urls.map(url => ({ url, banned: false }))
    const { signal } = new AbortController()
    const [first] = await this.#chooser.choose(candidates, { tries: 0, signal })
    return first?.url ?? ''
  }
}

const byLoad = (gates: readonly RealGate[]): string[] =>
  [...gates].sort((a, b) => a.gate.sessions() - b.gate.sessions()).map(({ url }) => url)

t.test(
  'gates that are 90, 60 and 30 % full: those who probe leave them within 5 % of each other',
  async t => {
    const clock = clockFor(t)
    const registry = memoryRegistry(clock)
    const gates = await Promise.all(
      ['a', 'b', 'c'].map(name => startGate(t, { clock, registry, name })),
    )
    const crowd = new Crowd(t, clock, seededRandom(2))
    const shares = [0.9, 0.6, 0.3]
    for (const [index, share] of shares.entries())
      for (let n = 0; n < share * CAPACITY; n++) await crowd.connect(gates[index]!)
    await clock.pause(6_000)
    let left = CAPACITY
    // The list is that of the beginning: clients keep theirs for a day.
    const list = byLoad(gates)
    const one = async (): Promise<void> => {
      while (left-- > 0) {
        const chosen = await crowd.choose(list)
        await crowd.connect(gates.find(({ url }) => url === chosen)!)
      }
    }
    await Promise.all(Array.from({ length: 8 }, one))
    await crowd.quiet()
    const conns = gates.map(({ gate }) => gate.sessions())
    t.equal(
      conns.reduce((sum, each) => sum + each, 0),
      2.8 * CAPACITY,
    )
    const spread = (Math.max(...conns) - Math.min(...conns)) / CAPACITY
    t.ok(spread <= 0.05, `${conns.join(', ')} of ${CAPACITY}`)
  },
)

t.test('of two providers, 20 and 200 ms away, the near one is chosen', async t => {
  const clock = clockFor(t)
  const registry = memoryRegistry(clock)
  const gates = await Promise.all(['a', 'b'].map(name => startGate(t, { clock, registry, name })))
  const paths = await Promise.all(
    gates.map(({ port }, index) =>
      DelayedPath.open({
        host: HOST,
        port,
        roundTripMs: index === 0 ? 200 : 20,
        after: (ms, task) => void clock.after(ms, task),
      }),
    ),
  )
  t.teardown(() => paths.forEach(path => path.close()))
  const [far = '', near = ''] = paths.map(({ port }) => `tcp://${HOST}:${port}`)
  const crowd = new Crowd(t, clock, seededRandom(3))
  let chosenNear = 0
  const choices = 300
  for (let n = 0; n < choices; n++)
    if ((await crowd.choose(n % 2 === 0 ? [far, near] : [near, far])) === near) chosenNear++
  await crowd.quiet()
  t.ok(chosenNear >= 0.99 * choices, `${chosenNear} of ${choices}`)
  t.equal(paths[0]?.taken.udp, choices)
})

interface Listed {
  readonly url: string
  readonly probe: number
}

/** What apps are told, once they are told of something. */
const listed = async (http: string): Promise<readonly Listed[]> => {
  for (;;) {
    const { gates } = (await (await fetch(`${http}/v1/gates`)).json()) as { gates: Listed[] }
    if (gates.length > 0) return gates
    await new Promise(soon => setTimeout(soon, 20))
  }
}

t.test(
  'a server as it is configured is probed by UDP, frames, HTTP and at its port, and its metrics tell',
  async t => {
    const config = trialConfig(t.testdir(), { gate: { probes: { tcp: `${HOST}:0` } } })
    const running = await startAll(config, silent)
    t.teardown(() => running.stop())
    const { tcp = '', ws = '', http = '' } = running.addresses
    const ask = createSocket('udp4')
    t.teardown(() => ask.close())
    for (const url of [tcp, ws]) {
      const probe = encodeProbe(Buffer.from('12345678'), 1)
      ask.send(probe, Number(new URL(url).port), HOST)
      const [answer] = (await once(ask, 'message')) as [Buffer]
      t.equal(answer.length, probe.length)
      t.equal(answer.subarray(0, 8).toString(), '12345678')
    }
    const prober = frameProber(nodeTransports())
    const { signal } = new AbortController()
    for (const url of [tcp, ws]) t.equal(await prober.probe({ url, appcode: 1, signal }), 0)
    const gates = await listed(http)
    t.same(gates.map(({ url }) => url).toSorted(), [tcp, ws].toSorted())
    for (const { url, probe } of gates)
      t.equal(await prober.probe({ url, appcode: 1, port: probe, signal }), 0)
    const response = await fetch(`${ws.replace('ws:', 'http:')}/probe`)
    t.match(await response.json(), { load: 0, delayMs: 0 })
    const metrics = await (await fetch(`${http}/metrics`)).text()
    for (const [path, count] of [
      ['udp', 2],
      ['frame', 2],
      ['http', 1],
      ['port', 2],
    ])
      t.match(metrics, `longwire_gate_probe_answers_total{path="${path}"} ${count}\n`)
  },
)

t.test('where UDP is switched off nobody answers datagrams', async t => {
  const running = await startAll(
    trialConfig(t.testdir(), { gate: { probes: { udp: false } } }),
    silent,
  )
  t.teardown(() => running.stop())
  const { tcp = '' } = running.addresses
  const taken = createSocket('udp4')
  t.teardown(() => taken.close())
  taken.bind(Number(new URL(tcp).port), HOST)
  await once(taken, 'listening')
  t.pass('the port is free')
})
