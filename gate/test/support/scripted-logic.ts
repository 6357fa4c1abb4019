import { type Clock, type Link, memoryLinks, nodeId, type NodeInfo } from '@longwire/kit'
import { edgeBody, URGENCY } from '@longwire/proto'
import {
  eachEntry,
  holdOf,
  type SessionEntry,
  TRUNK,
  trunkBody,
  TrunkReader,
  type TrunkView,
  TrunkWriter,
  WAITS_FOR_REPLY,
} from '@longwire/proto/trunk'

export type Seen = Omit<TrunkView, 'body'> & { readonly body: Buffer }

interface Row {
  readonly seq: number
  readonly msgtype: number
  readonly content: Buffer
}

/**
 * The other end of the trunk: speaks trunk frames and does what the test says. Its mailboxes are lists;
 * unless told otherwise it welcomes every LOGIN and answers every PULL.
 */
export class ScriptedLogic {
  readonly node: NodeInfo
  readonly seen: Seen[] = []
  readonly acks: SessionEntry[] = []
  readonly heads: SessionEntry[] = []
  readonly rows = new Map<string, Row[]>()
  floor = 0
  epoch = 7
  pageRows = 100
  /** Answers LOGIN; undefined: does not answer. */
  welcome: (login: edgeBody.Login) => trunkBody.LoginResult.$Properties | undefined = login => ({
    base: Math.max(login.seq, 0),
  })
  /** Answers TOKEN; undefined: does not answer. */
  renew: (request: trunkBody.TokenRequest) => trunkBody.TokenResult.$Properties | undefined =
    () => ({
      expires: 3_600_000,
    })
  /** Answers C2S, C2C and QUERY; undefined: does not answer. */
  take: (frame: Seen) => { code?: number; body?: Uint8Array } | undefined = () => ({})
  answersPulls = true
  answersPings = true
  /** Takes note of GONE and ANNOUNCE. */
  answersDone = true
  refusal = ''
  readonly #clock: Clock
  readonly #links = new Set<Link>()
  readonly #writers = new Map<Link, TrunkWriter>()

  constructor(clock: Clock, name: string, incarnation = '1') {
    this.#clock = clock
    this.node = { role: 'logic', name, incarnation, address: `memory:${name}:${incarnation}` }
  }

  get links(): number {
    return this.#links.size
  }

  accept(): Link {
    const [gateEnd, ours] = memoryLinks(this.#clock, ['gate', nodeId(this.node)])
    const writer = new TrunkWriter()
    this.#links.add(ours)
    this.#writers.set(ours, writer)
    const reader = new TrunkReader(view => this.#received(writer, view))
    ours.open({
      data: chunk => {
        reader.push(chunk)
        if (writer.size > 0) ours.write(writer.take())
      },
      closed: () => {
        this.#links.delete(ours)
      },
    })
    return gateEnd
  }

  /** The process dies. */
  kill(): void {
    for (const link of this.#links) link.close()
    this.#links.clear()
  }

  append(uid: string, content: string, msgtype = 1): number {
    const rows = this.rows.get(uid) ?? []
    this.rows.set(uid, rows)
    const seq = this.headOf(uid) + 1
    rows.push({ seq, msgtype, content: Buffer.from(content) })
    return seq
  }

  headOf(uid: string): number {
    return this.rows.get(uid)?.at(-1)?.seq ?? this.floor
  }

  /** Writes frames to all gates in one write. */
  push(fill: (writer: TrunkWriter) => void): void {
    for (const [link, writer] of this.#writers) {
      if (!this.#links.has(link)) continue
      fill(writer)
      link.write(writer.take())
    }
  }

  deliver(
    session: Pick<Seen, 'slot' | 'generation' | 'uid'>,
    seq: number,
    content: Uint8Array | string,
    options: { back?: number; epoch?: number; urgency?: number; within?: number } = {},
  ): void {
    this.push(writer => {
      this.putDeliver(writer, session, { seq, content: Buffer.from(content), ...options })
    })
  }

  putDeliver(
    writer: TrunkWriter,
    session: Pick<Seen, 'slot' | 'generation' | 'uid'>,
    message: {
      seq: number
      content: Buffer
      back?: number
      epoch?: number
      urgency?: number
      within?: number
    },
  ): void {
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32BE(message.back ?? 1)
    prefix.writeUInt32BE(holdOf(message.urgency ?? URGENCY.NORMAL, message.within ?? 0), 4)
    Object.assign(writer.head, {
      slot: session.slot,
      generation: session.generation,
      sequenceid: message.seq,
      reserve: message.epoch ?? this.epoch,
      msgtype: 1,
    })
    writer.frame(TRUNK.DELIVER, session.uid, message.content, prefix)
  }

  live(session: Pick<Seen, 'slot' | 'generation' | 'uid'>, text: string, urgency: number): void {
    this.push(writer => {
      const { slot, generation, uid } = session
      Object.assign(writer.head, { slot, generation, msgtype: 1 })
      const hold = Buffer.alloc(4)
      hold.writeUInt32BE(holdOf(urgency, 0))
      writer.frame(TRUNK.LIVE, uid, Buffer.from(text), hold)
    })
  }

  /** `calm`: so many of the last seqs are of low urgency. */
  head(
    session: Pick<Seen, 'slot' | 'generation' | 'uid'>,
    seq: number,
    { epoch = this.epoch, calm = 0 } = {},
  ): void {
    this.push(writer => {
      Object.assign(writer.head, {
        slot: session.slot,
        generation: session.generation,
        sequenceid: seq,
        reserve: epoch,
      })
      writer.frame(TRUNK.HEAD, session.uid, headBody(calm))
    })
  }

  kick(
    session: Pick<Seen, 'slot' | 'generation' | 'uid'>,
    code: number,
    kick: edgeBody.Kick.$Properties,
  ): void {
    this.push(writer => {
      Object.assign(writer.head, {
        slot: session.slot,
        generation: session.generation,
        reserve: code,
      })
      writer.frame(TRUNK.KICK, session.uid, edgeBody.Kick.encode(kick).finish())
    })
  }

  revoke(...revocations: trunkBody.Revocation.$Properties[]): void {
    const body = trunkBody.Revocations.encode({ revocations }).finish()
    this.push(writer => writer.frame(TRUNK.REVOKE, '', body))
  }

  /** Frames of a command, as they came. */
  of(cmd: number): Seen[] {
    return this.seen.filter(frame => frame.cmd === cmd)
  }

  answerPull(frame: Seen): void {
    this.push(writer => this.#page(writer, frame))
  }

  answerLogin(frame: Seen, result: trunkBody.LoginResult.$Properties): void {
    this.push(writer => this.#result(writer, frame, result))
  }

  pageAfter(uid: string, cursor: number): trunkBody.Page.$Properties {
    const from = Math.max(cursor, this.floor)
    const rows = (this.rows.get(uid) ?? []).filter(row => row.seq > from).slice(0, this.pageRows)
    const head = this.headOf(uid)
    const next = rows.length < this.pageRows ? Math.max(head, from) : (rows.at(-1)?.seq ?? from)
    const more = next < head
    const body = edgeBody.PullBody.encode({ messages: rows, more }).finish()
    return { from: cursor, next, head, gap: cursor < this.floor, floor: this.floor, more, body }
  }

  #received(writer: TrunkWriter, view: TrunkView): void {
    const frame: Seen = Object.assign({}, view, { body: Buffer.from(view.body) })
    if (view.cmd === TRUNK.PING) {
      if (this.answersPings) writer.frame(TRUNK.PONG, '')
      return
    }
    if (view.cmd === TRUNK.PONG) return
    this.seen.push(frame)
    switch (view.cmd) {
      case TRUNK.HELLO: {
        const { name, incarnation } = this.node
        writer.frame(
          TRUNK.HELLO_ACK,
          '',
          trunkBody.Hello.encode({
            node: name,
            incarnation,
            role: 'logic',
            version: 1,
            message: this.refusal,
          }).finish(),
        )
        break
      }
      case TRUNK.LOGIN: {
        const request = trunkBody.LoginRequest.decode(view.body)
        const result = this.welcome(edgeBody.Login.decode(request.login))
        if (result !== undefined) this.#result(writer, frame, result)
        break
      }
      case TRUNK.PULL:
        if (this.answersPulls) this.#page(writer, frame)
        break
      case TRUNK.TOKEN: {
        const result = this.renew(trunkBody.TokenRequest.decode(view.body))
        writer.head.sequenceid = frame.sequenceid
        if (result !== undefined)
          writer.frame(TRUNK.TOKEN_RESULT, '', trunkBody.TokenResult.encode(result).finish())
        writer.head.sequenceid = 0
        break
      }
      case TRUNK.C2S:
      case TRUNK.C2C:
      case TRUNK.QUERY:
        this.#answer(writer, frame)
        break
      case TRUNK.GONE:
      case TRUNK.ANNOUNCE:
        if (!this.answersDone) break
        writer.head.sequenceid = frame.sequenceid
        writer.frame(TRUNK.DONE, '')
        break
      case TRUNK.ACKS:
        eachEntry(view.body, entry => this.acks.push({ ...entry }))
        break
      case TRUNK.HEADS:
        eachEntry(view.body, entry => {
          this.heads.push({ ...entry })
          Object.assign(writer.head, {
            slot: entry.slot,
            generation: entry.generation,
            sequenceid: this.headOf(entry.uid),
            reserve: this.epoch,
          })
          writer.frame(TRUNK.HEAD, entry.uid, headBody(0))
        })
        break
      default:
    }
  }

  #answer(writer: TrunkWriter, frame: Seen): void {
    const answer = this.take(frame)
    if (answer === undefined || frame.sequenceid === 0) return
    const waits = frame.cmd === TRUNK.QUERY || frame.reserve >= WAITS_FOR_REPLY
    writer.head.sequenceid = frame.sequenceid
    writer.head.msgtype = answer.code ?? 0
    writer.frame(waits ? TRUNK.REPLY : TRUNK.SENT, '', answer.body)
  }

  #result(writer: TrunkWriter, frame: Seen, result: trunkBody.LoginResult.$Properties): void {
    const base = result.base ?? 0
    const page = result.code === undefined ? this.pageAfter(frame.uid, base) : undefined
    const whole = { epoch: this.epoch, ...(page === undefined ? {} : { page }), ...result }
    Object.assign(writer.head, {
      msgtype: result.code ?? 0,
      sequenceid: frame.sequenceid,
      slot: frame.slot,
      generation: frame.generation,
    })
    writer.frame(TRUNK.LOGIN_RESULT, frame.uid, trunkBody.LoginResult.encode(whole).finish())
  }

  #page(writer: TrunkWriter, frame: Seen): void {
    const cursor = frame.body.readUInt32BE(0) * 0x1_0000_0000 + frame.body.readUInt32BE(4)
    const page = this.pageAfter(frame.uid, cursor)
    Object.assign(writer.head, {
      msgtype: page.code ?? 0,
      sequenceid: frame.sequenceid,
      slot: frame.slot,
      generation: frame.generation,
    })
    writer.frame(TRUNK.PULL_RESULT, frame.uid, trunkBody.Page.encode(page).finish())
  }
}

const headBody = (calm: number): Buffer => {
  const body = Buffer.alloc(8)
  body.writeUInt32BE(calm, 0)
  body.writeUInt32BE(holdOf(calm === 0 ? URGENCY.NORMAL : URGENCY.LOW, 0), 4)
  return body
}
