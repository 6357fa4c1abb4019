import type { edgeBody } from '@longwire/proto'
import type { Cursor } from '../cursor-store.ts'
import type { Gap, Reset } from '../sync.ts'
import { type Publication, publicationOf } from './publication.ts'

export interface ReadingSide {
  deliver(publication: Publication): void
  gap(gap: Gap): void
  reset(reset: Reset): void
  /** Asks for what is behind the cursor; the answer comes by `page`, or `failed` is called. */
  ask(cursor: Cursor): void
  /** As much waits for the app as may. */
  full(): boolean
}

/** Publications that came while a page is asked for; beyond, they are read by page. */
const EARLY_MAX = 256

/** How far a topic was read: what comes is put in order, and what is missing is asked for. */
export class Reading {
  readonly #topic: string
  readonly #side: ReadingSide
  readonly #early = new Map<number, Publication>()
  #asking = false
  #head = 0
  /** Epoch 0: it begins where the topic ends. */
  cursor: Cursor

  constructor(topic: string, cursor: Cursor, side: ReadingSide) {
    this.#topic = topic
    this.cursor = cursor
    this.#side = side
  }

  /** The answer to a subscription. */
  subscribed(answer: edgeBody.TopicAnswer): void {
    this.#asking = false
    this.#early.clear()
    if (this.cursor.epoch === 0) this.cursor = { epoch: answer.epoch, seq: answer.head }
    else this.page(answer)
  }

  /** A page that begins at the cursor. */
  page(answer: edgeBody.TopicAnswer): void {
    this.#asking = false
    const { epoch, head, next, publications } = answer
    const before = this.cursor.seq
    if (epoch !== this.cursor.epoch) return this.#begin(epoch, head)
    this.#head = Math.max(this.#head, head)
    for (const each of publications) this.#take(publicationOf(this.#topic, each))
    const { seq } = this.cursor
    // What a page steps over is gone.
    if (next > seq) this.#skipTo(next)
    // A topic that is not recovered goes on where it is.
    else if (!answer.recovered && publications.length === 0 && head > seq) this.#skipTo(head)
    this.#drain()
    // Nothing came: what was said of a head beyond is not so, or comes by itself.
    if (this.cursor.seq === before) this.#head = Math.max(head, before)
    this.goOn()
  }

  failed(): void {
    this.#asking = false
  }

  /** PUBLICATION. */
  pushed(publication: Publication): void {
    const { seq } = publication
    if (seq <= this.cursor.seq) return
    this.#head = Math.max(this.#head, seq)
    if (this.#side.full()) return
    if (seq === this.cursor.seq + 1) {
      this.#take(publication)
      this.#drain()
      return
    }
    if (this.#early.size < EARLY_MAX) this.#early.set(seq, publication)
    this.#ask()
  }

  /** The topic reaches up to here. */
  headIs(head: number, epoch: number): void {
    if (epoch !== this.cursor.epoch) return this.#begin(epoch, head)
    this.#head = Math.max(this.#head, head)
    if (head > this.cursor.seq) this.#ask()
  }

  /** Asks for what is missing, if anything is. */
  goOn(): void {
    if (this.#head > this.cursor.seq) this.#ask()
  }

  #begin(epoch: number, seq: number): void {
    this.#early.clear()
    this.#head = seq
    const previous = this.cursor
    this.cursor = { epoch, seq }
    this.#side.reset({ previous, cursor: this.cursor })
  }

  #ask(): void {
    if (this.#asking || this.#side.full()) return
    this.#asking = true
    this.#side.ask(this.cursor)
  }

  #take(publication: Publication): void {
    const { seq } = publication
    if (seq <= this.cursor.seq) return
    if (seq > this.cursor.seq + 1) this.#skipTo(seq - 1)
    this.cursor = { epoch: this.cursor.epoch, seq }
    this.#side.deliver(publication)
  }

  #skipTo(seq: number): void {
    const from = this.cursor.seq + 1
    this.cursor = { epoch: this.cursor.epoch, seq }
    this.#side.gap({ from, to: seq, reason: 'trimmed' })
  }

  #drain(): void {
    const early = this.#early
    for (let next = early.get(this.cursor.seq + 1); next !== undefined;) {
      early.delete(next.seq)
      this.#take(next)
      next = early.get(this.cursor.seq + 1)
    }
    for (const seq of early.keys()) if (seq <= this.cursor.seq) early.delete(seq)
  }
}
