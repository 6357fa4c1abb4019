import { CODES, type CodeName, FEATURE } from '@longwire/proto'
import { TRUNK } from '@longwire/proto/trunk'
import { STAGE } from '../arrivals/stages.ts'
import type { Page } from '../log/log.ts'
import type { LoginCall, Refusal, Welcome } from '../login/login.ts'
import { hashOfToken, type Proof } from '../login/verifier.ts'
import type { Counts } from '../paths/counts.ts'
import type { Route } from '../routes/route-table.ts'
import { BodyWriter } from './body-writer.ts'
import { writePageHead, writePullBody } from './page-body.ts'
import type { TrunkPeer } from './peer.ts'
import type { Read } from './reads.ts'
import type { HeadNews } from './head-news.ts'
import type { Hint, LiveMessage } from './trunk.ts'

/** How a gate's session is addressed. */
export type Session = Pick<Route, 'slot' | 'generation'>

// Frames are copied into a link's own writer at once, so all links share these.
const body = new BodyWriter()
const pageHead = new BodyWriter(256)
const resultHead = new BodyWriter(1024)
const prefix: Buffer = Buffer.alloc(8)
const holdOnly: Buffer = Buffer.alloc(4)

/** What DELIVER begins with, and all of HEAD. */
const prefixOf = (seqs: number, hold: number): Buffer => {
  prefix.writeUInt32BE(Math.min(seqs, 0xffff_ffff), 0)
  prefix.writeUInt32BE(hold, 4)
  return prefix
}

/** Writes what logic says to one gate. */
export class GateWriter {
  readonly #peer: TrunkPeer
  readonly #counts: Counts

  constructor(peer: TrunkPeer, counts: Counts) {
    this.#peer = peer
    this.#counts = counts
  }

  deliver(session: Session, hint: Hint): void {
    const { writer } = this.#peer
    this.#address(session)
    writer.head.appcode = hint.appcode
    writer.head.msgtype = hint.msgtype
    writer.head.sequenceid = hint.seq
    writer.head.logidHigh = hint.logidHigh
    writer.head.logidLow = hint.logidLow
    writer.head.reserve = hint.epoch
    writer.frame(TRUNK.DELIVER, '', hint.content, prefixOf(hint.seq - hint.prev, hint.hold))
    this.#peer.wrote()
  }

  live(session: Session, message: LiveMessage): void {
    const { writer } = this.#peer
    this.#address(session)
    writer.head.appcode = message.appcode
    writer.head.msgtype = message.msgtype
    writer.head.logidHigh = message.logidHigh
    writer.head.logidLow = message.logidLow
    holdOnly.writeUInt32BE(message.hold, 0)
    writer.frame(TRUNK.LIVE, '', message.content, holdOnly)
    this.#peer.wrote()
  }

  /** `body` is an edge Read. */
  read(session: Session, body: Uint8Array): void {
    this.#address(session)
    this.#peer.writer.frame(TRUNK.READ, '', body)
    this.#peer.wrote()
  }

  kick(session: Session, code: number): void {
    this.#address(session)
    this.#peer.writer.head.reserve = code
    this.#peer.writer.frame(TRUNK.KICK, '')
    this.#peer.wrote()
  }

  resync(): void {
    this.#peer.writer.frame(TRUNK.RESYNC, '')
    this.#peer.wrote()
  }

  load(load: number): void {
    this.#peer.writer.head.reserve = load
    this.#peer.writer.frame(TRUNK.LOAD, '')
    this.#peer.wrote()
  }

  /** The route table has this life. */
  who(life: string): void {
    this.#peer.writer.frame(TRUNK.WHO, '', Buffer.from(life))
    this.#peer.wrote()
  }

  /** 0: nobody waits for it. */
  done(sequenceid: number): void {
    if (sequenceid === 0) return
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(TRUNK.DONE, '')
    this.#peer.wrote()
  }

  page(read: Read, epoch: number, page: Page): void {
    writePage(page, read.features)
    const { writer } = this.#peer
    this.#address(read)
    writer.head.appcode = read.appcode
    writer.head.sequenceid = read.sequenceid
    writer.head.reserve = epoch
    writer.frame(TRUNK.PULL_RESULT, '', body.bytes, pageHead.bytes)
    this.#peer.wrote()
    this.#pulled(page)
  }

  noPage(read: Omit<Read, 'mailbox'>, code: CodeName): void {
    pageHead.reset()
    pageHead.uint(1, read.after)
    pageHead.uint(2, read.after)
    pageHead.uint(8, CODES[code].code)
    const { writer } = this.#peer
    this.#address(read)
    writer.head.appcode = read.appcode
    writer.head.msgtype = CODES[code].code
    writer.head.sequenceid = read.sequenceid
    writer.head.reserve = read.epoch
    writer.frame(TRUNK.PULL_RESULT, '', pageHead.bytes)
    this.#peer.wrote()
  }

  welcome(sequenceid: number, call: LoginCall, welcome: Welcome): void {
    const { heads, base, reset, page, route, proof, prevState } = welcome
    const { high, low } = hashOfToken(proof)
    writePage(page, call.features)
    resultHead.reset()
    resultHead.fixed32(4, heads.epoch)
    resultHead.uint(5, base)
    resultHead.bool(6, reset)
    resultHead.uint(9, route.fence)
    resultHead.uint(10, prevState)
    resultHead.uint(11, proof.expiresMs)
    resultHead.uint(12, proof.issuedAt)
    resultHead.fixed32(13, high)
    resultHead.fixed32(14, low)
    resultHead.open(7, pageHead.size + body.size)
    resultHead.raw(pageHead.bytes)
    const { writer } = this.#peer
    this.#address(call)
    writer.head.appcode = call.claim.appcode
    writer.head.sequenceid = sequenceid
    writer.frame(TRUNK.LOGIN_RESULT, '', body.bytes, resultHead.bytes)
    this.#peer.wrote()
    this.#pulled(page)
  }

  refused(sequenceid: number, refusal: Refusal): void {
    this.#refusal(TRUNK.LOGIN_RESULT, sequenceid, refusal)
  }

  renewed(sequenceid: number, proof: Proof): void {
    const { expiresMs, issuedAt } = proof
    const { high, low } = hashOfToken(proof)
    resultHead.reset()
    resultHead.uint(4, expiresMs)
    resultHead.uint(5, issuedAt)
    resultHead.fixed32(6, high)
    resultHead.fixed32(7, low)
    this.#answer(TRUNK.TOKEN_RESULT, sequenceid)
  }

  notRenewed(sequenceid: number, refusal: Refusal): void {
    this.#refusal(TRUNK.TOKEN_RESULT, sequenceid, refusal)
  }

  /** `body` is one of REVOKE. */
  revoke(body: Uint8Array): void {
    this.#peer.writer.frame(TRUNK.REVOKE, '', body)
    this.#peer.wrote()
  }

  /** HINT or MOVE. */
  ask(cmd: number, sequenceid: number, body: Uint8Array): void {
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(cmd, '', body)
    this.#peer.wrote()
  }

  head(session: Session, { epoch, head, calm, hold }: HeadNews): void {
    const { writer } = this.#peer
    this.#address(session)
    writer.head.sequenceid = head
    writer.head.reserve = epoch
    writer.frame(TRUNK.HEAD, '', prefixOf(calm, hold))
    this.#peer.wrote()
  }

  #refusal(cmd: number, sequenceid: number, refusal: Refusal): void {
    const { code, message, retryAfterMs, addresses = [] } = refusal
    resultHead.reset()
    resultHead.uint(1, CODES[code].code)
    resultHead.text(2, message)
    resultHead.uint(3, retryAfterMs)
    for (const address of addresses) resultHead.text(15, address)
    this.#peer.writer.head.msgtype = CODES[code].code
    this.#answer(cmd, sequenceid)
  }

  #answer(cmd: number, sequenceid: number): void {
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(cmd, '', resultHead.bytes)
    this.#peer.wrote()
  }

  #pulled({ messages }: Page): void {
    const { pulled, arrivals } = this.#counts
    pulled.add(messages.length)
    for (const message of messages) arrivals.count(STAGE.pulled, message, message.sentAt)
  }

  #address({ slot, generation }: Session): void {
    this.#peer.writer.head.slot = slot
    this.#peer.writer.head.generation = generation
  }
}

/** Leaves the page in {@link pageHead} and {@link body}, to be written one after the other. */
const writePage = (page: Page, features: number): void => {
  body.reset()
  writePullBody(body, page, (features & FEATURE.CONVERSATIONS) !== 0)
  pageHead.reset()
  writePageHead(pageHead, page, body.size)
}
