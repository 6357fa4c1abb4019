import type { Link } from '@longwire/kit'
import { edgeBody } from '@longwire/proto'
import {
  TRUNK,
  TRUNK_VERSION,
  TrunkReader,
  TrunkWriter,
  encodeEntry,
  trunkBody,
  type SessionEntry,
  type TrunkView,
} from '@longwire/proto/trunk'

/** A frame as it came, copied out of the reader's view. */
export interface Frame {
  readonly cmd: number
  readonly appcode: number
  readonly msgtype: number
  readonly slot: number
  readonly generation: number
  readonly sequenceid: number
  readonly logid: string
  readonly reserve: number
  readonly body: Buffer
}

export interface LoginScript {
  uid: string
  token: string
  appcode?: number
  device?: string
  slot?: number
  generation?: number
  epoch?: number
  seq?: number
  dial?: number
  /** Of a move. */
  ticket?: Uint8Array
  /** The eight bytes of the session before. */
  previous?: Uint8Array
  /** What the gate says it has. */
  readonly usage?: { appSessions?: number; address?: string; addressConnections?: number }
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')

/** The other side of a trunk link, played by a test: a gate or a backend. */
export class ScriptedPeer {
  readonly frames: Frame[] = []
  closed = false
  readonly writer = new TrunkWriter()
  readonly #link: Link
  #waiting: (() => void)[] = []
  #context = 0

  constructor(link: Link) {
    this.#link = link
    const reader = new TrunkReader(view => this.#frame(view))
    link.open({
      data: chunk => reader.push(chunk),
      closed: () => {
        this.closed = true
        this.#wake()
      },
    })
  }

  get link(): Link {
    return this.#link
  }

  flush(): void {
    if (this.writer.size > 0) this.#link.write(this.writer.take())
  }

  hello(
    hello: {
      node?: string
      incarnation?: string
      role?: string
      key?: string
      version?: number
    } = {},
  ): Promise<trunkBody.Hello> {
    const body = {
      node: 'gate-1',
      incarnation: 'a',
      role: 'gate',
      key: 'cluster',
      version: TRUNK_VERSION,
      ...hello,
    }
    this.writer.frame(TRUNK.HELLO, '', trunkBody.Hello.encode(body).finish())
    this.flush()
    return this.next(TRUNK.HELLO_ACK).then(frame => trunkBody.Hello.decode(frame.body))
  }

  async login(script: LoginScript): Promise<trunkBody.LoginResult.$Shape & trunkBody.LoginResult> {
    const {
      uid,
      token,
      appcode = 1,
      device = 'phone',
      slot = 1,
      generation = 1,
      epoch = 0,
      seq = 0,
      dial = 1,
      previous: prevSession = new Uint8Array(0),
      ticket = new Uint8Array(0),
    } = script
    const fields = { uid, appcode, device, token, epoch, seq, dial, prevSession, ticket }
    const login = edgeBody.Login.encode(fields).finish()
    const context = ++this.#context
    Object.assign(this.writer.head, { appcode, slot, generation, sequenceid: context })
    this.writer.frame(
      TRUNK.LOGIN,
      uid,
      trunkBody.LoginRequest.encode({
        login,
        ip: '10.0.0.1',
        transport: 'tcp',
        maxBytes: 65_536,
        ...script.usage,
      }).finish(),
    )
    this.flush()
    const frame = await this.next(TRUNK.LOGIN_RESULT, context)
    return trunkBody.LoginResult.decode(frame.body)
  }

  async renew(session: {
    uid: string
    token: string
    device?: string
    appcode?: number
  }): Promise<trunkBody.TokenResult> {
    const { uid, token, device = 'phone', appcode = 1 } = session
    const context = ++this.#context
    Object.assign(this.writer.head, { appcode, slot: 1, generation: 1, sequenceid: context })
    this.writer.frame(TRUNK.TOKEN, uid, trunkBody.TokenRequest.encode({ token, device }).finish())
    this.flush()
    const frame = await this.next(TRUNK.TOKEN_RESULT, context)
    return trunkBody.TokenResult.decode(frame.body)
  }

  async pull(
    uid: string,
    cursor: { epoch: number; seq: number },
    over: { appcode?: number; maxBytes?: number } = {},
  ): Promise<trunkBody.Page> {
    const { appcode = 1, maxBytes = 65_536 } = over
    const body = Buffer.alloc(12)
    body.writeUInt32BE(Math.floor(cursor.seq / 2 ** 32), 0)
    body.writeUInt32BE(cursor.seq % 2 ** 32, 4)
    body.writeUInt32BE(maxBytes, 8)
    const context = ++this.#context
    Object.assign(this.writer.head, {
      appcode,
      slot: 1,
      generation: 1,
      sequenceid: context,
      reserve: cursor.epoch,
    })
    this.writer.frame(TRUNK.PULL, uid, body)
    this.flush()
    const frame = await this.next(TRUNK.PULL_RESULT, context)
    return trunkBody.Page.decode(frame.body)
  }

  gone(session: {
    uid: string
    device?: string
    slot?: number
    generation?: number
    appcode?: number
    sequenceid?: number
    /** A PREV_STATE. */
    ending?: number
  }): void {
    const { uid, device = 'phone', slot = 1, generation = 1, appcode = 1 } = session
    const { sequenceid = 0, ending: msgtype = 0 } = session
    Object.assign(this.writer.head, { appcode, slot, generation, sequenceid, msgtype })
    this.writer.frame(TRUNK.GONE, uid, Buffer.from(device))
    this.flush()
  }

  list(cmd: number, entries: readonly Partial<SessionEntry>[]): void {
    const base: SessionEntry = {
      appcode: 1,
      slot: 1,
      generation: 1,
      epoch: 0,
      seq: 0,
      uid: '',
      device: 'phone',
    }
    this.writer.frame(
      cmd,
      '',
      Buffer.concat(entries.map(entry => encodeEntry({ ...base, ...entry }))),
    )
    this.flush()
  }

  of(cmd: number): Frame[] {
    return this.frames.filter(frame => frame.cmd === cmd)
  }

  /** Resolves once `done` is true; it is asked after every frame. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  /** Takes the first frame of a command (and context), now or when it comes. */
  async next(cmd: number, sequenceid?: number): Promise<Frame> {
    const is = (frame: Frame): boolean =>
      frame.cmd === cmd && (sequenceid === undefined || frame.sequenceid === sequenceid)
    await this.until(() => this.frames.some(is) || this.closed)
    const index = this.frames.findIndex(is)
    if (index < 0) throw new Error(`the link closed before command ${cmd} came`)
    return this.frames.splice(index, 1)[0]!
  }

  #frame(view: TrunkView): void {
    const { cmd, appcode, msgtype, slot, generation, sequenceid, reserve } = view
    const logid = hex(view.logidHigh) + hex(view.logidLow)
    if (cmd === TRUNK.PING) {
      this.writer.frame(TRUNK.PONG, '')
      this.flush()
    } else
      this.frames.push({
        cmd,
        appcode,
        msgtype,
        slot,
        generation,
        sequenceid,
        logid,
        reserve,
        body: Buffer.from(view.body),
      })
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

/** The messages of a page, as text. */
export const textsOf = (
  page: { readonly body?: Uint8Array | null | undefined } | null | undefined,
): string[] =>
  edgeBody.PullBody.decode(page?.body ?? new Uint8Array(0)).messages.map(message =>
    Buffer.from(message.content ?? []).toString(),
  )
