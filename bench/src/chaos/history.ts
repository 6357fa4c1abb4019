import { openSync, readFileSync, writeSync } from 'node:fs'
import { sharedNow } from '../statistics.ts'

/**
 * What publishers and clients saw, one line per event: `op t fields`. Times are milliseconds on the
 * monotonic clock that all processes of a machine share. `end` is the index of a client, `user` that of a
 * user, `id` names a message over all rounds.
 */
export type Event =
  | {
      readonly op: 'send'
      readonly t: number
      readonly id: number
      readonly user: number
      /** Appcodes it is for; empty: every end of the user. */
      readonly appcodes: readonly number[]
      /** How long it is worth delivering; 0: always. */
      readonly ttlMs: number
    }
  | { readonly op: 'acked'; readonly t: number; readonly id: number; readonly seq: number }
  /** `failed`: refused for certain. `unknown`: nobody answered, it may be stored. */
  | { readonly op: 'failed' | 'unknown'; readonly t: number; readonly id: number }
  | {
      readonly op: 'recv'
      readonly t: number
      readonly end: number
      readonly seq: number
      /** As the content says; 0 where it is not what was sent. */
      readonly id: number
      readonly user: number
    }
  | {
      readonly op: 'gap'
      readonly t: number
      readonly end: number
      readonly from: number
      readonly to: number
    }
  /** `saved`: the cursor is in its store. `opened`: the app came to life with this cursor. */
  | {
      readonly op: 'saved' | 'opened'
      readonly t: number
      readonly end: number
      readonly seq: number
    }
  /** `up`: logged in. `down`: no longer. `reset`: told that the mailbox began anew. */
  | { readonly op: 'up' | 'down' | 'reset' | 'kicked'; readonly t: number; readonly end: number }

type Field = string | number

/** Appends events to a file. A line is with the kernel when `write` returns: kill -9 loses none. */
export class HistoryWriter {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  write(op: Event['op'], ...fields: readonly Field[]): void {
    writeSync(this.#file, `${op} ${sharedNow().toFixed(3)} ${fields.join(' ')}\n`)
  }
}

/** Reads what a file holds from byte `from` on; a line that kill -9 cut off is left out. */
export const readHistory = (path: string, from = 0): { events: Event[]; size: number } => {
  const bytes = readFileSync(path)
  const whole = bytes.lastIndexOf(10) + 1
  const events: Event[] = []
  for (const line of bytes.toString('latin1', from, Math.max(from, whole)).split('\n')) {
    if (line !== '') events.push(parseEvent(line))
  }
  return { events, size: whole }
}

const parseEvent = (line: string): Event => {
  const [op, ...fields] = line.split(' ')
  const [t = Number.NaN, a = Number.NaN, b = Number.NaN, c = Number.NaN, d = 0] = fields.map(Number)
  switch (op) {
    case 'send': {
      const list = fields[4] ?? ''
      const appcodes = list === '' ? [] : list.split(',').map(Number)
      return { op, t, id: a, user: b, ttlMs: c, appcodes }
    }
    case 'acked':
      return { op, t, id: a, seq: b }
    case 'failed':
    case 'unknown':
      return { op, t, id: a }
    case 'recv':
      return { op, t, end: a, seq: b, id: c, user: d }
    case 'gap':
      return { op, t, end: a, from: b, to: c }
    case 'saved':
    case 'opened':
      return { op, t, end: a, seq: b }
    case 'up':
    case 'down':
    case 'reset':
    case 'kicked':
      return { op, t, end: a }
    default:
      throw new Error(`not a line of a history: "${line}"`)
  }
}
