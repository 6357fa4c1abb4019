import { createHash } from 'node:crypto'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  CMD,
  Deframer,
  edgeBody,
  FrameFields,
  FrameWriter,
  LIMITS,
  PONG_BYTE,
  type FrameView,
  type Partial,
} from '@longwire/proto'
import {
  decodePublish,
  TRUNK,
  trunkBody,
  TrunkReader,
  TrunkWriter,
  type TrunkView,
} from '@longwire/proto/trunk'

/** What the tiny server does wrong with the DATA frames of a publish. */
export type Fault = 'none' | 'drop' | 'repeat' | 'lose' | 'disorder'

interface Session {
  readonly send: (bytes: Uint8Array) => void
  uid: string
  partial: Partial | undefined
  preamble: number
}

/** Just enough of gate, log and backend to try the load client on: everything in memory, no checks. */
export class TinyServer {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #mailboxes = new Map<string, Buffer[]>()
  readonly #online = new Map<string, Session>()
  readonly #writer = new FrameWriter()
  readonly #fields = new FrameFields()
  readonly #deframer = new Deframer<Session>({
    frame: (session, view) => this.#frame(session, view),
    maxPayload: () => LIMITS.uplinkBytes,
  })
  readonly #fault: Fault
  #published = 0
  tcpPort = 0
  wsPort = 0
  backendPort = 0
  /** Highest cumulative ACK by uid, and how many ACK frames came. */
  readonly acks = new Map<string, { cumulative: number; frames: number }>()

  constructor(fault: Fault = 'none') {
    this.#fault = fault
  }

  async start(): Promise<void> {
    this.tcpPort = await this.#listen(socket => this.#openTcp(socket))
    this.wsPort = await this.#listen(socket => this.#openWebSocket(socket))
    this.backendPort = await this.#listen(socket => this.#openBackend(socket))
  }

  stop(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #listen(onSocket: (socket: Socket) => void): Promise<number> {
    const server = createServer(socket => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
      onSocket(socket)
    })
    this.#servers.push(server)
    return new Promise(resolve => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  }

  #openTcp(socket: Socket): void {
    const session: Session = {
      send: bytes => void socket.write(bytes),
      uid: '',
      partial: undefined,
      preamble: 4,
    }
    socket.on('data', chunk => {
      const skip = Math.min(session.preamble, chunk.length)
      session.preamble -= skip
      this.#received(session, chunk.subarray(skip))
    })
  }

  #openWebSocket(socket: Socket): void {
    const send = (bytes: Uint8Array): void => {
      const head =
        bytes.length < 126
          ? Buffer.from([0x82, bytes.length])
          : Buffer.from([0x82, 126, bytes.length >> 8, bytes.length & 255])
      // One byte at a time now and then: a client must not rely on whole frames.
      socket.write(head)
      socket.write(Buffer.from(bytes))
    }
    const session: Session = { send, uid: '', partial: undefined, preamble: 0 }
    let upgraded = false
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      if (!upgraded) {
        const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(rest.toString('latin1'))?.[1]
        if (key === undefined || !rest.includes('\r\n\r\n')) return
        upgraded = true
        rest = rest.subarray(rest.indexOf('\r\n\r\n') + 4)
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64')
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: lp.v1\r\n\r\n`,
        )
        socket.write(Buffer.from([0x89, 2, 104, 105]))
      }
      rest = this.#unmask(session, socket, rest)
    })
  }

  /** Handles whole frames; returns what is left. */
  #unmask(session: Session, socket: Socket, bytes: Buffer): Buffer {
    let rest = bytes
    while (rest.length >= 6) {
      const short = rest[1]! & 127
      const start = short === 126 ? 8 : 6
      const length = short === 126 ? rest.readUInt16BE(2) : short
      if (rest.length < start + length) break
      const payload = Buffer.from(rest.subarray(start, start + length))
      for (let index = 0; index < length; index++) payload[index]! ^= rest[start - 4 + (index & 3)]!
      const opcode = rest[0]! & 15
      rest = rest.subarray(start + length)
      if (opcode === 2) this.#received(session, payload)
      if (opcode === 8) socket.end(Buffer.from([0x88, 0]))
      if (opcode === 10) this.acks.set('websocket pong', { cumulative: payload.length, frames: 1 })
    }
    return rest
  }

  #received(session: Session, chunk: Buffer): void {
    session.partial = this.#deframer.push(session, session.partial, chunk)
    if (this.#writer.size > 0) session.send(this.#writer.take())
  }

  #frame(session: Session, view: FrameView): boolean {
    if (view.cmd === CMD.LOGIN) this.#login(session, view)
    else if (view.cmd === CMD.PING) this.#writer.byte(PONG_BYTE)
    else if (view.cmd === CMD.PULL) {
      this.#fields.two(view)
      this.#page(session.uid, this.#fields.a)
    } else if (view.cmd === CMD.ACK) {
      this.#fields.one(view)
      const frames = (this.acks.get(session.uid)?.frames ?? 0) + 1
      this.acks.set(session.uid, { cumulative: this.#fields.a, frames })
    }
    return true
  }

  #login(session: Session, view: FrameView): void {
    const { uid, token } = edgeBody.Login.decode(view.payload())
    if (token === '') {
      this.#writer.coded(CMD.KICK, 64, edgeBody.Kick.encode({}).finish())
      return
    }
    session.uid = uid
    this.#online.set(uid, session)
    const max = this.#mailbox(uid).length
    this.#writer.raw(
      CMD.LOGIN_ACK,
      0,
      edgeBody.LoginAck.encode({ epoch: 7, max, base: 0 }).finish(),
    )
    if (max > 0) this.#page(uid, 0)
  }

  #mailbox(uid: string): Buffer[] {
    const mailbox = this.#mailboxes.get(uid) ?? []
    this.#mailboxes.set(uid, mailbox)
    return mailbox
  }

  /** At most 30 messages, so that a client has to pull on. */
  #page(uid: string, from: number): void {
    const mailbox = this.#mailbox(uid)
    const next = Math.min(mailbox.length, from + 30)
    const messages = mailbox.slice(from, next).map((content, index) => ({
      seq: from + index + 1,
      msgtype: 1,
      content,
      msgid: Buffer.alloc(8, 1),
      sentAt: 1_700_000_000_000,
    }))
    const body = edgeBody.PullBody.encode({ messages, more: next < mailbox.length }).finish()
    this.#writer.pullResp(from, next, -1, body)
  }

  #openBackend(socket: Socket): void {
    const answers = new TrunkWriter()
    const reader = new TrunkReader(view => this.#backendFrame(view, answers))
    socket.on('data', chunk => {
      reader.push(chunk)
      if (answers.size > 0) socket.write(answers.take())
    })
  }

  #backendFrame(view: TrunkView, answers: TrunkWriter): void {
    if (view.cmd === TRUNK.HELLO) {
      const { key } = trunkBody.Hello.decode(view.body)
      const message = key === 'wrong' ? 'the key is not known' : ''
      answers.frame(TRUNK.HELLO_ACK, '', trunkBody.Hello.encode({ message }).finish())
    }
    if (view.cmd !== TRUNK.PUBLISH) return
    const { uid } = view
    const content = Buffer.from(decodePublish(view.body)!.content)
    const seq = this.#mailbox(uid).push(content)
    answers.head.sequenceid = view.sequenceid
    answers.frame(
      TRUNK.PUBLISH_RESULT,
      '',
      trunkBody.PublishResult.encode({ seq, msgid: Buffer.alloc(8) }).finish(),
    )
    const session = this.#online.get(uid)
    if (session !== undefined) this.#deliver(session, seq, content)
  }

  /** A fault strikes at every fifth message. */
  #deliver(session: Session, seq: number, content: Buffer): void {
    const fault = ++this.#published % 5 === 0 ? this.#fault : 'none'
    const previous = this.#mailbox(session.uid)[seq - 2]
    // The client filters by seq: what it must not filter is a second row with the same content.
    if (fault === 'repeat' && previous !== undefined) previous.copy(content)
    if (fault === 'disorder') content.writeUInt32LE(content.readUInt32LE(14) + 3, 14)
    if (fault === 'drop') return
    if (fault === 'lose') content.writeUInt32LE(999_999, 8)
    this.#writer.data(seq, 1, 1, content)
    session.send(this.#writer.take())
  }
}
