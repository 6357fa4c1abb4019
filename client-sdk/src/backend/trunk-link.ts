import { TRUNK, TrunkReader, TrunkWriter, type TrunkView } from '@longwire/proto/trunk'
import type { Clock, Timer } from '../clock.ts'
import { textOf } from '../errors.ts'

const BEAT_MS = 1_000
const SILENCE_MS = 3_000
const HELLO_MS = 5_000

/** What a link needs of a socket. */
export interface ByteStream {
  readonly writableNeedDrain: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'drain' | 'close', listener: () => void): unknown
  write(bytes: Uint8Array): unknown
  /** Hangs up after what was written. */
  destroySoon(): void
  destroy(): void
}

/** What a link tells: `ended` at most once and last, not after `close`. */
export interface TrunkLinkSide {
  /** Every frame but PING and PONG. The view is only valid until this returns. */
  frame(view: TrunkView): void
  drained(): void
  ended(reason: string): void
}

/** One connection: HELLO, beats, frames both ways. */
export class TrunkLink {
  readonly writer: TrunkWriter = new TrunkWriter()
  readonly #socket: ByteStream
  readonly #clock: Clock
  readonly #side: TrunkLinkSide
  #heardMs: number
  #beatMs: number
  #beat: Timer
  #over = false

  constructor(socket: ByteStream, hello: Uint8Array, clock: Clock, side: TrunkLinkSide) {
    this.#clock = clock
    this.#side = side
    this.#heardMs = this.#beatMs = clock.monotonic()
    this.#beat = clock.after(HELLO_MS, () => this.#end(`no HELLO_ACK within ${HELLO_MS} ms`))
    this.#socket = socket
    const reader = new TrunkReader(view => this.#frame(view))
    this.#socket.on('data', (chunk: Buffer) => this.#data(reader, chunk))
    this.#socket.on('drain', () => this.#side.drained())
    this.#socket.on('error', error => this.#end(error.message))
    this.#socket.on('close', () => this.#end('the connection was closed'))
    this.writer.frame(TRUNK.HELLO, '', hello)
    this.flush()
  }

  /** False while the kernel takes no more. */
  get writable(): boolean {
    return !this.#socket.writableNeedDrain
  }

  /** HELLO was accepted: from now on silence is death. */
  opened(): void {
    this.#beat.cancel()
    this.#heardMs = this.#beatMs = this.#clock.monotonic()
    this.#beat = this.#clock.after(BEAT_MS, () => this.#onBeat())
  }

  flush(): void {
    if (this.writer.size > 0) this.#socket.write(this.writer.take())
  }

  /** Hangs up after what was written; `ended` is not called. */
  close(): void {
    this.#over = true
    this.#beat.cancel()
    this.#socket.destroySoon()
  }

  #data(reader: TrunkReader, chunk: Buffer): void {
    this.#heardMs = this.#clock.monotonic()
    try {
      reader.push(chunk)
    } catch (thrown) {
      this.#end(textOf(thrown))
    }
    if (!this.#over) this.flush()
  }

  #frame(view: TrunkView): void {
    if (this.#over) return
    if (view.cmd === TRUNK.PING) this.writer.frame(TRUNK.PONG, '')
    else if (view.cmd !== TRUNK.PONG) this.#side.frame(view)
  }

  #onBeat(): void {
    const now = this.#clock.monotonic()
    // Where this process itself stood still, what the other side sent is yet to be read.
    if (now - this.#beatMs > 2 * BEAT_MS) this.#heardMs = now
    this.#beatMs = now
    if (now - this.#heardMs > SILENCE_MS) {
      this.#end('the other side is silent')
      return
    }
    this.writer.frame(TRUNK.PING, '')
    this.flush()
    this.#beat = this.#clock.after(BEAT_MS, () => this.#onBeat())
  }

  #end(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#beat.cancel()
    this.#socket.destroy()
    this.#side.ended(reason)
  }
}
