import type { Batch, StoredRecord } from '../bus.ts'

/** A record on its way through a group. */
export interface Entry {
  readonly record: StoredRecord
  readonly lane: Lane
  /** Times it was handed to somebody. */
  tries: number
  done: boolean
}

/** Records of a partition that are under way at most, and their bytes. */
const LANE_RECORDS = 2_000
const LANE_BYTES = 8 * 1024 * 1024

/** A partition that this process owns: what is not done, and up to where everything is. */
export class Lane {
  readonly #batch: Batch
  #entries: Entry[] = []
  #first = 0
  #bytes = 0
  #latest: Batch
  #room: (() => void) | undefined

  constructor(batch: Batch) {
    this.#batch = batch
    this.#latest = batch
  }

  get signal(): AbortSignal {
    return this.#batch.signal
  }

  add(batch: Batch): Entry[] {
    this.#latest = batch
    const entries = batch.records.map(record => ({ record, lane: this, tries: 0, done: false }))
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#bytes += entry.record.value.length
    }
    return entries
  }

  /** Resolves when there is room for more, or the partition is lost. */
  room(): Promise<void> {
    return new Promise(resolve => {
      if (this.#hasRoom() || this.signal.aborted) return resolve()
      this.#room = resolve
      this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Commits everything before the first that is not done. */
  finish(entry: Entry): void {
    entry.done = true
    this.#bytes -= entry.record.value.length
    let last = -1
    while (this.#first < this.#entries.length && this.#entries[this.#first]!.done)
      last = this.#entries[this.#first++]!.record.offset
    if (last >= 0) this.#latest.commit(last)
    if (this.#first > LANE_RECORDS) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
    if (this.#hasRoom()) {
      this.#room?.()
      this.#room = undefined
    }
  }

  #hasRoom(): boolean {
    return this.#entries.length - this.#first < LANE_RECORDS && this.#bytes < LANE_BYTES
  }
}
