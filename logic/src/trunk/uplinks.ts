import { CODES, type CodeName, edgeBody } from '@longwire/proto'
import {
  decodeUpstream,
  TRUNK,
  TrunkError,
  type TrunkView,
  WAITS_FOR_REPLY,
} from '@longwire/proto/trunk'
import type { Conversations } from '../conversations/conversations.ts'
import type { Apps } from '../login/apps.ts'
import type { Answer, C2s, UpMessage } from '../upstream/c2s.ts'
import { outcome, type Calls, type Outcome } from '../upstream/calls.ts'
import { BodyWriter } from './body-writer.ts'
import { isDevice, isUid } from './names.ts'
import type { TrunkPeer } from './peer.ts'

/** What clients send, and who answers it. */
export interface UplinkPaths {
  readonly c2s: C2s
  readonly calls: Calls
  readonly conversations: Conversations
}

// Copied into a link's own writer at once, so all links share it.
const ack = new BodyWriter(256)
const REF_BITS = 0x1f_ffff

/** One gate: takes what its clients send, and answers. */
export class Uplinks implements Answer {
  readonly #apps: Apps
  readonly #paths: UplinkPaths
  readonly #peer: () => TrunkPeer
  #closing = false
  /** Calls and questions that are not answered yet. */
  #open = 0

  constructor(apps: Apps, paths: UplinkPaths, peer: () => TrunkPeer) {
    this.#apps = apps
    this.#paths = paths
    this.#peer = peer
  }

  get size(): number {
    return this.#open
  }

  /** From now on everything is refused: the gate asks another node. */
  finish(): void {
    this.#closing = true
  }

  take(view: TrunkView): void {
    const upload = this.#read(view)
    if (upload === undefined) return this.#misfit(view)
    const { message, withinMs } = upload
    const { c2s, calls, conversations } = this.#paths
    const waits = view.cmd === TRUNK.QUERY || view.reserve >= WAITS_FOR_REPLY
    if (this.#closing && waits) return this.#reply(message, outcome('UNAVAILABLE'))
    if (this.#closing) return this.sent(message, 'UNAVAILABLE', '', 0)
    if (view.cmd === TRUNK.C2C) return conversations.take(message)
    if (!waits) return c2s.take(message)
    this.#open++
    const asked =
      view.cmd === TRUNK.QUERY ? conversations.ask(message) : calls.call(message, withinMs)
    void asked.then(result => {
      this.#open--
      this.#reply(message, result)
    })
  }

  sent(message: UpMessage, code: CodeName | undefined, msgid: string, retryAfterMs: number): void {
    const { sequenceid, slot, generation } = message
    if (sequenceid === 0) return
    ack.reset()
    if (msgid !== '') ack.hex8(1, msgid)
    if (code === undefined) ack.hex8(2, message.logid)
    ack.uint(3, retryAfterMs)
    const peer = this.#peer()
    const { head } = peer.writer
    head.slot = slot
    head.generation = generation
    head.sequenceid = sequenceid
    head.msgtype = code === undefined ? 0 : CODES[code].code
    peer.writer.frame(TRUNK.SENT, '', ack.bytes)
    peer.wrote()
  }

  #reply(upload: UpMessage, { code, content, message, said, retryAfterMs }: Outcome): void {
    const peer = this.#peer()
    const { head } = peer.writer
    head.slot = upload.slot
    head.generation = upload.generation
    head.sequenceid = upload.sequenceid
    head.msgtype = code === undefined ? 0 : CODES[code].code
    const body =
      code === undefined
        ? content
        : edgeBody.Failure.encode({
            message: message || CODES[code].text,
            retryAfter: retryAfterMs,
            code: said,
            content,
          }).finish()
    peer.writer.frame(TRUNK.REPLY, '', body)
    peer.wrote()
  }

  #read(view: TrunkView): { message: UpMessage; withinMs: number } | undefined {
    const said = decodeUpstream(view.body)
    if (said === undefined) throw new TrunkError('the body of a message of a client is cut short')
    const { uid, appcode, msgtype, sequenceid, slot, generation, reserve } = view
    const app = this.#apps.get(appcode)
    if (app === undefined || !isUid(uid) || !isDevice(said.device)) return undefined
    const message = {
      system: app.system,
      uid,
      appcode,
      device: said.device,
      refEpoch: said.refEpoch,
      ref: reserve & REF_BITS,
      msgtype,
      logid: hex8(view.logidHigh, view.logidLow),
      content: copyOf(said.content),
      answer: this,
      sequenceid,
      slot,
      generation,
    }
    return { message, withinMs: said.withinMs }
  }

  #misfit({ sequenceid, slot, generation, cmd, reserve }: TrunkView): void {
    if (sequenceid === 0) return
    const peer = this.#peer()
    Object.assign(peer.writer.head, { slot, generation, sequenceid })
    peer.writer.head.msgtype = CODES.UNKNOWN_APPCODE.code
    const waits = cmd === TRUNK.QUERY || reserve >= WAITS_FOR_REPLY
    peer.writer.frame(waits ? TRUNK.REPLY : TRUNK.SENT, '')
    peer.wrote()
  }
}

const copyOf = (bytes: Buffer): Uint8Array => {
  const copy = Buffer.allocUnsafe(bytes.length)
  copy.set(bytes)
  return copy
}

const hex8 = (high: number, low: number): string =>
  high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
