import { pause, type Clock } from '@longwire/kit'
import type { Batch, ConsumeOptions } from '../bus.ts'
import type { GroupRows, PartitionRow } from './group-rows.ts'
import type { Partition } from './partition.ts'

const MAX_RECORDS = 500
const COMMIT_MS = 250
/** As long as this process lives, nobody takes what it did not release. */
const RELEASE_TRIES = 20
const RELEASE_MS = 500
const RETRY_MIN_MS = 100
const RETRY_MAX_MS = 10_000

export interface OwnershipParts {
  readonly partition: Partition
  /** `topic/partition` */
  readonly place: string
  readonly row: PartitionRow
  readonly rows: GroupRows
  readonly clock: Clock
  /** False: others may believe this member dead by now. */
  readonly held: () => boolean
}

/** A partition that this process owns in a group: reads it, hands over, commits. */
export class Ownership {
  readonly partition: Partition
  readonly #parts: OwnershipParts
  readonly #options: ConsumeOptions
  readonly #over = new AbortController()
  readonly #loop: Promise<void>
  #row: PartitionRow
  /** Up to where it is done, not written yet. */
  #done: number
  #commit: Promise<void> | undefined
  #lost = false
  /** Somebody else has it for certain. */
  #taken = false
  #released = false

  constructor(parts: OwnershipParts, options: ConsumeOptions) {
    this.#parts = parts
    this.#options = options
    this.partition = parts.partition
    this.#row = parts.row
    this.#done = parts.row.offset
    this.#loop = this.#run()
  }

  /** Somebody else has taken it, or may have. */
  get lost(): boolean {
    return this.#lost
  }

  /** Hands nothing over and takes no commits from now on. */
  drop(): void {
    this.#lost = true
    this.#over.abort()
  }

  /** Waits for what is being handled, writes the commit, and lets others take it. Never rejects. */
  async release(): Promise<void> {
    this.#over.abort()
    await this.#loop
    await this.#commit
    this.#released = true
    if (this.#taken) return
    const { rows, place, clock } = this.#parts
    const row = { ...this.#row, owner: '', offset: this.#done }
    for (let tries = 0; tries < RELEASE_TRIES; tries++) {
      try {
        await rows.change(this.#options.group, place, row)
        return
      } catch (error) {
        this.#options.onError?.(error)
        await pause(clock, RELEASE_MS)
      }
    }
  }

  async #run(): Promise<void> {
    const { partition, clock, held } = this.#parts
    const { signal } = this.#over
    let next = this.#done
    let tries = 0
    while (!signal.aborted) {
      try {
        const records = await partition.read(next, this.#options.maxRecords ?? MAX_RECORDS)
        if (signal.aborted) return
        if (!held()) return this.drop()
        const last = records.at(-1)
        if (last === undefined) {
          await partition.reaches(next, signal)
          continue
        }
        await this.#options.handle(this.#batch(records))
        next = last.offset + 1
        tries = 0
      } catch (error) {
        this.#options.onError?.(error)
        next = this.#done
        await pause(
          clock,
          Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries++, 10)),
          signal,
        )
      }
    }
  }

  #batch(records: Batch['records']): Batch {
    const { partition } = this.#parts
    return {
      topic: partition.topic,
      partition: partition.number,
      records,
      signal: this.#over.signal,
      commit: offset => this.#committed(offset + 1),
    }
  }

  #committed(done: number): void {
    if (done <= this.#done || this.#lost || this.#released) return
    this.#done = done
    this.#commit ??= this.#write()
  }

  /** Writes what is done, every so often, until nothing is left or the partition is given away. */
  async #write(): Promise<void> {
    const { rows, place, clock } = this.#parts
    const { signal } = this.#over
    while (!signal.aborted && this.#done > this.#row.offset) {
      await pause(clock, COMMIT_MS, signal)
      // Then `release` does it.
      if (signal.aborted) return
      try {
        const next = { ...this.#row, offset: this.#done }
        const row = await rows.change(this.#options.group, place, next)
        if (row === undefined) {
          this.#taken = true
          return this.drop()
        }
        this.#row = row
      } catch (error) {
        this.#options.onError?.(error)
      }
    }
    this.#commit = undefined
  }
}
