import { type Clock, type Link, LOAD_FULL, type Logger, type NodeInfo } from '@longwire/kit'
import {
  TRUNK,
  TRUNK_VERSION,
  trunkBody,
  TrunkReader,
  type TrunkView,
  TrunkWriter,
} from '@longwire/proto/trunk'

/** What a link reports. `frame` and `batchEnd` come only while it is up. */
export interface LinkEvents {
  up(link: LogicLink): void
  frame(link: LogicLink, view: TrunkView): void
  /** All frames of a chunk were reported. */
  batchEnd(): void
  down(link: LogicLink): void
}

export interface LinkIdentity {
  readonly node: NodeInfo
  readonly secret: string
}

const PING_MS = 1_000
export const SILENCE_MS = 3_000
/** Written at once, not at the end of the turn: keeps the writer's chunk from growing. */
const FLUSH_BYTES = 128 * 1024
const LEAVING = 255
const LOAD_EASY: number = (LOAD_FULL * 3) / 4

/** The trunk to one logic node: HELLO, heartbeats, frames gathered into one write. */
export class LogicLink {
  readonly name: string
  /** Number of this link: never used twice. */
  readonly number: number
  up = false
  /** It said that it leaves: new requests go elsewhere. */
  leaving = false
  /** It said that it is at its bounds: who can choose asks another one. */
  overloaded = false
  /** Acknowledgements that wait for the next tick. */
  acks: Buffer[] = []
  readonly #link: Link
  readonly #clock: Clock
  readonly #log: Logger
  readonly #events: LinkEvents
  readonly #writer: TrunkWriter = new TrunkWriter()
  #scheduled = false
  #closed = false
  #lastRx: number
  #lastBeat: number
  readonly #flush = (): void => {
    this.#scheduled = false
    this.#write()
  }

  constructor(
    name: string,
    number: number,
    link: Link,
    parts: { clock: Clock; log: Logger; events: LinkEvents },
  ) {
    this.name = name
    this.number = number
    this.#link = link
    this.#clock = parts.clock
    this.#log = parts.log
    this.#events = parts.events
    this.#lastRx = this.#lastBeat = parts.clock.monotonic()
  }

  /** Bytes that the node has not taken yet. */
  get bufferedBytes(): number {
    return this.#link.bufferedBytes + this.#writer.size
  }

  start(identity: LinkIdentity): void {
    const { node, secret } = identity
    const reader = new TrunkReader(view => this.#received(view))
    this.#link.open({
      data: chunk => this.#data(reader, chunk),
      closed: () => this.#down(),
    })
    const hello = {
      node: node.name,
      incarnation: node.incarnation,
      role: 'gate',
      version: TRUNK_VERSION,
      key: secret,
    }
    this.writer().frame(TRUNK.HELLO, '', trunkBody.Hello.encode(hello).finish())
  }

  /** The writer: what is put into it now leaves at the end of this turn. */
  writer(): TrunkWriter {
    if (this.#writer.size >= FLUSH_BYTES) this.#write()
    if (!this.#scheduled) {
      this.#scheduled = true
      this.#clock.soon(this.#flush)
    }
    return this.#writer
  }

  #write(): void {
    if (!this.#closed && this.#writer.size > 0) this.#link.write(this.#writer.take())
  }

  /** Once a second: a PING, and the end of a link that has been silent. */
  beat(): void {
    const now = this.#clock.monotonic()
    // After a stall of our own, what the other side sent meanwhile is yet to be read.
    if (now - this.#lastBeat > 2 * PING_MS) this.#lastRx = now
    this.#lastBeat = now
    if (now - this.#lastRx > SILENCE_MS) {
      this.close('silent')
      return
    }
    this.writer().frame(TRUNK.PING, '')
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#log.warn({ logic: this.name, reason }, 'trunk link closed')
    this.#flush()
    this.#link.close()
    this.#down()
  }

  #data(reader: TrunkReader, chunk: Buffer): void {
    if (this.#closed) return
    this.#lastRx = this.#clock.monotonic()
    try {
      reader.push(chunk)
    } catch (error) {
      this.#log.error({ logic: this.name, error }, 'bytes on the trunk could not be used')
      this.close('broken')
    }
    this.#events.batchEnd()
  }

  #received(view: TrunkView): void {
    if (this.#closed) return
    if (view.cmd === TRUNK.PING) this.writer().frame(TRUNK.PONG, '')
    else if (view.cmd === TRUNK.PONG) return
    else if (view.cmd === TRUNK.LOAD) this.#loaded(view.reserve)
    else if (this.up) this.#events.frame(this, view)
    else this.#answered(view)
  }

  #loaded(load: number): void {
    this.leaving = load === LEAVING
    // In between it stays what it was, so that gates do not all run to and fro.
    if (load >= LOAD_FULL) this.overloaded = true
    else if (load < LOAD_EASY) this.overloaded = false
  }

  #answered(view: TrunkView): void {
    if (view.cmd !== TRUNK.HELLO_ACK) {
      this.close(`command ${view.cmd} came before HELLO_ACK`)
      return
    }
    const answer = trunkBody.Hello.decode(view.body)
    if (answer.message !== '' || answer.role !== 'logic') {
      this.close(
        answer.message === '' ? `role ${answer.role} answered, logic was expected` : answer.message,
      )
      return
    }
    this.up = true
    this.#log.info({ logic: this.name }, 'trunk link up')
    this.#events.up(this)
  }

  #down(): void {
    if (this.#closed) return
    this.#closed = true
    this.up = false
    this.#events.down(this)
  }
}
