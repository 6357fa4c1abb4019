import type { Datagrams, OpenDatagrams } from './datagrams.ts'
import type { ProbeCounters } from './probe-counters.ts'
import type { Prober, Probes } from './probes.ts'

/** Probes that come as datagrams. Each is answered with as many bytes as it had, or not at all. */
export class UdpProber implements Prober {
  readonly path = 'udp'
  readonly #probes: Probes
  readonly #counters: ProbeCounters
  readonly #ports: Uint16Array
  readonly #ips: string[] = []
  readonly #doors: Uint8Array
  readonly #open: Datagrams[] = []

  constructor(probes: Probes, counters: ProbeCounters, held: number) {
    this.#probes = probes
    this.#counters = counters
    this.#ports = new Uint16Array(held)
    this.#doors = new Uint8Array(held)
  }

  /** Also takes datagrams at `host:port`. */
  async listen(open: OpenDatagrams, address: string): Promise<void> {
    const door = this.#open.length
    const datagrams = await open(address, (bytes, port, ip) => {
      const ticket = this.#probes.take(this, ip, bytes)
      if (ticket < 0) return
      this.#ports[ticket] = port
      this.#ips[ticket] = ip
      this.#doors[ticket] = door
      this.#probes.hold(ticket)
    })
    this.#open.push(datagrams)
  }

  answer(ticket: number, ack: Uint8Array): void {
    const door = this.#open[this.#doors[ticket]!]
    if (door?.send(ack, this.#ports[ticket]!, this.#ips[ticket]!) !== true)
      this.#counters.dropped('unsent').add()
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(datagrams => datagrams.close()))
  }
}
