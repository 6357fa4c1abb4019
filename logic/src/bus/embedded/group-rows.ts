import { pause, type Clock } from '@longwire/kit'
import { numberIn, textIn } from '../../log/rows.ts'
import { keyEnd, type Row, type Table } from '../../store/table.ts'
import { GroupBusy } from '../bus.ts'

const BEAT_WATCH_MS = 2_500
const ROWS_MAX = 10_000

export interface MemberRow {
  readonly id: string
  readonly beat: number
  readonly topics: readonly string[]
}

export interface PartitionRow {
  readonly owner: string
  /** −1: nobody has committed. */
  readonly offset: number
  /** For the next swap; 0: there is no row. */
  readonly rev: number
}

/**
 * What groups keep in the table: `busmembers/<group>/<member>` {beat, topics} says who is there, and
 * `busoffsets/<group>/<topic>/<partition>` {owner, offset, rev} who owns a partition and up to where the
 * group is done. A commit is a swap of the latter, so that one by who lost it fails.
 */
export class GroupRows {
  readonly #table: Table
  readonly #clock: Clock

  constructor(table: Table, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  async join(group: string, { id, beat, topics }: MemberRow): Promise<void> {
    await this.leave(group, [id])
    const row = { key: memberKey(group, id), doc: { beat, topics: topics.join(',') } }
    await this.#table.insert([[row]])
  }

  beat(group: string, id: string, beat: number): Promise<void> {
    return this.#table.raise([{ key: memberKey(group, id), fields: { beat } }])
  }

  leave(group: string, ids: readonly string[]): Promise<void> {
    return this.#table.remove(ids.map(id => memberKey(group, id)))
  }

  async members(group: string): Promise<MemberRow[]> {
    const prefix = `busmembers/${group}/`
    const rows = await this.#table.range(prefix, keyEnd(prefix), ROWS_MAX)
    return rows.map(({ key, doc }) => ({
      id: key.slice(prefix.length),
      beat: numberIn(doc, 'beat'),
      topics: textIn(doc, 'topics').split(',').filter(Boolean),
    }))
  }

  async partition(group: string, place: string): Promise<PartitionRow> {
    const doc = await this.#table.get(offsetKey(group, place))
    if (doc === undefined) return { owner: '', offset: -1, rev: 0 }
    return {
      owner: textIn(doc, 'owner'),
      offset: numberIn(doc, 'offset'),
      rev: numberIn(doc, 'rev'),
    }
  }

  /** The new row; undefined where somebody else has changed it. */
  async change(
    group: string,
    place: string,
    { owner, offset, rev }: PartitionRow,
  ): Promise<PartitionRow | undefined> {
    const swapped = await this.#table.swap(offsetKey(group, place), rev, { owner, offset })
    return swapped ? { owner, offset, rev: rev + 1 } : undefined
  }

  /** By `topic/partition`. */
  async offsets(group: string): Promise<Map<string, number>> {
    const prefix = `busoffsets/${group}/`
    const rows = await this.#table.range(prefix, keyEnd(prefix), ROWS_MAX)
    const place = ({ key }: Row): string => key.slice(prefix.length)
    return new Map(rows.map(row => [place(row), numberIn(row.doc, 'offset')]))
  }

  async groups(): Promise<string[]> {
    const groups: string[] = []
    const end = keyEnd('busoffsets/')
    for (let from = 'busoffsets/'; ;) {
      const [row] = await this.#table.range(from, end, 1)
      if (row === undefined) return groups
      const group = row.key.slice('busoffsets/'.length, row.key.indexOf('/', 'busoffsets/'.length))
      groups.push(group)
      from = keyEnd(`busoffsets/${group}/`)
    }
  }

  async move(
    group: string,
    topic: string,
    places: readonly (readonly [number, number])[],
  ): Promise<void> {
    if (await this.#isAlive(group)) throw new GroupBusy(group)
    for (const [partition, offset] of places) {
      const place = `${topic}/${partition}`
      const { rev } = await this.partition(group, place)
      if ((await this.change(group, place, { owner: '', offset, rev })) === undefined)
        throw new GroupBusy(group)
    }
  }

  /** Whether a member beats: those that died leave a row behind. */
  async #isAlive(group: string): Promise<boolean> {
    const before = await this.members(group)
    if (before.length === 0) return false
    await pause(this.#clock, BEAT_WATCH_MS)
    const beats = new Map(before.map(({ id, beat }) => [id, beat]))
    return (await this.members(group)).some(({ id, beat }) => beats.get(id) !== beat)
  }
}

const memberKey = (group: string, id: string): string => `busmembers/${group}/${id}`
const offsetKey = (group: string, place: string): string => `busoffsets/${group}/${place}`
