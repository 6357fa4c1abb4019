import { TRUNK } from '@longwire/proto/trunk'
import type { Links } from './links.ts'

/** A session that is over, as logic has to hear of it. */
export interface Departure {
  readonly appcode: number
  readonly slot: number
  readonly generation: number
  /** How it ended: a PREV_STATE. */
  readonly ending: number
  readonly loggedOut: boolean
  readonly uid: string
  readonly device: string
}

interface Waiting extends Departure {
  /** Number of the link that carries it; 0: none. */
  link: number
  sentAt: number
}

interface DeparturesOptions {
  readonly links: Links
  /** Time logic has to answer. */
  readonly requestMs: number
  /** Departures kept at most; those beyond are told once only, and found out by STALE at the worst. */
  readonly max: number
  readonly dropped: () => void
}

/** Sent again per tick: a storm of retries would only make an outage worse. */
const RETRIES_PER_TICK = 1_000

/** Tells logic of sessions that are over, again and again until it has taken note. */
export class Departures {
  readonly #options: DeparturesOptions
  /** By the number of the request, the one sent longest ago first. */
  readonly #waiting = new Map<number, Waiting>()

  constructor(options: DeparturesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size
  }

  add(number: number, departure: Departure, now: number): void {
    const waiting = { ...departure, link: 0, sentAt: now }
    this.#send(number, waiting)
    if (this.#waiting.size < this.#options.max) this.#waiting.set(number, waiting)
    else this.#options.dropped()
  }

  /** Whether `number` is a departure. */
  done(number: number): boolean {
    return this.#waiting.delete(number)
  }

  /** What a link carried when it broke goes over another. */
  lost(link: number, now: number): void {
    for (const [number, waiting] of this.#waiting)
      if (waiting.link === link) this.#again(number, waiting, now)
  }

  tick(now: number): void {
    let retries = 0
    for (const [number, waiting] of this.#waiting) {
      if (waiting.sentAt > now - this.#options.requestMs || ++retries > RETRIES_PER_TICK) return
      this.#again(number, waiting, now)
    }
  }

  #again(number: number, waiting: Waiting, now: number): void {
    waiting.sentAt = now
    this.#waiting.delete(number)
    this.#waiting.set(number, waiting)
    this.#send(number, waiting)
  }

  #send(number: number, waiting: Waiting): void {
    const { uid, device, appcode, slot, generation, ending, loggedOut } = waiting
    const link = this.#options.links.pick(uid)
    waiting.link = link?.number ?? 0
    if (link === undefined) return
    const writer = link.writer()
    writer.head.appcode = appcode
    writer.head.slot = slot
    writer.head.generation = generation
    writer.head.sequenceid = number
    writer.head.msgtype = ending
    writer.head.reserve = loggedOut ? 1 : 0
    writer.frame(TRUNK.GONE, uid, Buffer.from(device))
  }
}
