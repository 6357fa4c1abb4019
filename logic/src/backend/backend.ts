import type { Link } from '@longwire/kit'
import { TRUNK, TrunkError, decodePublish, type TrunkView } from '@longwire/proto/trunk'
import type { Deliveries } from '../bus/delivery/deliveries.ts'
import { problemOf, PROBLEMS, type Problem } from '../api/problems.ts'
import type { Businesses } from '../paths/businesses.ts'
import type { Business, Draft } from '../paths/draft.ts'
import type { Refusal } from '../paths/intake.ts'
import type { Published } from '../paths/live.ts'
import type { S2c } from '../paths/s2c.ts'
import { BodyWriter } from '../trunk/body-writer.ts'
import { Consuming } from './consuming.ts'
import { TrunkPeer, type Hello, type PeerContext } from '../trunk/peer.ts'

export interface BackendParts {
  readonly context: PeerContext
  readonly businesses: Businesses
  readonly s2c: S2c
  readonly deliveries: Deliveries
  /** Told of every refused message. */
  readonly refused: (problem: Problem) => void
}

/** Results a backend may leave untaken before it is cut. */
const UNTAKEN_BYTES = 16 * 1024 * 1024

// Copied into a link's own writer at once, so all links share it.
const result = new BodyWriter(1024)

/** The pipelined connections of backends: many PUBLISH frames ahead, results in any order. */
export class Backends {
  readonly #parts: BackendParts
  readonly #links = new Set<BackendLink>()

  constructor(parts: BackendParts) {
    this.#parts = parts
  }

  get links(): number {
    return this.#links.size
  }

  accept(link: Link): void {
    const backend: BackendLink = new BackendLink(link, this.#parts, () =>
      this.#links.delete(backend),
    )
    this.#links.add(backend)
  }

  /** Businesses are other ones: who may no longer send is cut, the others go on as they are now. */
  changed(): void {
    for (const backend of this.#links) backend.changed()
  }

  close(): void {
    for (const backend of this.#links) backend.close()
  }
}

class BackendLink {
  readonly #parts: BackendParts
  readonly #peer: TrunkPeer
  readonly #consuming: Consuming
  #business: Business | undefined
  #key: string | undefined

  constructor(link: Link, parts: BackendParts, closed: () => void) {
    this.#parts = parts
    this.#peer = new TrunkPeer(
      link,
      {
        hello: hello => this.#hello(hello),
        frame: view => this.#frame(view),
        closed: () => {
          this.#consuming.close(true)
          closed()
        },
      },
      parts.context,
    )
    this.#consuming = new Consuming(this.#peer, parts.deliveries)
  }

  changed(): void {
    if (this.#key === undefined) return
    const business = this.#parts.businesses.withKey(this.#key)
    if (business === undefined || business.enabled === false) this.#peer.close()
    else {
      this.#business = business
      this.#consuming.changed(business)
    }
  }

  close(): void {
    this.#consuming.close(false)
    this.#peer.close()
  }

  #hello(hello: Hello): string | undefined {
    if (hello.role !== 'backend') return `role "${hello.role}" is not served here; use "backend"`
    this.#key = hello.key
    this.#business = this.#parts.businesses.withKey(hello.key)
    if (this.#business === undefined) return 'the API key is not known; use a key of "businesses"'
    return this.#business.enabled === false ? 'the business is switched off' : undefined
  }

  #frame(view: TrunkView): void {
    if (view.cmd !== TRUNK.PUBLISH && this.#consuming.frame(view, this.#business!)) return
    if (view.cmd !== TRUNK.PUBLISH)
      throw new TrunkError(`command ${view.cmd} is not one that a backend sends`)
    const { sequenceid } = view
    if (this.#peer.bufferedBytes > UNTAKEN_BYTES)
      throw new TrunkError('the backend does not read its results')
    // Before anything is copied: refusing has to cost little when there is much to refuse.
    const refusal = this.#parts.s2c.intake.refusal()
    if (refusal !== undefined) return this.#shed(sequenceid, refusal)
    try {
      this.#parts.s2c.publish(this.#business!, draftOf(view)).then(
        appended => this.#accepted(sequenceid, appended),
        (error: unknown) => this.#refused(sequenceid, error),
      )
    } catch (error) {
      if (error instanceof TrunkError) throw error
      this.#refused(sequenceid, error)
    }
  }

  #shed(sequenceid: number, refusal: Refusal): void {
    const retryMs = this.#parts.s2c.intake.retryMs(refusal)
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(TRUNK.PUBLISH_RESULT, '', shedBody(refusal, retryMs))
    this.#peer.wrote()
  }

  #accepted(sequenceid: number, { msgid, seq, logid, sessions = 0 }: Published): void {
    result.reset()
    result.hex8(4, msgid)
    result.uint(5, seq)
    result.uint(6, sessions)
    const { writer } = this.#peer
    writer.head.sequenceid = sequenceid
    writer.head.logidHigh = Number.parseInt(logid.slice(0, 8), 16)
    writer.head.logidLow = Number.parseInt(logid.slice(8), 16)
    writer.frame(TRUNK.PUBLISH_RESULT, '', result.bytes)
    this.#peer.wrote()
  }

  #refused(sequenceid: number, error: unknown): void {
    const problem = problemOf(error)
    if (problem.code === 'INTERNAL') this.#parts.context.log.error({ err: error }, 'publish failed')
    this.#parts.refused(problem)
    result.reset()
    result.text(1, problem.code)
    result.text(2, problem.message)
    result.uint(3, problem.retryAfterMs)
    this.#peer.writer.head.sequenceid = sequenceid
    this.#peer.writer.frame(TRUNK.PUBLISH_RESULT, '', result.bytes)
    this.#peer.wrote()
  }
}

const lastShed = { refusal: '', retryMs: 0, body: Buffer.alloc(0) }

/** The same for thousands in a row, so it is written once. */
const shedBody = (refusal: Refusal, retryMs: number): Buffer => {
  if (lastShed.refusal === refusal && lastShed.retryMs === retryMs) return lastShed.body
  result.reset()
  result.text(1, refusal)
  result.text(2, PROBLEMS[refusal].remedy)
  result.uint(3, retryMs)
  lastShed.refusal = refusal
  lastShed.retryMs = retryMs
  lastShed.body = Buffer.from(result.bytes)
  return lastShed.body
}

const draftOf = (view: TrunkView): Draft => {
  const publish = decodePublish(view.body, view.reserve)
  if (publish === undefined) throw new TrunkError('the body of PUBLISH is cut short')
  const { uid, appcode, msgtype } = view
  return {
    uid,
    appcode,
    allEnds: publish.allEnds,
    msgtype,
    // The view is reused, and the message outlives this call.
    content: Buffer.from(publish.content),
    ttlSeconds: publish.ttlSeconds,
    idempotencyKey: publish.key,
    terms: publish.terms,
  }
}
