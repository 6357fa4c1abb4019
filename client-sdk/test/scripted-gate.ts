import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { WebSocketServer, type WebSocket } from 'ws'
import {
  CMD,
  CODES,
  Deframer,
  FrameFields,
  FrameWriter,
  LIMITS,
  PONG_BYTE,
  PREAMBLE_BYTES,
  WS_SUBPROTOCOL,
  edgeBody,
  type CodeName,
  type FrameView,
  type Partial,
} from '@longwire/proto'

/** One frame that a client sent. */
export interface Received {
  readonly cmd: number
  readonly a: number
  readonly b: number
  /** EXT.NEXT of a PING. */
  readonly next: number
  /** EXT.AWAKE and EXT.METERED of a PING, or −1. */
  readonly awake: number
  readonly metered: number
  readonly payload: Uint8Array
}

/** Values in the order they came, for tests that await them one by one. */
class Inflow<T> {
  readonly #values: T[] = []
  readonly #takers: ((value: T) => void)[] = []

  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#values.push(value)
    else taker(value)
  }

  take(): Promise<T> {
    const value = this.#values.shift()
    if (value !== undefined) return Promise.resolve(value)
    return new Promise(resolve => this.#takers.push(resolve))
  }

  get waiting(): number {
    return this.#values.length
  }
}

interface Wire {
  write(bytes: Uint8Array): void
  end(code?: number): void
  cut(): void
}

/** The gate's end of one connection: the test says what it answers. */
export class GateEnd {
  readonly #wire: Wire
  readonly #writer: FrameWriter = new FrameWriter()
  readonly #fields: FrameFields = new FrameFields()
  readonly frames: Inflow<Received> = new Inflow()
  readonly preamble: Uint8Array[] = []
  /** Resolves when the client hung up. */
  readonly gone: Promise<void>
  hungUp: () => void = () => undefined
  partial: Partial | undefined
  base = 0

  constructor(wire: Wire) {
    this.#wire = wire
    this.gone = new Promise(resolve => {
      this.hungUp = resolve
    })
  }

  took(view: FrameView): void {
    const fields = this.#fields
    fields.extensions(view)
    const { next, awake, metered } = fields
    if (view.cmd === CMD.PULL) fields.two(view)
    else if (view.cmd === CMD.ACK) fields.one(view)
    this.frames.put({
      cmd: view.cmd,
      a: fields.a,
      b: fields.b,
      next,
      awake,
      metered,
      payload: view.payload().slice(),
    })
  }

  /** The next frame, which has to be a `cmd`. */
  async expect(cmd: keyof typeof CMD): Promise<Received> {
    const frame = await this.frames.take()
    if (frame.cmd !== CMD[cmd])
      throw new Error(`expected ${cmd}, got command ${frame.cmd} (a ${frame.a}, b ${frame.b})`)
    return frame
  }

  async expectLogin(): Promise<edgeBody.Login> {
    return edgeBody.Login.decode((await this.expect('LOGIN')).payload)
  }

  /** Waits for LOGIN and welcomes it. */
  async welcome(ack: edgeBody.LoginAck.$Properties = {}): Promise<edgeBody.Login> {
    const login = await this.expectLogin()
    this.loginAck(ack).send()
    return login
  }

  loginAck(ack: edgeBody.LoginAck.$Properties): this {
    this.base = ack.base ?? 0
    const body = {
      session: new Uint8Array(8).fill(7),
      epoch: 1,
      max: this.base,
      version: 1,
      reconnectWindow: 1000,
      ...ack,
    }
    this.#writer.raw(CMD.LOGIN_ACK, 0, edgeBody.LoginAck.encode(body).finish())
    return this
  }

  notify(max: number): this {
    this.#writer.notify(max)
    return this
  }

  /** `seq` is absolute. */
  live(text: string): this {
    this.#writer.live(3, Buffer.from(text))
    return this
  }

  data(seq: number, text = `m${seq}`, back = 1): this {
    this.#writer.data(seq - this.base, back, 1, Buffer.from(text), new Uint8Array(8).fill(9))
    return this
  }

  page(
    from: number,
    next: number,
    seqs: readonly number[],
    more: { floor?: number; more?: boolean } = {},
  ): this {
    const messages = seqs.map(seq => ({
      seq,
      msgtype: 1,
      content: Buffer.from(`m${seq}`),
      sentAt: 1_700_000_000_000,
    }))
    const body = edgeBody.PullBody.encode({ messages, more: more.more ?? false }).finish()
    this.#writer.pullResp(from, next, more.floor ?? -1, body)
    return this
  }

  tokenAck(ack: edgeBody.TokenAck.$Properties): this {
    this.#writer.raw(CMD.TOKEN_ACK, 0, edgeBody.TokenAck.encode(ack).finish())
    return this
  }

  expiring(expires: number): this {
    this.#writer.raw(CMD.EXPIRING, 0, edgeBody.Expiring.encode({ expires }).finish())
    return this
  }

  async expectToken(): Promise<string> {
    return edgeBody.Token.decode((await this.expect('TOKEN')).payload).token
  }

  migrate(order: edgeBody.Migrate.$Properties): this {
    this.#writer.raw(CMD.MIGRATE, 0, edgeBody.Migrate.encode(order).finish())
    return this
  }

  pong(): this {
    this.#writer.byte(PONG_BYTE)
    return this
  }

  kick(code: CodeName | number, body: edgeBody.Kick.$Properties = {}): this {
    const number = typeof code === 'number' ? code : CODES[code].code
    this.#writer.coded(CMD.KICK, number, edgeBody.Kick.encode(body).finish())
    return this
  }

  /** Writes everything since the last `send` at once. */
  send(): void {
    this.#wire.write(this.#writer.take())
  }

  sendRaw(bytes: Uint8Array): void {
    this.#wire.write(bytes)
  }

  end(code?: number): void {
    this.#wire.end(code)
  }

  /** As when the network breaks: no goodbye. */
  cut(): void {
    this.#wire.cut()
  }
}

const deframer = new Deframer<GateEnd>({
  frame: (end, view) => {
    end.took(view)
    return true
  },
  maxPayload: () => LIMITS.uplinkBytes,
})

export type GateKind = 'tcp' | 'tls' | 'ws'

/** The other process of a test: accepts real connections and answers only what the test says. */
export class ScriptedGate {
  url = ''
  readonly #connections: Inflow<GateEnd> = new Inflow()
  readonly #ends = new Set<GateEnd>()
  #stop: () => void = () => undefined
  dials = 0
  /** Answers GET /probe, as `ws`; otherwise it never does. */
  answersProbes = false

  static async listen(
    kind: GateKind = 'tcp',
    tls: { key?: string; cert?: string } = {},
  ): Promise<ScriptedGate> {
    const gate = new ScriptedGate()
    const http = createHttpServer()
    const server = kind === 'ws' ? http : kind === 'tcp' ? createServer() : createTlsServer(tls)
    const open = (end: GateEnd): void => gate.opened(end)
    http.on('request', (_, response) => {
      if (!gate.answersProbes) return
      response.setHeader('access-control-allow-origin', '*')
      response.end('{"load":0,"delayMs":0,"epoch":1}')
    })
    if (kind === 'ws') {
      const handleProtocols = (): string => WS_SUBPROTOCOL
      new WebSocketServer({ server: http, handleProtocols }).on('connection', socket =>
        open(webSocketEnd(socket)),
      )
    } else {
      const event = kind === 'tls' ? 'secureConnection' : 'connection'
      server.on(event, (socket: Socket) => open(socketEnd(socket)))
    }
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    gate.url = `${kind}://127.0.0.1:${port}`
    gate.#stop = () => void server.close()
    return gate
  }

  opened(end: GateEnd): void {
    this.dials++
    this.#ends.add(end)
    this.#connections.put(end)
  }

  accept(): Promise<GateEnd> {
    return this.#connections.take()
  }

  close(): void {
    this.#stop()
    for (const end of this.#ends) end.cut()
  }
}

const socketEnd = (socket: Socket): GateEnd => {
  const end = new GateEnd({
    write: bytes => void socket.write(bytes),
    end: () => void socket.end(),
    cut: () => void socket.destroy(),
  })
  let preamble = PREAMBLE_BYTES
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => end.hungUp())
  socket.on('data', (chunk: Buffer) => {
    const head = chunk.subarray(0, preamble)
    if (head.length > 0) end.preamble.push(head)
    preamble -= head.length
    end.partial = deframer.push(end, end.partial, chunk.subarray(head.length))
  })
  return end
}

const webSocketEnd = (socket: WebSocket): GateEnd => {
  const end = new GateEnd({
    write: bytes => socket.send(bytes),
    end: code => socket.close(code === undefined ? 1000 : 4000 + code),
    cut: () => socket.terminate(),
  })
  socket.on('error', () => undefined)
  socket.on('close', () => end.hungUp())
  socket.on('message', (chunk: Buffer) => {
    end.partial = deframer.push(end, end.partial, chunk)
  })
  return end
}
