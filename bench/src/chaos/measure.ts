import { percentile, round } from '../statistics.ts'
import type { Event } from './history.ts'

/** Publishing counts as recovered when 99 % of what is sent in a window is answered within this. */
const GOOD_MS = 200
const WINDOW_MS = 500

/** A time on the clock of histories, in milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface Times {
  /** When it struck, and from where to where what clients saw is held against the rest of `seen`. */
  readonly struck: readonly [Span, ...Span[]]
  /** Of what was sent in here it is told how long it took to arrive. */
  readonly seen: Span
  /** Steady publishing ended. */
  readonly endAt: number
}

export interface Figures {
  /** Clients whose connection ended after the fault. */
  readonly cut: number
  /** Seconds from the fault until 99 % of those were logged in again. */
  readonly backSeconds: number | undefined
  /** Seconds from the fault until all of those had noticed. */
  readonly noticedSeconds: number | undefined
  /** Seconds from the fault until the last window with a bad p99 of publishing ended; 0: none was bad. */
  readonly publishSeconds: number
  /**
   * p99 of the time from a publish to its receipt by clients that were connected all the time, out of and
   * in the times when it struck, in milliseconds.
   */
  readonly calmMs: number
  readonly struckMs: number
}

const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort()

/** What a history tells about how soon all was well again, and who noticed anything. */
export const measure = (
  events: readonly Event[],
  times: Times,
  /** Clients that are part of the fault are left out of the time to receipt. */
  without: ReadonlySet<number>,
): Figures => {
  const faultAt = times.struck[0].from
  const seconds = (values: readonly number[], share: number): number | undefined =>
    values.length === 0 ? undefined : round(percentile(sorted(values), share) / 1000, 2)
  const { noticed, back } = connections(events, faultAt)
  const away = events.flatMap(event => (event.op === 'down' ? [event.end] : []))
  const { calm, struck } = receipts(events, times, new Set([...without, ...away]))
  return {
    cut: noticed.length,
    backSeconds: seconds(back, 0.99),
    noticedSeconds: seconds(noticed, 1),
    publishSeconds: publishing(events, faultAt, times.endAt),
    calmMs: round(percentile(sorted(calm), 0.99), 1),
    struckMs: round(percentile(sorted(struck), 0.99), 1),
  }
}

const connections = (
  events: readonly Event[],
  faultAt: number,
): { noticed: number[]; back: number[] } => {
  const downs = new Set<number>()
  const backs = new Set<number>()
  const noticed: number[] = []
  const back: number[] = []
  for (const event of events) {
    if (event.t < faultAt) continue
    if (event.op === 'down' && !downs.has(event.end)) {
      downs.add(event.end)
      noticed.push(event.t - faultAt)
    }
    if (event.op === 'up' && downs.has(event.end) && !backs.has(event.end)) {
      backs.add(event.end)
      back.push(event.t - faultAt)
    }
  }
  return { noticed, back }
}

const publishing = (events: readonly Event[], faultAt: number, endAt: number): number => {
  const sentAt = new Map<number, number>()
  const windows = new Map<number, number[]>()
  for (const event of events) {
    if (event.op === 'send') sentAt.set(event.id, event.t)
    if (event.op !== 'acked') continue
    const sent = sentAt.get(event.id)
    if (sent === undefined || sent < faultAt || sent > endAt) continue
    const window = Math.floor((sent - faultAt) / WINDOW_MS)
    const list = windows.get(window)
    if (list === undefined) windows.set(window, [event.t - sent])
    else list.push(event.t - sent)
  }
  let last = -1
  for (const [window, list] of windows) {
    if (percentile(sorted(list), 0.99) >= GOOD_MS) last = Math.max(last, window)
  }
  return ((last + 1) * WINDOW_MS) / 1000
}

const covers = ({ from, to }: Span, at: number): boolean => at >= from && at < to

const receipts = (
  events: readonly Event[],
  { struck: spans, seen }: Times,
  without: ReadonlySet<number>,
): { calm: number[]; struck: number[] } => {
  const sentAt = new Map<number, number>()
  const calm: number[] = []
  const struck: number[] = []
  for (const event of events) {
    if (event.op === 'send') sentAt.set(event.id, event.t)
    if (event.op !== 'recv' || without.has(event.end)) continue
    const sent = sentAt.get(event.id)
    if (sent === undefined || !covers(seen, sent)) continue
    ;(spans.some(span => covers(span, sent)) ? struck : calm).push(event.t - sent)
  }
  return { calm, struck }
}
