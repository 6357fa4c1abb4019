import {
  createLogger,
  createMetrics,
  type Link,
  memoryRegistry,
  type Metrics,
  type Registry,
  seededRandom,
} from '@longwire/kit'
import {
  createGate,
  type Defence,
  type Gate,
  type GateLimits,
  type GateOptions,
  tcpListener,
  type TcpListenerOptions,
  uwsListener,
  type WebSocketListenerOptions,
  wsListener,
} from '../../src/index.ts'
import { dial, type RawClient } from './raw-client.ts'
import { ScriptedLogic, type Seen } from './scripted-logic.ts'
import { traced } from './traced.ts'
import { pass, TestClock, turn, until } from './test-clock.ts'
import type { Transport } from './wire.ts'

/** A gate with a TCP and a WebSocket listener, and a scripted logic node that it has linked to. */
export interface Stage {
  readonly clock: TestClock
  readonly gate: Gate
  readonly logic: ScriptedLogic
  readonly registry: Registry
  readonly metrics: Metrics
  readonly addresses: Readonly<Record<Transport, string>>
  /** Where probes alone are answered; 0: nowhere. */
  readonly probePort: number
  dial(transport: Transport, bare?: boolean): Promise<RawClient>
  /** Adds a node to the registry and lets the gate dial it. */
  join(logic: ScriptedLogic): Promise<void>
  /** The trunk frame of the latest LOGIN: names its session. */
  session(): Seen
  pass(ms: number): Promise<void>
  /** The value of a metric line, such as `longwire_gate_sessions`; 0 where there is none. */
  metric(line: string): Promise<number>
}

export interface StageOptions {
  readonly limits?: Partial<GateLimits>
  readonly defence?: Partial<Defence>
  readonly logic?: boolean
  readonly probing?: Pick<GateOptions, 'probes' | 'datagrams' | 'probePort' | 'isBacklogFull'>
  /** Beside the address; `ws`: uWebSockets.js, or the ws package. */
  readonly tcp?: Partial<TcpListenerOptions>
  readonly ws?: Partial<WebSocketListenerOptions>
  readonly library?: 'uws' | 'ws'
  /** Gets a copy of each write of the gate to a client. */
  readonly writes?: Uint8Array[]
}

interface Test {
  teardown(task: () => Promise<void>): void
}

export const stage = async (t: Test, options: StageOptions = {}): Promise<Stage> => {
  const clock = new TestClock()
  const registry = memoryRegistry(clock)
  const metrics = createMetrics({ process: false })
  const logics: ScriptedLogic[] = []
  const dialLogic = async (address: string): Promise<Link> => {
    const logic = logics.find(node => node.node.address === address)
    if (logic === undefined) throw new Error(`nobody listens on ${address}`)
    return logic.accept()
  }
  const { writes = [] } = options
  const listeners = [
    tcpListener({ address: '127.0.0.1:0', ...options.tcp }),
    (options.library === 'ws' ? wsListener : uwsListener)({
      address: '127.0.0.1:0',
      ...options.ws,
    }),
  ]
  let probePort = 0
  const gate = createGate({
    reach: (_, port = 0) => {
      probePort = port
      return { addresses: [] }
    },
    node: { role: 'gate', name: 'gate-1', incarnation: 'a', address: '' },
    clock,
    random: seededRandom(1),
    log: createLogger({ level: process.env['LONGWIRE_TEST_LOG'] ?? 'silent', name: 'gate-1' }),
    metrics,
    listeners:
      options.writes === undefined ? listeners : listeners.map(each => traced(each, writes)),
    registry,
    dial: dialLogic,
    secret: 'cluster',
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.defence === undefined ? {} : { defence: options.defence }),
    ...options.probing,
  })
  const logic = new ScriptedLogic(clock, 'logic-1')
  const clients: RawClient[] = []
  const { addresses } = await gate.start()
  const join = async (node: ScriptedLogic): Promise<void> => {
    if (!logics.includes(node)) logics.push(node)
    await registry.announce(node.node, 3_600_000)
    const before = node.links
    await pass(clock, 1_000)
    await until('the gate has dialled logic', () => node.links > before)
    await until('logic has greeted', () => node.seen.length > 0)
    // Its answer takes a few turns; the tick after it does what a new link calls for.
    for (let turns = 0; turns < 4; turns++) await turn()
    await pass(clock, 250)
  }
  t.teardown(async () => {
    for (const client of clients) client.wire?.destroy()
    await gate.stop()
  })
  const [tcp = '', ws = ''] = addresses.map(({ address }) => address)
  const bound = { tcp, ws }
  const made: Stage = {
    clock,
    gate,
    logic,
    registry,
    metrics,
    join,
    addresses: bound,
    probePort,
    async dial(transport, bare = false) {
      const secured = options[transport]?.tls !== undefined
      const client = await dial(transport, bound[transport], { bare, tls: secured })
      clients.push(client)
      return client
    },
    session() {
      const frame = logic.of(LOGIN_CMD).at(-1)
      if (frame === undefined) throw new Error('no LOGIN reached logic')
      return frame
    },
    pass: ms => pass(clock, ms),
    async metric(line) {
      const found = (await metrics.text()).split('\n').find(text => text.startsWith(`${line} `))
      return found === undefined ? 0 : Number(found.slice(line.length + 1))
    },
  }
  if (options.logic !== false) await join(logic)
  return made
}

const LOGIN_CMD = 10
