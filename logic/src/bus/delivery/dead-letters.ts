import type { Clock } from '@longwire/kit'
import { numberIn, textIn } from '../../log/rows.ts'
import { keyAfter, keyEnd, keySeq, type Row, type Table } from '../../store/table.ts'
import type { Bus, StoredRecord } from '../bus.ts'

/** A record that a group could not handle, and why. */
export interface DeadLetter {
  readonly id: string
  readonly group: string
  readonly record: StoredRecord
  readonly tries: number
  readonly reason: string
  readonly diedAt: number
}

/** Header of a replayed record: only this group gets it. */
export const ONLY_GROUP = 'longwire-group'
const PAGE = 500

/**
 * Records set aside: `busdead/<group>/<topic>/<partition>/<offset>`, until somebody replays or purges them.
 * Setting the same record aside again changes nothing.
 */
export class DeadLetters {
  readonly #table: Table
  readonly #clock: Clock

  constructor(table: Table, clock: Clock) {
    this.#table = table
    this.#clock = clock
  }

  async add(group: string, record: StoredRecord, tries: number, reason: string): Promise<void> {
    const { topic, partition, offset, key, headers, value, time } = record
    await this.#table.insert([
      [
        {
          key: `busdead/${group}/${topic}/${partition}/${keySeq(offset)}`,
          doc: {
            key,
            headers: JSON.stringify(headers),
            value,
            time,
            tries,
            reason,
            died_at: this.#clock.now(),
          },
        },
      ],
    ])
  }

  /** In the order of their ids, behind `after`; at most `limit`. */
  async list(group: string, after: string, limit: number): Promise<DeadLetter[]> {
    const prefix = `busdead/${group}/`
    const from = after === '' ? prefix : keyAfter(prefix + after)
    return (await this.#table.range(from, keyEnd(prefix), limit)).map(letterOf)
  }

  /** Publishes them again, for this group only, then removes them. Answers how many. */
  async replay(group: string, ids: readonly string[] | undefined, bus: Bus): Promise<number> {
    return this.#each(group, ids, async letters => {
      await bus.publish(
        letters.map(({ record: { topic, key, headers, value, time } }) => ({
          topic,
          key,
          headers: { ...headers, [ONLY_GROUP]: group },
          value,
          time,
        })),
      )
    })
  }

  /** Removes them for good. Answers how many. */
  purge(group: string, ids: readonly string[] | undefined): Promise<number> {
    return this.#each(group, ids, async () => undefined)
  }

  /** Those of these ids, or all; each page is removed after `work`. */
  async #each(
    group: string,
    ids: readonly string[] | undefined,
    work: (letters: readonly DeadLetter[]) => Promise<void>,
  ): Promise<number> {
    const remove = (letters: readonly DeadLetter[]): Promise<void> =>
      this.#table.remove(letters.map(({ id }) => `busdead/${group}/${id}`))
    let count = 0
    if (ids !== undefined) {
      const docs = await Promise.all(
        ids.map(async id => {
          const key = `busdead/${group}/${id}`
          const doc = await this.#table.get(key)
          return doc === undefined ? [] : [letterOf({ key, doc })]
        }),
      )
      const letters = docs.flat()
      if (letters.length > 0) await work(letters)
      await remove(letters)
      return letters.length
    }
    for (;;) {
      const letters = await this.list(group, '', PAGE)
      if (letters.length === 0) return count
      await work(letters)
      await remove(letters)
      count += letters.length
    }
  }
}

const letterOf = ({ key, doc }: Row): DeadLetter => {
  const [group = '', topic = '', partition = '', offset = ''] = key.split('/').slice(1)
  const value = doc['value']
  const headers: unknown = JSON.parse(textIn(doc, 'headers') || '{}')
  return {
    id: `${topic}/${partition}/${offset}`,
    group,
    record: {
      topic,
      partition: Number(partition),
      offset: Number(offset),
      key: textIn(doc, 'key'),
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
      ),
      value: value instanceof Uint8Array ? value : new Uint8Array(0),
      time: numberIn(doc, 'time'),
    },
    tries: numberIn(doc, 'tries'),
    reason: textIn(doc, 'reason'),
    diedAt: numberIn(doc, 'died_at'),
  }
}
