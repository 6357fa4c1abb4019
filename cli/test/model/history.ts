import type { Cursor } from '@longwire/client'

interface Published {
  readonly mine: boolean
  readonly expiresAt: number
  epoch: number
  /** 0 until the log has answered. */
  seq: number
  deliveries: number
}

interface Range {
  readonly epoch: number
  readonly from: number
  readonly to: number
}

/**
 * What happened, and what must not have.
 *
 * I1 every accepted message is delivered, has expired, or lies in a gap or reset that was reported.
 * I2 within an epoch delivered seqs rise. I3 nothing is delivered twice but after a crash of the app
 * between its handler and the saved cursor. I4 cursors, heads and floors never go back. I7 nothing of
 * another appcode is delivered, and nothing that was never published.
 */
export class History {
  readonly faults: string[] = []
  deliveries = 0
  gaps = 0
  resets = 0
  readonly #messages = new Map<string, Published>()
  readonly #missing: Range[] = []
  #last: Cursor = { epoch: 0, seq: 0 }
  #saved: Cursor = { epoch: 0, seq: 0 }
  #heads = { head: 0, floor: 0, epoch: 0 }
  /** Epochs whose loss the client was told of, or never knew. */
  readonly #excused = new Set<number>()

  published(msgid: string, mine: boolean, expiresAt: number): void {
    this.#messages.set(msgid, { mine, expiresAt, epoch: 0, seq: 0, deliveries: 0 })
  }

  accepted(msgid: string, epoch: number, seq: number): void {
    const message = this.#messages.get(msgid)!
    message.epoch = epoch
    message.seq = seq
  }

  delivered(msgid: string, epoch: number, seq: number): void {
    this.deliveries++
    const message = this.#messages.get(msgid)
    if (message === undefined) return this.#fault(`delivered ${msgid}, which nobody published`)
    if (!message.mine) this.#fault(`delivered ${msgid}, which is for another appcode`)
    if (message.seq !== 0 && (message.seq !== seq || message.epoch !== epoch)) {
      this.#fault(
        `${msgid} was accepted as ${message.epoch}:${message.seq} and delivered as ${epoch}:${seq}`,
      )
    }
    message.deliveries++
    if (epoch === this.#last.epoch && seq <= this.#last.seq)
      this.#fault(`delivered ${seq} after ${this.#last.seq}`)
    this.#last = { epoch, seq }
  }

  gap(epoch: number, from: number, to: number): void {
    this.gaps++
    this.#missing.push({ epoch, from, to })
  }

  reset(previous: Cursor, cursor: Cursor): void {
    this.resets++
    this.#excused.add(previous.epoch)
    this.startedAt(cursor.epoch, cursor.seq)
  }

  /** A client without a cursor, or with a lost one, starts here: what lies before is not its business. */
  startedAt(epoch: number, base: number): void {
    this.#missing.push({ epoch, from: 0, to: base })
  }

  saved(cursor: Cursor): void {
    if (cursor.epoch === this.#saved.epoch && cursor.seq < this.#saved.seq)
      this.#fault('the saved cursor went back')
    this.#saved = cursor
  }

  /** What was delivered beyond the saved cursor may come again. */
  clientCrashed(): void {
    this.#last = this.#saved
    for (let at = this.#missing.length - 1; at >= 0; at--) {
      const gap = this.#missing[at]!
      if (gap.epoch === this.#saved.epoch && gap.from > this.#saved.seq) this.#missing.splice(at, 1)
    }
  }

  heads(heads: { head: number; floor: number; epoch: number }): void {
    const before = this.#heads
    if (heads.floor > heads.head) this.#fault(`floor ${heads.floor} above head ${heads.head}`)
    if (before.epoch === heads.epoch && (heads.head < before.head || heads.floor < before.floor)) {
      this.#fault(`head or floor went back: ${JSON.stringify(before)} to ${JSON.stringify(heads)}`)
    }
    this.#heads = heads
  }

  acked(acked: number, cursor: Cursor, epoch: number): void {
    if (epoch === cursor.epoch && acked > cursor.seq)
      this.#fault(`acknowledged ${acked}, read up to ${cursor.seq}`)
  }

  /** Everything has come to rest: nothing may be owed. */
  finish(epoch: number, knownEpochs: ReadonlySet<number>, now: number): void {
    for (const [msgid, message] of this.#messages) {
      if (!message.mine || message.seq === 0 || message.deliveries > 0 || message.expiresAt <= now)
        continue
      if (
        this.#missing.some(
          gap => gap.epoch === message.epoch && gap.from <= message.seq && message.seq <= gap.to,
        )
      )
        continue
      const told =
        message.epoch !== epoch &&
        (this.#excused.has(message.epoch) || !knownEpochs.has(message.epoch))
      if (!told)
        this.#fault(`${msgid} (${message.epoch}:${message.seq}) was accepted and never delivered`)
    }
  }

  #fault(text: string): void {
    this.faults.push(text)
  }
}
