import { openLmdb, openMongo, type Table } from '@longwire/logic'
import type { NumberedEnd } from './clients.ts'
import type { Event } from './history.ts'
import { APPS } from './plan.ts'

/** Where the servers of a round keep what they store. */
export type StorePlace =
  | { readonly kind: 'lmdb'; readonly path: string }
  | { readonly kind: 'mongo'; readonly url: string }

type Row = Awaited<ReturnType<Table['range']>>[number]

const SYSTEM = APPS[0].system
const ROWS_MAX = 2_000

/**
 * All that is known of users of whom a history tells something wrong: what publishers and clients saw of
 * them, in order, then what the store holds of their mailbox: its own document, cursors of ends, rows.
 */
export const postMortem = async (
  users: readonly number[],
  seen: { readonly events: readonly Event[]; readonly ends: readonly NumberedEnd[] },
  place: StorePlace,
): Promise<string> => {
  const table = await openAt(place)
  try {
    const reports: string[] = []
    for (const user of users) {
      const ends = seen.ends.filter(end => end.user === user)
      const uid = ends[0]?.uid ?? ''
      reports.push(
        [
          `user ${user}, uid ${uid}`,
          ...ends.map(({ end, appcode, device, crew, roams }) =>
            [
              `  end ${end}: appcode ${appcode}, ${device}, ${crew}`,
              ...(roams ? ['roams'] : []),
            ].join(', '),
          ),
          '  what was seen:',
          ...historyOf(user, ends, seen.events).map(line => `    ${line}`),
          ...(await stored(table, uid)).map(line => `  ${line}`),
        ].join('\n'),
      )
    }
    return `${reports.join('\n')}\n`
  } finally {
    await table.close()
  }
}

const openAt = (place: StorePlace): Promise<Table> =>
  place.kind === 'lmdb' ? openLmdb(place.path) : openMongo(place.url)

const historyOf = (
  user: number,
  ends: readonly NumberedEnd[],
  events: readonly Event[],
): readonly string[] => {
  const own = new Set(ends.map(({ end }) => end))
  const ids = new Set<number>()
  for (const event of events) if (event.op === 'send' && event.user === user) ids.add(event.id)
  return events
    .filter(event => ('end' in event ? own.has(event.end) : ids.has(event.id)))
    .toSorted((a, b) => a.t - b.t)
    .map(({ op, t, ...fields }) => `${t.toFixed(3)} ${op} ${JSON.stringify(fields)}`)
}

/** Keys of {@link Table} as logic makes them. */
const stored = async (table: Table, uid: string): Promise<readonly string[]> => {
  const path = `${SYSTEM}/${keyPart(uid)}`
  const list = async (prefix: string): Promise<readonly Row[]> =>
    table.range(prefix, `${prefix}~`, ROWS_MAX)
  const meta = await table.get(`mailboxes/${path}`)
  const ends = await list(`ends/${path}/`)
  const rows = await list(`messages/${path}/`)
  return [
    `mailbox: ${meta === undefined ? 'nothing trimmed yet' : told(meta)}`,
    ...ends.map(row => `cursor ${row.key.slice(`ends/${path}/`.length)}: ${told(row.doc)}`),
    ...holes(rows),
    ...rows.map(row => `row ${seqOf(row)}: ${told(row.doc)}`),
  ]
}

/** A seq without a row above one with a row was undone, or removed out of turn (its time to live was over). */
const holes = (rows: readonly Row[]): readonly string[] => {
  const lines: string[] = []
  for (let index = 1; index < rows.length; index++) {
    const [before, after] = [seqOf(rows[index - 1]!), seqOf(rows[index]!)]
    if (after > before + 1) lines.push(`HOLE: no rows ${before + 1} to ${after - 1}`)
  }
  return lines
}

const seqOf = ({ key }: Row): number => Number(key.slice(-16))

const told = (doc: Row['doc']): string =>
  JSON.stringify(doc, (_, value: unknown) =>
    value instanceof Uint8Array
      ? Buffer.from(value)
          .toString('latin1')
          .replace(/\|\d*$/, '')
      : value,
  )

const keyPart = (text: string): string =>
  text.replace(/[%/]/g, char => `%${char.charCodeAt(0).toString(16)}`)
