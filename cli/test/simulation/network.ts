import type { Dial, Link, LinkHandlers, LinkServer } from '@longwire/kit'
import type { Host, Scheduler } from './scheduler.ts'

/** What happens to one side of a connection. */
export interface EndHandlers {
  data(bytes: Buffer): void
  /** Once. `code`: what the other side said; `reset`: it vanished. */
  closed(reset: boolean, code: number): void
}

/** One side of a connection between two hosts: bytes arrive in order, or not at all. */
export class End {
  readonly host: Host
  readonly #network: Network
  #peer: End | undefined
  #handlers: EndHandlers | undefined
  /** What came before anybody listened. */
  #early: (() => void)[] = []
  #arrival = 0
  #underWay = 0
  #over = false
  /** Bytes vanish and nobody is told. */
  lost = false
  /** Nothing arrives before this time. */
  stalledUntil = 0
  /** Called once nothing that was written is under way any more. */
  drained: (() => void) | undefined

  constructor(network: Network, host: Host) {
    this.#network = network
    this.host = host
  }

  join(peer: End): void {
    this.#peer = peer
    peer.#peer = this
  }

  get peer(): End {
    return this.#peer!
  }

  get over(): boolean {
    return this.#over
  }

  get bufferedBytes(): number {
    return this.#underWay
  }

  listen(handlers: EndHandlers): void {
    this.#soon(() => {
      this.#handlers = handlers
      const early = this.#early
      this.#early = []
      for (const happened of early) happened()
    })
  }

  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return
    this.#underWay += bytes.length
    if (this.lost) return
    const { scheduler } = this.#network
    const cut =
      bytes.length > 1 && scheduler.chance(0.05)
        ? 1 + scheduler.int(bytes.length - 1)
        : bytes.length
    this.#send(bytes.subarray(0, cut))
    if (cut < bytes.length) this.#send(bytes.subarray(cut))
  }

  /** Ends the connection: the other side gets what was written, then hears of it. */
  close(code = 0): void {
    this.#end(false, code)
  }

  /** Ends it at once: what is under way may be lost. */
  destroy(): void {
    this.#end(true, 0)
  }

  /** The network gives the connection up: both sides hear of it, if they can. */
  cut(): void {
    const { scheduler } = this.#network
    for (const end of [this, this.peer]) {
      end.lost = true
      scheduler.add(end.host, scheduler.random() * 50, () => end.#finish(true, 0))
    }
  }

  #send(bytes: Uint8Array): void {
    const { peer } = this
    this.#deliver(() => {
      this.#underWay -= bytes.length
      if (this.#underWay === 0 && this.drained !== undefined) this.#soon(this.drained)
      if (peer.#over) return
      const chunk = Buffer.from(bytes)
      peer.#handle(() => peer.#handlers?.data(chunk))
    })
  }

  #deliver(arrive: () => void): void {
    const { scheduler } = this.#network
    const at = scheduler.now + this.#network.latency()
    this.#arrival = Math.max(this.#arrival, at, this.stalledUntil)
    scheduler.add(this.peer.host, this.#arrival - scheduler.now, () => {
      if (!this.lost) arrive()
    })
  }

  #end(reset: boolean, code: number): void {
    if (this.#over) return
    this.#soon(() => this.#finish(false, 0))
    if (!this.lost) {
      if (reset && this.#network.scheduler.chance(0.5)) this.#arrival = 0
      this.#deliver(() => this.peer.#finish(reset, code))
    }
    this.#over = true
  }

  /** Also for a host that dies: its kernel hangs up, or its machine does not. */
  die(silent: boolean): void {
    if (silent) this.lost = this.peer.lost = true
    else this.#end(true, 0)
  }

  #finish(reset: boolean, code: number): void {
    this.#handle(() => {
      this.#over = true
      this.#network.forget(this)
      const handlers = this.#handlers
      this.#handlers = undefined
      this.#early = []
      handlers?.closed(reset, code)
    })
  }

  #handle(happened: () => void): void {
    if (this.#handlers === undefined && !this.#over) this.#early.push(happened)
    else happened()
  }

  #soon(run: () => void): void {
    this.#network.scheduler.add(this.host, 0, run)
  }
}

type Accept = (end: End) => boolean

/** Hosts, addresses, and the connections between them. */
export class Network {
  readonly scheduler: Scheduler
  /** Factor on every latency. */
  slowness = 1
  readonly #listening = new Map<string, { readonly host: Host; readonly accept: Accept }>()
  readonly #ends = new Set<End>()
  /** Pairs of host names between which nothing passes. */
  readonly #parted = new Set<string>()

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  /** Milliseconds: mostly short, at times long. */
  latency(): number {
    const { scheduler, slowness } = this
    const base = scheduler.chance(0.03) ? 200 * scheduler.random() : 3 * scheduler.random()
    return slowness * (0.1 + base)
  }

  listen(host: Host, address: string, accept: Accept): void {
    this.#listening.set(address, { host, accept })
  }

  unlisten(address: string): void {
    this.#listening.delete(address)
  }

  /** Calls back on the host that dials; never where packets vanish. */
  dial(from: Host, address: string, done: (end: End | undefined) => void): void {
    const { scheduler } = this
    const server = this.#listening.get(address)
    if (server === undefined || !server.host.alive) {
      scheduler.add(from, this.latency(), () => done(undefined))
      return
    }
    if (this.isParted(from, server.host)) return
    scheduler.add(server.host, this.latency(), () => {
      const mine = new End(this, from)
      const theirs = new End(this, server.host)
      mine.join(theirs)
      this.#ends.add(mine).add(theirs)
      const accepted = this.#listening.get(address) === server && server.accept(theirs)
      if (!accepted) {
        this.forget(mine)
        this.forget(theirs)
      }
      scheduler.add(from, this.latency(), () => done(accepted ? mine : undefined))
    })
  }

  forget(end: End): void {
    this.#ends.delete(end)
  }

  /** Connections of a host, or between two. */
  between(one: Host, other?: Host): End[] {
    return [...this.#ends].filter(
      end => end.host === one && (other === undefined || end.peer.host === other),
    )
  }

  /** kill -9 closes what a process had open; a machine that loses power says nothing. */
  hostDied(host: Host, silent: boolean): void {
    for (const [address, server] of this.#listening)
      if (server.host === host) this.#listening.delete(address)
    for (const end of this.between(host)) {
      end.die(silent)
      this.forget(end)
    }
  }

  isParted(one: Host, other: Host): boolean {
    return this.#parted.has(pairOf(one, other))
  }

  /** Nothing passes any more; what was open is lost for good, or (`stall`) goes on after `ms`. */
  part(one: Host, other: Host, ms: number, stall: boolean): void {
    const pair = pairOf(one, other)
    if (!stall) this.#parted.add(pair)
    for (const end of this.between(one, other)) {
      if (stall) end.stalledUntil = end.peer.stalledUntil = this.scheduler.now + ms
      else end.lost = end.peer.lost = true
    }
  }

  join(): void {
    this.#parted.clear()
  }
}

const pairOf = (one: Host, other: Host): string => [one.name, other.name].sort().join(' | ')

/** {@link Link} over a simulated connection. */
class SimulatedLink implements Link {
  readonly remote: string
  readonly #end: End

  constructor(end: End) {
    this.#end = end
    this.remote = end.peer.host.name
  }

  get bufferedBytes(): number {
    return this.#end.bufferedBytes
  }

  open(handlers: LinkHandlers): void {
    this.#end.listen({
      data: bytes => handlers.data(bytes),
      closed: () => handlers.closed(),
    })
  }

  write(bytes: Buffer): void {
    this.#end.write(bytes)
  }

  close(): void {
    this.#end.close()
  }
}

export const linkServer = (network: Network, host: Host, address: string): LinkServer => ({
  listen(onLink) {
    network.listen(host, address, end => {
      onLink(new SimulatedLink(end))
      return true
    })
    return Promise.resolve(address)
  },
  close() {
    network.unlisten(address)
    for (const end of network.between(host)) if (!end.over) end.close()
    return Promise.resolve()
  },
})

const DIAL_MS = 3_000

export const linkDial =
  (network: Network, host: Host): Dial =>
  address =>
    new Promise((resolve, reject) => {
      const patience = host.clock.after(DIAL_MS, () => reject(new Error(`${address} is silent`)))
      network.dial(host, address, end => {
        patience.cancel()
        if (end === undefined) reject(new Error(`nobody listens at ${address}`))
        else resolve(new SimulatedLink(end))
      })
    })
