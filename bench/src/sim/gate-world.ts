import type { Pressure } from '@longwire/gate/internal'
import type { Seeded } from '../seeded.ts'
import { EventQueue } from './event-queue.ts'
import type { Policy } from './gate-policies.ts'

/** Everything in seconds, but what is called ms. */
const HOUR = 3_600
const GATES = 12
/** Of gates and of clients by their provider: gates are spread evenly, people are not. */
const ISPS = 3
const DEMAND = [0.5, 0.3, 0.2] as const
const SESSION = 2 * HOUR
const LIST_GOOD_FOR = 24 * HOUR
/** Clients that have lost their list. */
const LIST_LOST = 0.1
const TRIES_UNTIL_LIST = 3
const MEAN_EVERY = 5
const ARRIVALS = 600
/** A client is back so soon after its session has ended. */
const BACK_WITHIN = 2
export const CRASH_AT: number = 4 * HOUR
export const REJOIN_AT: number = 8 * HOUR
export const END_AT: number = 12 * HOUR
const SAMPLE_EVERY = 60

type Event =
  | { readonly kind: 'choose'; readonly client: number }
  | { readonly kind: 'dial'; readonly client: number; readonly gate: number }
  | { readonly kind: 'end'; readonly client: number; readonly session: number }
  | { readonly kind: 'sample' | 'list' | 'mean' | 'crash' | 'rejoin' }

export interface Sample {
  readonly at: number
  /** Standard deviation of the connections of gates that are up, as a share of their mean. */
  readonly cv: number
  /** Of the fullest gate. */
  readonly fill: number
}

interface Client {
  readonly isp: number
  list: readonly number[]
  listAt: number
  tries: number
  gate: number
  session: number
}

/** Gates of several providers, and clients that choose among them over and over. */
export class GateWorld {
  readonly samples: Sample[] = []
  sessions = 0
  roundTripsMs = 0
  refused = 0
  /** Most sessions begun on one gate in a second, over a minute. */
  peakPerSecond = 0
  readonly #policy: Policy
  readonly #random: Seeded
  readonly #capacity: number
  readonly #clients: readonly Client[]
  readonly #conns: number[] = Array.from({ length: GATES }, () => 0)
  readonly #isUp: boolean[] = Array.from({ length: GATES }, () => true)
  readonly #begun: number[] = Array.from({ length: GATES }, () => 0)
  readonly #queue = new EventQueue<Event>()
  /** As the dispatcher knows it. */
  #listed: readonly { readonly gate: number; readonly conns: number }[] = []
  #mean = 0
  #turn = 0

  constructor(
    policy: Policy,
    random: Seeded,
    { capacity, clients }: { capacity: number; clients: number },
  ) {
    this.#policy = policy
    this.#random = random
    this.#capacity = capacity
    this.#clients = Array.from({ length: clients }, () => ({
      isp: ispOf(random.next()),
      list: [],
      listAt: -Infinity,
      tries: 0,
      gate: -1,
      session: 0,
    }))
  }

  run(): this {
    const queue = this.#queue
    this.#see()
    this.#average()
    for (let client = 0; client < this.#clients.length; client++)
      queue.push(this.#random.next() * ARRIVALS, { kind: 'choose', client })
    for (let at = 0; at < END_AT; at += SAMPLE_EVERY) queue.push(at, { kind: 'sample' })
    for (let at = 0; at < END_AT; at += this.#policy.staleSeconds) queue.push(at, { kind: 'list' })
    for (let at = 0; at < END_AT; at += MEAN_EVERY) queue.push(at, { kind: 'mean' })
    queue.push(CRASH_AT, { kind: 'crash' })
    queue.push(REJOIN_AT, { kind: 'rejoin' })
    for (let next = queue.pop(); next !== undefined && next.at < END_AT; next = queue.pop())
      this.#happens(next.at, next.event)
    return this
  }

  #happens(at: number, event: Event): void {
    switch (event.kind) {
      case 'choose':
        return this.#choose(at, event.client)
      case 'dial':
        return this.#dial(at, event.client, event.gate)
      case 'end':
        return this.#ends(at, event.client, event.session)
      case 'sample':
        return this.#sample(at)
      case 'list':
        return this.#see()
      case 'mean':
        return this.#average()
      case 'crash':
        return this.#crash(at)
      case 'rejoin':
        this.#isUp[0] = true
    }
  }

  #choose(at: number, number: number): void {
    const client = this.#clients[number]!
    const random = this.#random
    const isOld = at - client.listAt > LIST_GOOD_FOR || client.tries >= TRIES_UNTIL_LIST
    if (isOld || random.next() < LIST_LOST) {
      client.list = this.#list()
      client.listAt = at
    }
    const { gate, ms } = this.#policy.choose({
      list: client.list,
      tries: client.tries,
      random,
      roundTrip: asked => this.#roundTrip(client, asked),
      probe: asked => this.#pressure(asked),
    })
    this.#queue.push(at + (ms + this.#roundTrip(client, gate)) / 1_000, {
      kind: 'dial',
      client: number,
      gate,
    })
  }

  #dial(at: number, number: number, gate: number): void {
    const client = this.#clients[number]!
    if (!this.#isUp[gate] || this.#conns[gate]! >= this.#capacity) {
      this.refused++
      client.tries++
      this.#queue.push(at + this.#backOff(client), { kind: 'choose', client: number })
      return
    }
    this.#conns[gate]!++
    this.#begun[gate]!++
    client.gate = gate
    client.tries = 0
    this.sessions++
    this.roundTripsMs += this.#roundTrip(client, gate)
    const lasts = -SESSION * Math.log(1 - this.#random.next())
    this.#queue.push(at + lasts, { kind: 'end', client: number, session: ++client.session })
  }

  #ends(at: number, number: number, session: number): void {
    const client = this.#clients[number]!
    if (client.session !== session || client.gate < 0) return
    this.#conns[client.gate]!--
    client.gate = -1
    this.#queue.push(at + this.#random.next() * BACK_WITHIN, { kind: 'choose', client: number })
  }

  #crash(at: number): void {
    this.#isUp[0] = false
    this.#conns[0] = 0
    this.#clients.forEach((client, number) => {
      if (client.gate !== 0) return
      client.gate = -1
      client.session++
      this.#queue.push(at + this.#backOff(client), { kind: 'choose', client: number })
    })
  }

  #backOff({ tries }: Client): number {
    return this.#random.next() * Math.min(60, 2 ** Math.min(tries, 10))
  }

  #pressure(gate: number): Pressure | undefined {
    if (!this.#isUp[gate]) return undefined
    return { conns: this.#conns[gate]!, capacity: this.#capacity, mean: this.#mean, elu: 0 }
  }

  #roundTrip({ isp }: Client, gate: number): number {
    const random = this.#random
    const near = 30 * Math.exp(0.4 * gauss(random))
    return gate % ISPS === isp ? near : near + 50 * Math.exp(0.3 * gauss(random))
  }

  #see(): void {
    this.#listed = this.#up().map(gate => ({ gate, conns: this.#conns[gate]! }))
  }

  #average(): void {
    const up = this.#up()
    this.#mean = up.reduce((sum, gate) => sum + this.#conns[gate]!, 0) / up.length
  }

  #list(): readonly number[] {
    const gates = this.#listed.map(({ gate }) => gate)
    if (this.#policy.list === 'by load')
      return this.#listed.toSorted((a, b) => a.conns - b.conns).map(({ gate }) => gate)
    if (this.#policy.list === 'in turn') {
      const from = this.#turn++ % gates.length
      return [...gates.slice(from), ...gates.slice(0, from)]
    }
    for (let at = gates.length - 1; at > 0; at--) {
      const other = this.#random.below(at + 1)
      const gate = gates[at]!
      gates[at] = gates[other]!
      gates[other] = gate
    }
    return gates
  }

  #up(): number[] {
    return this.#isUp.flatMap((isUp, gate) => (isUp ? [gate] : []))
  }

  #sample(at: number): void {
    const conns = this.#up().map(gate => this.#conns[gate]!)
    const mean = conns.reduce((sum, each) => sum + each, 0) / conns.length
    const variance = conns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / conns.length
    const cv = mean === 0 ? 0 : Math.sqrt(variance) / mean
    this.samples.push({ at, cv, fill: Math.max(...conns) / this.#capacity })
    if (at > ARRIVALS)
      this.peakPerSecond = Math.max(this.peakPerSecond, ...this.#begun.map(n => n / SAMPLE_EVERY))
    this.#begun.fill(0)
  }
}

const ispOf = (share: number): number => {
  let sum = 0
  const isp = DEMAND.findIndex(part => share < (sum += part))
  return isp < 0 ? ISPS - 1 : isp
}

const gauss = (random: Seeded): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())

export { GATES, SESSION }
