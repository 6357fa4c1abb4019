import type { Transport } from '@longwire/client'
import type { GateSide, Listener } from '@longwire/gate'
import { SLOW_BYTES } from '@longwire/gate/internal'
import {
  CMD,
  Deframer,
  edgeBody,
  FLAG_EXT,
  FLAG_F,
  type FrameView,
  FrameWriter,
  LIMITS,
  type Partial,
} from '@longwire/proto'
import type { End, Network } from './network.ts'
import type { Host, Scheduler } from './scheduler.ts'

/** A gate's WebSocket listener on the simulated network. */
export const edgeListener = (network: Network, host: Host, address: string): Listener => {
  let closing = false
  const accepted = new Set<End>()
  return {
    transport: 'ws',
    listen(gate) {
      network.listen(host, address, end => !closing && accept(gate, end, accepted))
      return Promise.resolve(address)
    },
    stopAccepting() {
      closing = true
    },
    tick: () => undefined,
    reload: () => Promise.resolve(false),
    close() {
      closing = true
      network.unlisten(address)
      for (const end of accepted) end.destroy()
      accepted.clear()
      return Promise.resolve()
    },
  }
}

const accept = (gate: GateSide, end: End, accepted: Set<End>): boolean => {
  const connection = {
    write(bytes: Uint8Array) {
      end.write(bytes)
      if (end.bufferedBytes < SLOW_BYTES) return
      end.drained = () => {
        end.drained = undefined
        if (!end.over) gate.drained(slot)
      }
    },
    bufferedBytes: () => end.bufferedBytes,
    end: (code: number) => end.close(code),
    destroy: () => end.destroy(),
  }
  const ip = ipOf(end.peer.host)
  const slot = gate.opened(connection, ip, gate.arrived(ip))
  // Refused, and told so.
  if (slot < 0) return true
  accepted.add(end)
  end.listen({
    data(bytes) {
      gate.received(slot, bytes)
      // Only valid until it returns: a gate that keeps it shall see that.
      bytes.fill(0xee)
    },
    closed(reset) {
      accepted.delete(end)
      gate.closed(slot, reset)
    },
  })
  return true
}

/** Each device has an address of its own. */
const ipOf = ({ name }: Host): string => {
  let hash = 0
  for (const char of name.slice(0, name.indexOf('@'))) hash = (hash * 31 + char.charCodeAt(0)) % 250
  return `10.0.0.${1 + hash}`
}

/** What a device learns from the wire that its app is not told. */
export interface Wiretap {
  loginSent(): void
  loggedIn(ack: edgeBody.LoginAck, gate: string): void
}

/** Which frames a hostile network may do what to. */
const MAY_DROP: ReadonlySet<number> = new Set([CMD.DATA, CMD.NOTIFY, CMD.ACK, CMD.MIGRATE])
const MAY_REPEAT: ReadonlySet<number> = new Set([
  CMD.DATA,
  CMD.NOTIFY,
  CMD.PULL_RESP,
  CMD.ACK,
  CMD.MIGRATE,
])
const MAY_SWAP: ReadonlySet<number> = new Set([CMD.DATA, CMD.NOTIFY, CMD.MIGRATE])

// Frames are taken out at once, so all streams share it.
const writer = new FrameWriter()

export interface Frame {
  readonly cmd: number
  readonly bytes: Uint8Array
}

/** Cuts a stream into frames, loses, repeats and swaps some, and puts the rest together again. */
class FrameStream {
  readonly #scheduler: Scheduler
  readonly #faults: FrameFaults
  readonly #view: (view: FrameView) => void
  readonly #deframer: Deframer<FrameStream>
  #partial: Partial | undefined
  #frames: Frame[] = []
  #kept: Frame | undefined

  constructor(scheduler: Scheduler, faults: FrameFaults, view: (view: FrameView) => void) {
    this.#scheduler = scheduler
    this.#faults = faults
    this.#view = view
    this.#deframer = new Deframer<FrameStream>({
      frame: (_, frame) => this.#frame(frame),
      maxPayload: () => LIMITS.encodableBytes,
    })
  }

  /** What is left of `bytes`. */
  through(bytes: Uint8Array): Uint8Array {
    this.#partial = this.#deframer.push(this, this.#partial, bytes)
    const frames = this.#frames
    this.#frames = []
    const through: Uint8Array[] = []
    for (const frame of frames) this.#pass(frame, through)
    return Buffer.concat(through)
  }

  #frame(view: FrameView): boolean {
    this.#view(view)
    const whole = view.extStart === view.extEnd ? view.start : view.extStart - 1
    if (view.cmd <= CMD.PONG && view.start === view.end && view.extStart === view.extEnd)
      writer.byte(view.cmd << 3)
    else {
      const flags = (view.flag ? FLAG_F : 0) | (view.extStart === view.extEnd ? 0 : FLAG_EXT)
      writer.raw(view.cmd, flags, view.bytes.subarray(whole, view.end))
    }
    this.#frames.push({ cmd: view.cmd, bytes: writer.take() })
    return true
  }

  #pass(frame: Frame, through: Uint8Array[]): void {
    const scheduler = this.#scheduler
    const { share, mutate } = this.#faults
    const bytes = mutate?.(frame) ?? frame.bytes
    if (MAY_DROP.has(frame.cmd) && scheduler.chance(share)) return
    if (this.#kept === undefined && MAY_SWAP.has(frame.cmd) && scheduler.chance(share)) {
      this.#kept = { ...frame, bytes }
      return
    }
    through.push(bytes)
    if (MAY_REPEAT.has(frame.cmd) && scheduler.chance(share)) through.push(bytes)
    if (this.#kept === undefined) return
    through.push(this.#kept.bytes)
    this.#kept = undefined
  }
}

export interface FrameFaults {
  /** Of frames that are lost, repeated or swapped: 0 to 1. */
  share: number
  /** A bug in the gate: what it sent instead. */
  mutate?: (frame: Frame) => Uint8Array | undefined
}

export interface Line {
  readonly network: Network
  readonly host: Host
  readonly faults: FrameFaults
  readonly tap: Wiretap
}

/** The SDK's way to a gate: `ws://<address>`. */
export const edgeTransport = ({ network, host, faults, tap }: Line): Transport => ({
  connect: (url, handlers, signal) =>
    new Promise((resolve, reject) => {
      const address = new URL(url).host
      let abandoned = false
      signal.addEventListener('abort', () => {
        abandoned = true
        reject(new Error('called off'))
      })
      network.dial(host, address, end => {
        if (end === undefined) return reject(new Error(`nobody listens at ${address}`))
        if (abandoned) return end.destroy()
        const { scheduler } = network
        const watch = (view: FrameView): void => {
          if (view.cmd === CMD.LOGIN_ACK)
            tap.loggedIn(edgeBody.LoginAck.decode(view.payload()), end.peer.host.name)
        }
        const down = new FrameStream(scheduler, faults, watch)
        const up = new FrameStream(scheduler, faults, view => {
          if (view.cmd === CMD.LOGIN) tap.loginSent()
        })
        let open = true
        end.listen({
          data(bytes) {
            const rest = open ? down.through(bytes) : EMPTY
            if (rest.length > 0) handlers.received(rest)
            rest.fill(0xee)
          },
          closed(_, code) {
            if (open) handlers.closed(code === 0 ? undefined : code)
            open = false
          },
        })
        resolve({
          write(bytes) {
            if (open) end.write(up.through(bytes))
          },
          close() {
            open = false
            end.close()
          },
        })
      })
    }),
})

const EMPTY = new Uint8Array(0)
