import { VirtualClock, seededRandom } from '@longwire/kit'
import { createLog } from '../../src/log/create-log.ts'
import type { LogOptions } from '../../src/log/create-log.ts'
import type { Log, MailboxId, NewMessage } from '../../src/log/log.ts'
import { memoryTable } from '../../src/store/memory.ts'
import type { MemoryTable, MemoryTableOptions } from '../../src/store/memory.ts'
import type { Table } from '../../src/store/table.ts'

/** Lets everything happen that needs no time to pass. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** A log's world under a clock that stands still but for `pass` and `settle`. */
export interface World {
  readonly clock: VirtualClock
  readonly table: Table
  /** Moves time on, with all that happens meanwhile. */
  pass(ms: number): Promise<void>
  /** Waits for a promise; moves time on only as far as it takes. */
  settle<T>(promise: Promise<T>): Promise<T>
  log(options?: Partial<LogOptions>): Log
}

const LIMITS = { maxMessages: 1_000_000, maxBytes: 1_000_000_000 }

const logOn = (clock: VirtualClock, table: Table, options: Partial<LogOptions>): Log =>
  createLog({ table, clock, random: seededRandom(7), limits: LIMITS, ...options })

/** In memory: nothing real is waited for. */
export const memoryWorld = (
  options: Omit<MemoryTableOptions, 'clock'> = {},
): World & { readonly table: MemoryTable } => {
  const clock = new VirtualClock()
  const table = memoryTable({ clock, ...options })
  return {
    clock,
    table,
    log: (logOptions = {}) => logOn(clock, table, logOptions),
    async pass(ms) {
      const end = clock.now() + ms
      for (;;) {
        await turn()
        const next = clock.untilNext()
        if (next === undefined || clock.now() + next > end) break
        clock.advance(next)
      }
      clock.advance(end - clock.now())
      await turn()
    },
    async settle(promise) {
      let settled = false
      const done = (): void => void (settled = true)
      promise.then(done, done)
      for (await turn(); !settled; await turn()) {
        const next = clock.untilNext()
        if (next === undefined)
          throw new Error('nothing will ever happen again, and the promise is not settled')
        clock.advance(next)
      }
      return promise
    },
  }
}

/** On a real store: time stands still while it works. */
export const realWorld = (real: Table): World => {
  const clock = new VirtualClock()
  const calls = new OpenCalls()
  const table = calls.watch(real)
  return {
    clock,
    table,
    log: (options = {}) => logOn(clock, table, options),
    async pass(ms) {
      const end = clock.now() + ms
      for (;;) {
        await calls.quiet()
        const next = clock.untilNext()
        if (next === undefined || clock.now() + next > end) break
        clock.advance(next)
      }
      clock.advance(end - clock.now())
      await calls.quiet()
    },
    settle: promise => promise,
  }
}

/** Knows when no call to a table is open. */
class OpenCalls {
  readonly #open = new Set<Promise<unknown>>()

  watch(table: Table): Table {
    return {
      get: key => this.#track(table.get(key)),
      range: (from, to, limit, reverse) => this.#track(table.range(from, to, limit, reverse)),
      insert: groups => this.#track(table.insert(groups)),
      raise: rows => this.#track(table.raise(rows)),
      replace: rows => this.#track(table.replace(rows)),
      swap: (key, rev, doc) => this.#track(table.swap(key, rev, doc)),
      remove: keys => this.#track(table.remove(keys)),
      close: () => table.close(),
    }
  }

  async quiet(): Promise<void> {
    for (await turn(); this.#open.size > 0; await turn()) await Promise.allSettled(this.#open)
  }

  #track<T>(call: Promise<T>): Promise<T> {
    this.#open.add(call)
    const done = (): void => void this.#open.delete(call)
    call.then(done, done)
    return call
  }
}

let ids = 0
const hex = (number: number): string => number.toString(16).padStart(16, '0')

export const message = (change: Partial<NewMessage> = {}): NewMessage => {
  const id = ++ids
  return {
    appcode: 0,
    msgtype: 1,
    content: Buffer.from(`content ${id}`),
    ttlSeconds: 86_400,
    msgid: hex(id),
    logid: hex(id + 0x1000_0000),
    ...change,
  }
}

export const mailbox = (name = 'user'): MailboxId => ({
  system: 'im',
  uid: `${name}-${process.pid}-${++ids}`,
})

/** All that an end has to read, page by page. */
export const readAll = async (
  log: Log,
  id: MailboxId,
  appcode = 1,
  after = 0,
): Promise<number[]> => {
  const seqs: number[] = []
  for (let at = after; ;) {
    const page = await log.read(id, appcode, at, 50, 1_000_000)
    seqs.push(...page.messages.map(({ seq }) => seq))
    at = page.next
    if (!page.more) return seqs
  }
}
