import { createClient, type Client, type NetworkStore } from '@longwire/client/node'
import { createGate, tcpListener, wsListener, type Gate } from '@longwire/gate'
import {
  createLogger,
  createMetrics,
  memoryLinks,
  memoryRegistry,
  seededRandom,
  VirtualClock,
  type Timer,
} from '@longwire/kit'
import { createLogic, memoryRoutes, memoryTable, type Logic } from '@longwire/logic'
import { Nat, type NatMode } from './nat.ts'

const KEY = 'natbox-key-natbox-key'

/** Time moves when it is told to; the end of a turn is the real one, because sockets are. */
class SteppedClock extends VirtualClock {
  /** Timers of Node take a millisecond at least: less might not move time at all. */
  override after(ms: number, task: () => void): Timer {
    return super.after(Math.max(1, ms), task)
  }

  override soon(task: () => void): void {
    setImmediate(task)
  }
}

export interface HouseOptions {
  readonly mode: NatMode
  readonly idleMs: number
  readonly transport: 'tcp' | 'ws'
}

export interface Received {
  readonly number: number
  readonly sentMs: number
  readonly lateMs: number
}

/** A client behind a NAT of its own, and what became of what it was sent. */
export interface House extends HouseOptions {
  readonly nat: Nat
  readonly client: Client
  /** What came, in the order of coming: when it was sent (since the start), and how late it came. */
  readonly received: Received[]
  /** How often it has logged in. */
  logins(): number
  /** What the client keeps between pings, in milliseconds; 0: nothing learned yet. */
  interval(): number
}

/**
 * A real gate and a real logic, and real clients behind NATs: all sockets are real, all clocks are one
 * that moves on whenever the sockets are quiet.
 */
export class Street {
  readonly clock: VirtualClock = new SteppedClock()
  readonly houses: House[] = []
  readonly #random: () => number
  #stirred = 0
  #gate: Gate | undefined
  #logic: Logic | undefined
  #http = ''
  #sent = 0
  #openedAt = 0
  readonly #sentAt = new Map<number, number>()

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  async open(options: readonly HouseOptions[], maxMs: number): Promise<void> {
    const { clock } = this
    const registry = memoryRegistry(clock)
    const random = this.#random
    const shared = { clock, random, registry, secret: 'natbox' }
    const node = (role: 'gate' | 'logic', address: string) =>
      ({ role, name: role, incarnation: '1', address }) as const
    const logic = createLogic({
      ...shared,
      node: node('logic', 'memory'),
      log: quietLogger('logic'),
      metrics: createMetrics({ process: false }),
      table: memoryTable({ clock }),
      routes: memoryRoutes(clock),
      apps: [{ appcode: 1, system: 'main', platform: 'any', sessions: 1 }],
      businesses: [{ name: 'natbox', key: KEY, appcodes: [1] }],
      auth: { kind: 'verifier', verifier: { verify: async () => PROVEN } },
      http: { address: '127.0.0.1:0' },
      trunk: undefined,
      backend: undefined,
    })
    this.#logic = logic
    this.#http = (await logic.start()).http
    this.#gate = createGate({
      ...shared,
      node: node('gate', ''),
      log: quietLogger('gate'),
      metrics: createMetrics({ process: false }),
      listeners: [tcpListener({ address: '127.0.0.1:0' }), wsListener({ address: '127.0.0.1:0' })],
      dial: async () => {
        const [gateEnd, logicEnd] = memoryLinks(clock, ['gate', 'logic'])
        logic.acceptTrunk(logicEnd)
        return gateEnd
      },
      limits: { pingMaxMs: maxMs },
    })
    const { addresses } = await this.#gate.start()
    await this.pass(5_000)
    for (const each of options) {
      const address = addresses.find(({ transport }) => transport === each.transport)?.address ?? ''
      this.houses.push(await this.#build(each, address))
    }
    this.#openedAt = clock.monotonic()
    for (const { client } of this.houses) void client.connect()
    await this.pass(10_000)
  }

  /** Publishes a message to one house; resolves once it is accepted. */
  async push(house: number): Promise<void> {
    const number = this.#sent++
    this.#sentAt.set(number, this.clock.monotonic())
    const asked = fetch(`${this.#http}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to: { uid: `house-${house}`, appcode: 1 }, body: String(number) }),
    })
    const response = await this.#awaited(asked)
    const text = await response.text()
    if (!response.ok) throw new Error(`not accepted: ${text}`)
    this.#stir()
    await this.#settle()
  }

  /** What is to come may need timers. */
  async #awaited<T>(work: Promise<T>): Promise<T> {
    let waits = true
    const done = (): void => {
      waits = false
    }
    work.then(done, done)
    for (let turn = 1; waits; turn++) {
      await turns(1)
      if (turn % TURNS_PER_MS === 0) this.clock.advance(1)
    }
    return work
  }

  /** The gate tells its clients that they may wait so long at most. */
  hint(maxMs: number): void {
    this.#gate?.hint({ maxMs })
  }

  /** Lets so much time pass, in steps; at each the sockets are waited for. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.advance(Math.min(left, STEP_MS))
      await this.#settle()
    }
  }

  async close(): Promise<void> {
    for (const { client } of this.houses) void client.close()
    await turns(QUIET_TURNS)
    // What closes may wait for a timer.
    await this.#awaited(Promise.all([this.#gate?.stop(), this.#logic?.stop()]))
    await Promise.all(this.houses.map(({ nat }) => nat.close()))
  }

  async #build(options: HouseOptions, address: string): Promise<House> {
    const { clock } = this
    const [host = '', port] = address.split(':')
    const nat = new Nat({
      ...options,
      clock,
      target: { host, port: Number(port) },
      stirred: () => this.#stir(),
    })
    const store = memoryNetworks()
    const index = this.houses.length
    const client = createClient({
      urls: [`${options.transport}://${await nat.listen()}`],
      appcode: 1,
      uid: `house-${index}`,
      device: 'phone',
      token: 'any',
      clock,
      random: this.#random,
      networks: store,
    })
    const received: Received[] = []
    client.on('message', message => {
      this.#stir()
      const number = Number(message.text())
      const sentAt = this.#sentAt.get(number) ?? 0
      const sentMs = sentAt - this.#openedAt
      received.push({ number, sentMs, lateMs: clock.monotonic() - sentAt })
    })
    let logins = 0
    client.on('state', ({ state }) => {
      this.#stir()
      if (state === 'ready') logins++
    })
    const interval = (): number => intervalIn(store.text)
    return { ...options, nat, client, received, interval, logins: () => logins }
  }

  #stir(): void {
    this.#stirred++
  }

  /** Until nothing has stirred for some turns; where something did, the kernel is given time too. */
  async #settle(): Promise<void> {
    const before = this.#stirred
    for (let quiet = 0, seen = before; quiet < QUIET_TURNS; quiet++) {
      await turns(1)
      if (this.#stirred === seen) continue
      seen = this.#stirred
      quiet = -1
    }
    if (this.#stirred === before) return
    await new Promise(resolve => setTimeout(resolve, 1))
    if (this.#stirred !== before) await this.#settleAgain()
  }

  async #settleAgain(): Promise<void> {
    for (let seen = -1; seen !== this.#stirred;) {
      seen = this.#stirred
      await turns(QUIET_TURNS)
    }
  }
}

/** Turns of the event loop without anything until sockets count as quiet. */
const QUIET_TURNS = 2
/** A round trip takes this long where it takes several steps. */
const STEP_MS = 500
/** While something is waited for, time moves this slowly. */
const TURNS_PER_MS = 4
const PROVEN = { proven: true, expiresMs: 0, issuedAt: 0, tokenId: '' } as const

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve))
}

const quietLogger = (name: string) => createLogger({ level: 'silent', name })

const memoryNetworks = (): NetworkStore & { text: string } => ({
  text: '',
  async load() {
    return this.text === '' ? undefined : this.text
  },
  async save(text) {
    this.text = text
  },
})

const intervalIn = (text: string): number => {
  const found = /"interval":([\d.]+)/.exec(text)
  return found === null ? 0 : Number(found[1])
}
