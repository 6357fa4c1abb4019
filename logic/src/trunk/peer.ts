import type { Clock, Link, Logger, NodeInfo, Timer } from '@longwire/kit'
import {
  TRUNK,
  TRUNK_VERSION,
  TrunkError,
  TrunkReader,
  TrunkWriter,
  trunkBody,
  type TrunkView,
} from '@longwire/proto/trunk'

/** Who a link's other side says it is. */
export interface Hello {
  readonly node: string
  readonly incarnation: string
  readonly role: string
  readonly version: number
  readonly key: string
}

export interface PeerSide {
  /** Judges the HELLO; a text refuses the link and is told to the other side. */
  hello(hello: Hello): string | undefined
  /** HELLO was accepted and answered. */
  opened?(): void
  /** A frame after HELLO other than PING and PONG. The view is reused: copy what is kept. */
  frame(view: TrunkView): void
  /** Called once, also if HELLO never came or was refused. */
  closed(): void
}

export interface PeerContext {
  readonly self: NodeInfo
  readonly clock: Clock
  readonly log: Logger
}

const BEAT_MS = 1_000
const SILENCE_MS = 3_000
const HELLO_MS = 5_000
/** Time a refusal has to reach the other side before the link is closed. */
const REFUSAL_MS = 200
/** Written at once, not at the end of the turn: keeps the writer's chunk from growing. */
const FLUSH_BYTES = 128 * 1024

/** One accepted trunk link: HELLO, beats, and one write per turn. */
export class TrunkPeer {
  readonly writer = new TrunkWriter()
  readonly #link: Link
  readonly #side: PeerSide
  readonly #context: PeerContext
  readonly #reader: TrunkReader
  readonly #openedMs: number
  #heardMs: number
  #beatMs: number
  #state: 'new' | 'open' | 'closed' = 'new'
  /** Refused or cut: what still arrives means nothing. */
  #deaf = false
  #scheduled = false
  #beat: Timer | undefined

  constructor(link: Link, side: PeerSide, context: PeerContext) {
    this.#link = link
    this.#side = side
    this.#context = context
    this.#reader = new TrunkReader(view => this.#frame(view))
    this.#openedMs = this.#heardMs = this.#beatMs = context.clock.monotonic()
    this.#beat = context.clock.after(BEAT_MS, () => this.#onBeat())
    link.open({ data: chunk => this.#data(chunk), closed: error => this.#closed(error) })
  }

  get remote(): string {
    return this.#link.remote
  }

  get open(): boolean {
    return this.#state === 'open' && !this.#deaf
  }

  /** Milliseconds since the other side was heard. */
  get silentMs(): number {
    return this.#context.clock.monotonic() - this.#heardMs
  }

  /** Bytes on their way that the other side has not taken yet. */
  get bufferedBytes(): number {
    return this.#link.bufferedBytes + this.writer.size
  }

  /** To be called after frames were written to {@link writer}. */
  wrote(): void {
    if (this.writer.size >= FLUSH_BYTES) this.#flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#context.clock.soon(this.#onSoon)
    }
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#deaf = true
    this.#flush()
    this.#link.close()
  }

  readonly #onSoon = (): void => {
    this.#scheduled = false
    this.#flush()
  }

  #flush(): void {
    if (this.writer.size === 0) return
    const bytes = this.writer.take()
    if (this.#state !== 'closed') this.#link.write(bytes)
  }

  #data(chunk: Buffer): void {
    if (this.#deaf) return
    this.#heardMs = this.#context.clock.monotonic()
    try {
      this.#reader.push(chunk)
    } catch (error) {
      if (error instanceof TrunkError) return this.#cut(error.message)
      // Nothing that a peer sends may end the process.
      this.#context.log.error({ err: error }, 'a frame of the trunk could not be handled')
      this.#cut('broken')
    }
  }

  #frame(view: TrunkView): void {
    // Frames behind one that closed the link in the same chunk.
    if (this.#deaf) return
    if (view.cmd === TRUNK.PING) {
      this.writer.frame(TRUNK.PONG, '')
      this.wrote()
    } else if (this.#state === 'new') this.#hello(view)
    else if (view.cmd !== TRUNK.PONG) this.#side.frame(view)
  }

  #hello(view: TrunkView): void {
    if (view.cmd !== TRUNK.HELLO)
      throw new TrunkError(`the first frame is command ${view.cmd}, not HELLO`)
    const hello = decodeHello(view.body)
    const refusal =
      hello.version === TRUNK_VERSION
        ? this.#side.hello(hello)
        : `version ${hello.version} is not spoken here; use version ${TRUNK_VERSION}`
    const { self, log } = this.#context
    const answer = {
      node: self.name,
      incarnation: self.incarnation,
      role: self.role,
      version: TRUNK_VERSION,
      message: refusal ?? '',
    }
    this.writer.frame(TRUNK.HELLO_ACK, '', trunkBody.Hello.encode(answer).finish())
    this.#flush()
    const { node, role } = hello
    if (refusal === undefined) {
      this.#state = 'open'
      this.#side.opened?.()
      log.info({ peer: node, role, remote: this.remote }, 'trunk link open')
      return
    }
    this.#deaf = true
    log.warn({ peer: node, role, remote: this.remote, reason: refusal }, 'trunk link refused')
    this.#context.clock.after(REFUSAL_MS, () => this.#link.close())
  }

  #onBeat(): void {
    const now = this.#context.clock.monotonic()
    if (this.#state === 'new' && now - this.#openedMs > HELLO_MS)
      return this.#cut('no HELLO in time')
    // Where this process itself stood still, what the other side sent is yet to be read.
    if (now - this.#beatMs > 2 * BEAT_MS) this.#heardMs = now
    this.#beatMs = now
    if (now - this.#heardMs > SILENCE_MS) return this.#cut('the other side is silent')
    if (this.#state === 'open') {
      this.writer.frame(TRUNK.PING, '')
      this.wrote()
    }
    this.#beat = this.#context.clock.after(BEAT_MS, () => this.#onBeat())
  }

  #cut(reason: string): void {
    this.#deaf = true
    this.#context.log.warn({ remote: this.remote, reason }, 'trunk link cut')
    this.#link.close()
  }

  #closed(error: Error | undefined): void {
    this.#state = 'closed'
    this.#beat?.cancel()
    this.#context.log.info({ remote: this.remote, reason: error?.message }, 'trunk link closed')
    this.#side.closed()
  }
}

const decodeHello = (body: Buffer): Hello => {
  try {
    return trunkBody.Hello.decode(body)
  } catch (error) {
    throw new TrunkError('the body of HELLO cannot be read', { cause: error })
  }
}
