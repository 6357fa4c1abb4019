import {
  CMD,
  Deframer,
  edgeBody,
  FrameFields,
  type FrameView,
  type Partial,
  ProtocolError,
} from '@longwire/proto'
import {
  decodePublish,
  eachEntry,
  TrunkError,
  TrunkReader,
  trunkBody,
  type TrunkView,
} from '@longwire/proto/trunk'
import { type Dice, Mutator, samplesOf, vectorsOf } from './mutator.ts'

/** Something that reads what strangers send. `feed` throws where an input did what it must not. */
export interface Target {
  feed(): void | Promise<void>
  /** After some thousand inputs. */
  settle?(): Promise<void>
}

const MAX = 4_096
const GUARD = 64

interface Decoder {
  decode(bytes: Uint8Array): unknown
}

/** What protobuf may say of bytes: anything but a fault of the program. */
const decodes = (decoder: Decoder, bytes: Uint8Array): void => {
  try {
    decoder.decode(bytes)
  } catch (error) {
    if (!(error instanceof Error) || /call stack/.test(error.message)) throw error
    // TextDecoder says so of text that is none.
    if (error instanceof TypeError && !/utf-8/.test(error.message)) throw error
  }
}

/** Pushes split input between poison: what is read beyond it, or kept beyond the limit, is a fault. */
export class EdgeCodec implements Target {
  readonly #dice: Dice
  readonly #mutator: Mutator
  readonly #fields = new FrameFields()
  readonly #bodies: readonly Decoder[] = Object.values(edgeBody)
  readonly #deframer: Deframer<EdgeCodec>
  #arena = new Uint8Array(0)
  #end = 0
  #fault = ''

  constructor(dice: Dice) {
    this.#dice = dice
    this.#mutator = new Mutator(dice, samplesOf(vectorsOf('edge')))
    this.#deframer = new Deframer<EdgeCodec>({
      maxPayload: () => MAX,
      frame: (_, view) => this.#frame(view),
    })
  }

  feed(): void {
    const input = this.#mutator.next()
    this.#arena = new Uint8Array(input.length + 2 * GUARD).fill(CMD.PONG << 3)
    this.#arena.set(input, GUARD)
    this.#end = GUARD + input.length
    let partial: Partial | undefined
    let at = GUARD
    try {
      for (const { length } of this.#mutator.pieces(input)) {
        partial = this.#deframer.push(this, partial, this.#arena.subarray(at, at + length))
        at += length
        if (partial !== undefined && partial.bytes.length > MAX + 4)
          this.#fault = `${partial.bytes.length} bytes are kept`
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
    }
    if (this.#fault !== '') throw new Error(`${this.#fault}: ${input.toString('hex')}`)
  }

  #frame(view: FrameView): boolean {
    const { bytes, extStart, extEnd, start, end } = view
    const within = bytes.buffer === this.#arena.buffer
    if (end > bytes.length || (within && bytes.byteOffset + end > this.#end))
      this.#fault = `read to ${end}`
    if (extStart > extEnd || extEnd > start || start > end) this.#fault = 'regions overlap'
    this.#fields.extensions(view)
    this.#readFields(view)
    const body = bytes.subarray(this.#fields.bodyStart, end)
    decodes(this.#bodies[this.#dice.roll(this.#bodies.length)]!, body)
    return true
  }

  #readFields(view: FrameView): void {
    const fields = this.#fields
    fields.bodyStart = view.start
    if (view.cmd === CMD.DATA) fields.data(view)
    else if (view.cmd === CMD.PULL_RESP) fields.pullResp(view)
    else if (TWO.has(view.cmd)) fields.two(view)
    else if (ONE.has(view.cmd)) fields.one(view)
  }
}

const ONE: ReadonlySet<number> = new Set([CMD.KICK, CMD.ERROR, CMD.NOTIFY, CMD.ACK])
const TWO: ReadonlySet<number> = new Set([CMD.C2S, CMD.C2C, CMD.SEND_ACK, CMD.PULL])

/** Trunk frames, the lists and prefixes in their bodies, and every message of the trunk. */
export class TrunkCodec implements Target {
  readonly #dice: Dice
  readonly #mutator: Mutator
  readonly #bodies: readonly Decoder[] = Object.values(trunkBody)

  constructor(dice: Dice) {
    this.#dice = dice
    this.#mutator = new Mutator(dice, samplesOf(vectorsOf('trunk')))
  }

  feed(): void {
    const input = this.#mutator.next()
    const reader = new TrunkReader(view => this.#frame(view))
    reader.bodyMax = MAX
    try {
      for (const piece of this.#mutator.pieces(input)) reader.push(piece)
    } catch (error) {
      if (!(error instanceof TrunkError)) throw error
    }
  }

  #frame(view: TrunkView): void {
    let entries = 0
    eachEntry(view.body, ({ uid, device }) => (entries += 1 + uid.length + device.length))
    if (entries > view.body.length) throw new Error('entries out of nothing')
    const publish = decodePublish(view.body, view.reserve)
    if (publish !== undefined && publish.content.length > view.body.length)
      throw new Error('content out of nothing')
    decodes(this.#bodies[this.#dice.roll(this.#bodies.length)]!, view.body)
  }
}
