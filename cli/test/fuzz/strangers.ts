import { CMD, edgeBody, encodeProbe, FrameWriter, PROBE_BYTES } from '@longwire/proto'
import { TRUNK, TRUNK_VERSION, trunkBody, TrunkWriter } from '@longwire/proto/trunk'
import {
  Backing,
  BUSINESS,
  CLUSTER_SECRET,
  GateProcess,
  LogicProcess,
} from '../simulation/cluster.ts'
import { type End, Network } from '../simulation/network.ts'
import { Host, Scheduler } from '../simulation/scheduler.ts'
import type { Target } from './codecs.ts'
import { type Dice, Mutator, probeSamples, samplesOf, vectorsOf } from './mutator.ts'

/** Errors that a process may log of bytes that no honest peer sends. */
const EXPECTED = /bytes on the trunk could not be used/

/** What clients send. */
const UPLINK: ReadonlySet<string> = new Set([
  'PING',
  'LOGIN',
  'LOGOUT',
  'C2S',
  'C2C',
  'PULL',
  'ACK',
  'PROBE',
  'TOKEN',
] satisfies (keyof typeof CMD)[])

/** A peer that begins well and then sends nonsense. */
interface Stranger {
  send(input: Buffer): void
}

/**
 * A real gate and a real logic node on the simulated network, and strangers at every door: a client
 * that has logged in, a gate and a backend that have said HELLO, a logic node that a gate has dialled.
 */
export class Strangers implements Target {
  readonly #dice: Dice
  readonly #edge: Mutator
  readonly #trunk: Mutator
  readonly #scheduler: Scheduler
  readonly #network: Network
  readonly #backing: Backing
  readonly #nodes: readonly (GateProcess | LogicProcess)[]
  readonly #strangers: readonly { readonly stranger: Stranger; readonly mutator: Mutator }[]
  #turn = 0
  readonly #faults: string[] = []

  constructor(dice: Dice) {
    this.#dice = dice
    const { frames, bad } = vectorsOf('edge')
    this.#edge = new Mutator(
      dice,
      samplesOf({ bad, frames: frames.filter(({ cmd }) => UPLINK.has(cmd)) }),
    )
    this.#trunk = new Mutator(dice, samplesOf(vectorsOf('trunk')))
    const probes = new Mutator(dice, probeSamples())
    this.#scheduler = new Scheduler(1 + dice.roll(1e9))
    this.#scheduler.fault = (host, error) =>
      this.#faults.push(`${host.name}: ${error instanceof Error ? error.stack : String(error)}`)
    this.#network = new Network(this.#scheduler)
    this.#backing = new Backing(this.#scheduler, text => this.#faults.push(text))
    const parts = {
      network: this.#network,
      backing: this.#backing,
      mutations: {},
      failed: (host: Host, line: string) => {
        if (!EXPECTED.test(line)) this.#faults.push(`${host.name} logged: ${line}`)
      },
    }
    const gate = new GateProcess('g1', parts)
    const logic = new LogicProcess('l1', parts)
    this.#nodes = [gate, logic]
    for (const node of this.#nodes) node.start()
    const dial = (address: string, prelude: () => Uint8Array, count: number): Stranger[] =>
      Array.from({ length: count }, (_, n) => {
        const host = new Host(this.#scheduler, `${address}-stranger-${n}@1`)
        return new Dialler(this.#network, host, { address, prelude })
      })
    this.#strangers = [
      ...dial(gate.address, login, 32).map(stranger => ({ stranger, mutator: this.#edge })),
      ...dial(gate.address, probe, 6).map(stranger => ({ stranger, mutator: this.#edge })),
      {
        stranger: new DatagramSender(gate, dice, text => this.#faults.push(text)),
        mutator: probes,
      },
      ...[
        ...dial('l1.trunk', () => hello('gate', CLUSTER_SECRET), 20),
        ...dial(logic.backendAddress, () => hello('backend', BUSINESS.key), 6),
        ...Array.from({ length: 2 }, () => new FalseLogic(this.#network, this.#scheduler)),
      ].map(stranger => ({ stranger, mutator: this.#trunk })),
    ]
  }

  async feed(): Promise<void> {
    const dice = this.#dice
    const { stranger, mutator } = this.#strangers[this.#turn]!
    // Some whole, so that what follows meets a peer that still listens.
    const input = dice.roll(4) === 0 ? Buffer.from(mutator.sample()) : mutator.next()
    for (const piece of mutator.pieces(input)) stranger.send(Buffer.from(piece))
    this.#turn = (this.#turn + 1) % this.#strangers.length
    if (this.#turn === 0) await this.settle()
  }

  async settle(): Promise<void> {
    for (const { stranger } of this.#strangers) {
      if (!(stranger instanceof FalseLogic)) continue
      const { name } = stranger
      const node = { role: 'logic', name, incarnation: '1', address: name } as const
      await this.#backing.nodes.announce(node, 3_000)
    }
    await this.#scheduler.run(120)
    if (this.#faults.length > 0) throw new Error(this.#faults.slice(0, 3).join('\n'))
    for (const { alive, id } of this.#nodes) if (!alive) throw new Error(`${id} is gone`)
  }
}

let dials = 0
const BACKLOG_MAX = 16

/** Dials, says what is proper, then sends what it is given; dials again when it is hung up on. */
class Dialler implements Stranger {
  readonly #network: Network
  readonly #host: Host
  readonly #door: { readonly address: string; readonly prelude: () => Uint8Array }
  #end: End | undefined
  #dialling = false
  #backlog: Buffer[] = []

  constructor(network: Network, host: Host, door: Dialler['door']) {
    this.#network = network
    this.#host = host
    this.#door = door
  }

  get door(): { readonly address: string; readonly prelude: () => Uint8Array } {
    return this.#door
  }

  send(input: Buffer): void {
    if (this.#end !== undefined && !this.#end.over) return this.#end.write(input)
    if (this.#backlog.length < BACKLOG_MAX) this.#backlog.push(input)
    if (this.#dialling) return
    this.#dialling = true
    this.#network.dial(this.#host, this.#door.address, end => {
      this.#dialling = false
      this.#end = end
      end?.listen({ data: () => undefined, closed: () => undefined })
      end?.write(this.#door.prelude())
      // The answer to the prelude first, so that what follows meets a session.
      this.#host.clock.after(50, () => {
        for (const input of this.#backlog.splice(0)) end?.write(input)
      })
    })
  }
}

/** Sends datagrams from everywhere. What comes back is never larger than what was sent. */
class DatagramSender implements Stranger {
  readonly #gate: GateProcess
  readonly #dice: Dice
  #sent = PROBE_BYTES

  constructor(gate: GateProcess, dice: Dice, fault: (text: string) => void) {
    this.#gate = gate
    this.#dice = dice
    gate.answered = bytes => {
      if (bytes.length > this.#sent) fault(`${bytes.length} bytes answer ${this.#sent}`)
    }
  }

  send(input: Buffer): void {
    this.#sent = input.length
    const ip = `10.0.${this.#dice.roll(256)}.${this.#dice.roll(256)}`
    this.#gate.datagram(input, 1 + this.#dice.roll(65_535), ip)
    // The answer may be held for longer than until the next datagram: from here on any probe may be answered.
    this.#sent = PROBE_BYTES
  }
}

/** A node in the registry that a gate takes for a logic node. */
class FalseLogic implements Stranger {
  readonly name: string = `evil-${++dials}`
  readonly #ends = new Set<End>()

  constructor(network: Network, scheduler: Scheduler) {
    const host = new Host(scheduler, `${this.name}@1`)
    network.listen(host, this.name, end => {
      this.#ends.add(end)
      end.listen({ data: () => undefined, closed: () => this.#ends.delete(end) })
      end.write(hello('logic', ''))
      return true
    })
  }

  send(input: Buffer): void {
    for (const end of this.#ends) end.write(input)
  }
}

const login = (): Uint8Array => {
  const writer = new FrameWriter()
  const uid = `u${++dials % 50}`
  const body = { uid, appcode: 1, device: 'stranger', token: 't', dial: dials }
  writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode(body).finish())
  return writer.take()
}

const probe = (): Uint8Array => {
  const writer = new FrameWriter()
  writer.raw(CMD.PROBE, 0, encodeProbe(Buffer.alloc(8, ++dials), 1))
  return writer.take()
}

const hello = (role: string, key: string): Uint8Array => {
  const writer = new TrunkWriter()
  const body = {
    node: `evil-${dials % 50}`,
    incarnation: String(++dials),
    role,
    version: TRUNK_VERSION,
    key,
  }
  const cmd = role === 'logic' ? TRUNK.HELLO_ACK : TRUNK.HELLO
  writer.frame(cmd, '', trunkBody.Hello.encode(body).finish())
  return writer.take()
}
