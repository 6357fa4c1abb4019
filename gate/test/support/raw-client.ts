import {
  CMD,
  Deframer,
  edgeBody,
  encodePreamble,
  FrameFields,
  type FrameView,
  FrameWriter,
  LIMITS,
  type Partial,
  PING_BYTE,
} from '@longwire/proto'
import { openWire, type Transport, type Wire } from './wire.ts'

export interface Frame {
  readonly cmd: number
  readonly flag: boolean
  readonly a: number
  readonly b: number
  readonly c: number
  readonly body: Buffer
}

/** A client that knows frames and nothing else: what it does is the test's choice. */
export class RawClient {
  readonly frames: Frame[] = []
  /** Frames per chunk that arrived: what came in one write. */
  readonly chunks: number[] = []
  closed = false
  /** Of a WebSocket. */
  closeCode = 0
  wire: Wire | undefined
  readonly writer: FrameWriter = new FrameWriter()
  readonly #fields = new FrameFields()
  #partial: Partial | undefined
  #waiting: (() => void)[] = []
  readonly #deframer = new Deframer<undefined>({
    maxPayload: () => LIMITS.encodableBytes,
    frame: (_, view) => this.#frame(view),
  })

  received(bytes: Uint8Array): void {
    const before = this.frames.length
    this.#partial = this.#deframer.push(undefined, this.#partial, bytes)
    this.chunks.push(this.frames.length - before)
    this.#wake()
  }

  lost(code: number): void {
    this.closed = true
    this.closeCode = code
    this.#wake()
  }

  send(bytes: Uint8Array = this.writer.take()): void {
    this.wire?.send(bytes)
  }

  ping(): void {
    this.send(Uint8Array.of(PING_BYTE))
  }

  /** The next frame in order. */
  async next(): Promise<Frame> {
    await this.#until('a frame', () => this.frames.length > 0)
    const frame = this.frames.shift()
    if (frame === undefined) throw new Error('the connection closed; a frame was expected')
    return frame
  }

  /** The next frame, which must be of this command. */
  async expect(cmd: number): Promise<Frame> {
    const frame = await this.next()
    if (frame.cmd !== cmd)
      throw new Error(
        `command ${frame.cmd} came (a ${frame.a}, ${frame.body.toString()}), ${cmd} was expected`,
      )
    return frame
  }

  async end(): Promise<void> {
    await this.#until('the close', () => this.closed)
  }

  async #until(what: string, happened: () => boolean): Promise<void> {
    const timeout = setTimeout(() => {
      timedOut = true
      this.#wake()
    }, 5_000)
    let timedOut = false
    while (!happened() && !this.closed && !timedOut)
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    clearTimeout(timeout)
    if (timedOut) throw new Error(`waited in vain for ${what}`)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #frame(view: FrameView): boolean {
    const fields = this.#fields
    fields.a = fields.b = fields.c = 0
    fields.bodyStart = view.start
    if (view.cmd === CMD.KICK || view.cmd === CMD.ERROR || view.cmd === CMD.NOTIFY) fields.one(view)
    else if (view.cmd === CMD.SEND_ACK || view.cmd === CMD.REPLY) fields.two(view)
    else if (view.cmd === CMD.READ) fields.one(view)
    else if (view.cmd === CMD.PULL_RESP) fields.pullResp(view)
    else if (view.cmd === CMD.DATA) fields.data(view)
    const { a, b, c } = fields
    this.frames.push({
      cmd: view.cmd,
      flag: view.flag,
      a,
      b,
      c,
      body: Buffer.from(view.bytes.subarray(fields.bodyStart, view.end)),
    })
    return true
  }
}

export const PREAMBLE: Uint8Array = encodePreamble(1, 1, 0)

/** Connects; over TCP the preamble is sent unless `bare`. */
export const dial = async (
  transport: Transport,
  address: string,
  { bare = false, tls = false }: { bare?: boolean; tls?: boolean } = {},
): Promise<RawClient> => {
  const client = new RawClient()
  client.wire = await openWire(transport, address, client, tls)
  if (transport === 'tcp' && !bare) client.send(PREAMBLE)
  return client
}

export const LOGIN = { uid: 'u1', appcode: 1, device: 'd1', token: 't' }

export const loginBytes = (fields: edgeBody.Login.$Properties = {}): Uint8Array => {
  const writer = new FrameWriter()
  writer.raw(CMD.LOGIN, 0, edgeBody.Login.encode({ ...LOGIN, ...fields }).finish())
  return writer.take()
}

/** Logs in and returns what LOGIN_ACK said. */
export const login = async (
  client: RawClient,
  fields: edgeBody.Login.$Properties = {},
): Promise<edgeBody.LoginAck> => {
  client.send(loginBytes(fields))
  return edgeBody.LoginAck.decode((await client.expect(CMD.LOGIN_ACK)).body)
}

export const kickOf = async (
  client: RawClient,
): Promise<{ code: number; message: string; retryAfter: number; spread: number }> => {
  const frame = await client.expect(CMD.KICK)
  const { message, retryAfter, spread } = edgeBody.Kick.decode(frame.body)
  return { code: frame.a, message, retryAfter, spread }
}
