import { eachEntry, encodeEntry, type SessionEntry, TRUNK } from '@longwire/proto/trunk'
import type { Links } from './links.ts'
import type { LogicLink } from './logic-link.ts'

/** One ACKS frame, as its link took it. */
interface Sent {
  readonly at: number
  readonly body: Buffer
}

/** Logic writes cursors within two seconds; what it was told longer ago than this outlives it. */
const KEPT_MS = 5_000
/** Entries of one frame; with the longest uid and device this stays far below a trunk body. */
const ENTRIES_MAX = 4_096
/** Frames that a dead link took are told to the others at this pace. */
const AGAIN_PER_TICK = 4

/**
 * Tells logic how far sessions have read, in one frame per link and tick. Nothing answers that, and a
 * node that dies has not written the latest of it: so what a link took lately is told elsewhere when
 * it breaks. Telling twice does no harm.
 */
export class Acknowledgements {
  readonly #links: Links
  readonly #sent = new Map<number, Sent[]>()
  #again: Buffer[] = []

  constructor(links: Links) {
    this.#links = links
  }

  /** False where no logic node can be reached. */
  add(entry: SessionEntry, now: number): boolean {
    const link = this.#links.pick(entry.uid)
    if (link === undefined) return false
    link.acks.push(encodeEntry(entry))
    if (link.acks.length >= ENTRIES_MAX) this.#send(link, now)
    return true
  }

  /** The link is no longer up. */
  lost(link: LogicLink, now: number): void {
    for (const { at, body } of this.#sent.get(link.number) ?? [])
      if (at > now - KEPT_MS) this.#again.push(body)
    if (link.acks.length > 0) this.#again.push(Buffer.concat(link.acks))
    link.acks = []
    this.#sent.delete(link.number)
  }

  tick(now: number): void {
    for (const sent of this.#sent.values())
      while (sent[0] !== undefined && sent[0].at <= now - KEPT_MS) sent.shift()
    if (this.#again.length > 0 && this.#links.up > 0) this.#repeat(now)
    this.#links.each(link => this.#send(link, now))
  }

  #repeat(now: number): void {
    const bodies = this.#again.splice(0, AGAIN_PER_TICK)
    for (const body of bodies) eachEntry(body, entry => void this.add(entry, now))
  }

  #send(link: LogicLink, now: number): void {
    if (!link.up || link.acks.length === 0) return
    const body = Buffer.concat(link.acks)
    link.acks = []
    link.writer().frame(TRUNK.ACKS, '', body)
    const sent = this.#sent.get(link.number)
    if (sent === undefined) this.#sent.set(link.number, [{ at: now, body }])
    else sent.push({ at: now, body })
  }
}
