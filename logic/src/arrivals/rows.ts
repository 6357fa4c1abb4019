import { keyAfter, keyEnd, keyPart, keyPartText, keySeq, type Table } from '../store/table.ts'
import { numberIn } from '../log/rows.ts'
import { STAGES, type Counted, type Stage } from './stages.ts'

/** Numbers are kept for times of this length. */
export const BUCKET_MS: number = 10 * 60_000
/** And for so long: as long as a message may be kept, and a week. */
export const KEPT_MS: number = 35 * 24 * 3600_000
const TABLE = 'arrivals/'
const PAGE_ROWS = 1_000
/** Removed in one go of the sweeper; the rest goes the next time. */
const SWEPT_ROWS = 10_000

/** When the bucket begins, in ms since 1970. */
export const bucketOf = (time: number): number => Math.floor(time / BUCKET_MS) * BUCKET_MS

const prefixOf = (business: string): string => `${TABLE}${keyPart(business)}/`

/** `arrivals/<business>/<bucket>/<appcode>/<msgtype>/<writer>`. */
export const arrivalKey = (
  bucket: number,
  { business, appcode, msgtype }: Counted,
  writer: string,
): string => `${prefixOf(business)}${keySeq(bucket)}/${appcode}/${msgtype}/${keyPart(writer)}`

export interface ArrivalQuery {
  readonly business: string
  readonly appcode: number | undefined
  readonly msgtype: number | undefined
  /** ms since 1970; from the bucket that holds `from` to the one before `to`. */
  readonly from: number
  readonly to: number
}

export type ArrivalNumbers = Record<Stage, number>

/** By the beginning of the bucket; buckets without a message are left out. */
export const readArrivals = async (
  table: Table,
  query: ArrivalQuery,
): Promise<Map<number, ArrivalNumbers>> => {
  const prefix = prefixOf(query.business)
  const to = `${prefix}${keySeq(Math.max(0, query.to))}`
  const buckets = new Map<number, ArrivalNumbers>()
  for (let from = `${prefix}${keySeq(bucketOf(query.from))}`; from < to;) {
    const rows = await table.range(from, to, PAGE_ROWS)
    for (const { key, doc } of rows) {
      const [bucket, appcode, msgtype] = key.slice(prefix.length).split('/').map(Number)
      if (bucket === undefined || (query.appcode ?? appcode) !== appcode) continue
      if ((query.msgtype ?? msgtype) !== msgtype) continue
      const sums = buckets.get(bucket) ?? nothing()
      buckets.set(bucket, sums)
      for (const stage of STAGES) sums[stage] += numberIn(doc, stage)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) break
    from = keyAfter(last.key)
  }
  return buckets
}

export const nothing = (): ArrivalNumbers => ({
  accepted: 0,
  notified: 0,
  inline: 0,
  pulled: 0,
  acked: 0,
  expired: 0,
  demoted: 0,
  upstream: 0,
  read: 0,
  recalled: 0,
})

/** Removes what is too old, business by business, also of those that are not configured any more. */
export const removeOld = async (table: Table, now: number): Promise<void> => {
  let left = SWEPT_ROWS
  for (let from = TABLE; left > 0;) {
    const [first] = await table.range(from, keyEnd(TABLE), 1)
    if (first === undefined) return
    const business = keyPartText(first.key.slice(TABLE.length).split('/', 1)[0] ?? '')
    const prefix = prefixOf(business)
    const young = `${prefix}${keySeq(Math.max(0, bucketOf(now - KEPT_MS)))}`
    while (left > 0) {
      const rows = await table.range(prefix, young, Math.min(left, PAGE_ROWS))
      if (rows.length > 0) await table.remove(rows.map(row => row.key))
      left -= rows.length
      if (rows.length < PAGE_ROWS) break
    }
    from = keyEnd(prefix)
  }
}
