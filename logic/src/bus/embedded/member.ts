import type { Clock, Timer } from '@longwire/kit'
import type { ConsumeOptions, Consumer } from '../bus.ts'
import type { GroupRows, MemberRow } from './group-rows.ts'
import { Ownership } from './ownership.ts'
import type { Partition } from './partition.ts'
import { partitionOf, type Topics } from './topics.ts'

const TICK_MS = 500
/** Not renewed for this share of the time after which it is gone, it hands nothing over any more. */
const HELD_SHARE = 0.65
/** A tick that comes so late means that this process stood still: what it did not see tells nothing. */
const LATE_MS = 1_500

export interface MemberParts {
  readonly topics: Topics
  readonly rows: GroupRows
  readonly clock: Clock
  /** A member that has not been seen to beat for this long, by the clock of who watches, is gone. */
  readonly goneMs: number
}

interface Seen {
  beat: number
  at: number
}

/**
 * One consumer of a group. Twice a second it beats and looks who else does; from that everybody works out
 * the same owner of each partition. The one that is no longer it lets go, then the new one takes it.
 */
export class Member implements Consumer {
  readonly #id: string
  readonly #options: ConsumeOptions
  readonly #parts: MemberParts
  readonly #left: () => void
  readonly #owned = new Map<string, Ownership>()
  readonly #releasing = new Map<string, Promise<void>>()
  readonly #seen = new Map<string, Seen>()
  readonly #closing = new AbortController()
  #beat = 0
  #joined = false
  #renewedAt = -Infinity
  #tickedAt = -Infinity
  #timer: Timer | undefined
  #ticking: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(id: string, options: ConsumeOptions, parts: MemberParts, left: () => void) {
    this.#id = id
    this.#options = options
    this.#parts = parts
    this.#left = left
  }

  get owned(): readonly string[] {
    return [...this.#owned].filter(([, { lost }]) => !lost).map(([place]) => place)
  }

  /** Partitions at whose ends it waits. */
  waitsAt(): Partition[] {
    return [...this.#owned.values()].map(({ partition }) => partition).filter(each => each.watched)
  }

  start(): void {
    this.#ticking = this.#tick()
      .catch(this.#told)
      .finally(() => {
        if (!this.#closing.signal.aborted)
          this.#timer = this.#parts.clock.after(TICK_MS, () => this.start())
      })
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.cancel()
    await this.#ticking
    const { rows } = this.#parts
    for (const [place, ownership] of this.#owned) this.#release(place, ownership)
    await Promise.all(this.#releasing.values())
    await rows.leave(this.#options.group, [this.#id]).catch(this.#told)
    this.#left()
  }

  readonly #told = (error: unknown): void => this.#options.onError?.(error)

  async #tick(): Promise<void> {
    const { clock, rows } = this.#parts
    const { group, topics } = this.#options
    const now = clock.monotonic()
    if (!this.#held()) for (const ownership of this.#owned.values()) ownership.drop()
    if (now - this.#tickedAt > LATE_MS) for (const seen of this.#seen.values()) seen.at = now
    this.#tickedAt = now
    const beat = ++this.#beat
    if (this.#joined) await rows.beat(group, this.#id, beat)
    else await rows.join(group, { id: this.#id, beat, topics })
    this.#renewedAt = now
    const all = await rows.members(group)
    // Who was held to be gone was removed; beating brought back a row without topics.
    this.#joined = all.some(({ id, topics: known }) => id === this.#id && known.length > 0)
    const live = this.#alive(all)
    const mine = await this.#assigned(live)
    for (const [place, ownership] of this.#owned)
      if (!mine.has(place) || ownership.lost) this.#release(place, ownership)
    const owners = new Set(live.map(({ id }) => id))
    await Promise.all([...mine].map(([place, partition]) => this.#take(place, partition, owners)))
  }

  /** Partitions that are this member's, now that these are alive. */
  async #assigned(live: readonly MemberRow[]): Promise<Map<string, Partition>> {
    const mine = new Map<string, Partition>()
    for (const name of new Set(this.#options.topics)) {
      const ids = live.filter(({ topics }) => topics.includes(name)).map(({ id }) => id)
      const topic = await this.#parts.topics.find(name)
      for (const partition of topic?.partitions ?? []) {
        const turn = partitionOf(name, ids.length) + partition.number
        if (ids[turn % ids.length] === this.#id) mine.set(`${name}/${partition.number}`, partition)
      }
    }
    return mine
  }

  async #take(place: string, partition: Partition, live: ReadonlySet<string>): Promise<void> {
    if (this.#owned.has(place) || this.#releasing.has(place)) return
    if (this.#closing.signal.aborted) return
    const { rows, clock } = this.#parts
    const { group, from = 'earliest' } = this.#options
    const before = await rows.partition(group, place)
    if (before.owner !== '' && before.owner !== this.#id && live.has(before.owner)) return
    const offset = before.offset < 0 ? await partition.at(from) : before.offset
    const row = await rows.change(group, place, { ...before, owner: this.#id, offset })
    if (row === undefined || this.#closing.signal.aborted) return
    const held = (): boolean => this.#held()
    const ownership = new Ownership({ partition, place, row, rows, clock, held }, this.#options)
    this.#owned.set(place, ownership)
  }

  /** Takes as long as what it handles, while this member goes on beating. */
  #release(place: string, ownership: Ownership): void {
    this.#owned.delete(place)
    const released = ownership.release().finally(() => this.#releasing.delete(place))
    this.#releasing.set(place, released)
  }

  #held(): boolean {
    const { clock, goneMs } = this.#parts
    return clock.monotonic() - this.#renewedAt < HELD_SHARE * goneMs
  }

  /** Those that were seen to beat lately, by id; rows of others go after a while. */
  #alive(rows: readonly MemberRow[]): MemberRow[] {
    const now = this.#parts.clock.monotonic()
    const live = rows.filter(({ id, beat }) => {
      const seen = this.#seen.get(id)
      if (seen?.beat !== beat) this.#seen.set(id, { beat, at: now })
      return seen === undefined || seen.beat !== beat || now - seen.at < this.#parts.goneMs
    })
    const gone = rows.filter(row => !live.includes(row)).map(({ id }) => id)
    for (const id of gone) this.#seen.delete(id)
    if (gone.length > 0) void this.#parts.rows.leave(this.#options.group, gone).catch(this.#told)
    return live.sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}
