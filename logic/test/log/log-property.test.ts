import { seededRandom } from '@longwire/kit'
import type { Random } from '@longwire/kit'
import fc from 'fast-check'
import t from 'tap'
import type { Heads, Log, MailboxId, NewMessage, Page } from '../../src/log/log.ts'
import { goneTo, mailboxKeys, numberIn, seqOf } from '../../src/log/rows.ts'
import type { Fault } from '../../src/store/memory.ts'
import { TableUnavailable } from '../../src/store/table.ts'
import { message, memoryWorld } from './harness.ts'

/**
 * Two writers, two readers, one store that tears groups, answers late, loses answers and crashes. What
 * was promised has to be kept: see `check` and `finish`.
 */
type Step =
  | {
      readonly kind: 'append'
      readonly writer: number
      readonly key: number
      readonly ttlSeconds: number
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'read'; readonly writer: number; readonly reader: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart'; readonly writer: number }
  | { readonly kind: 'fault'; readonly fault: Fault }

const GRACE_MS = 60_000
const HEAD_CACHE_MS = 20_000
const DAY_SECONDS = 86_400

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      writer: fc.nat(1),
      key: fc.nat(5),
      ttlSeconds: fc.constantFrom(DAY_SECONDS, DAY_SECONDS, DAY_SECONDS, 5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 0, 1, 100, 3_000, 15_000, 70_000, 200_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      writer: fc.nat(1),
      reader: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), writer: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault>(
        { delayMs: 10 },
        { answerMs: 10 },
        { delayMs: 25_000 },
        { delayMs: 150_000 },
        { answerMs: 25_000 },
        { fail: 'before' },
        { fail: 'after' },
        { delayMs: 5_000, fail: 'after' },
      ),
    }),
  },
)

interface Promised {
  readonly seq: number
  readonly msgid: string
  /** It has no key, and its answer came so late that it may have had to be written twice. */
  readonly late: boolean
  readonly expiresAt: number
  readonly key: string
}

/** What one end got. Content names the attempt, so that it can be traced whatever its msgid. */
interface Reader {
  readonly device: string
  cursor: number
  readonly delivered: { readonly seq: number; readonly name: string }[]
  readonly gaps: { readonly from: number; readonly to: number }[]
}

const reader = (device: string): Reader => ({ device, cursor: 0, delivered: [], gaps: [] })

class Schedule {
  readonly #random: Random
  #faults: Fault[] = []
  readonly #world
  readonly #id: MailboxId = { system: 'im', uid: 'u' }
  readonly #logs: Log[]
  readonly #promised: Promised[] = []
  readonly #open = new Set<Promise<void>>()
  readonly #readers = [reader('a'), reader('b')]
  #heads: Heads = { head: 0, urgentTo: 0, floor: 0, epoch: 0 }
  #attempts = 0
  /** When each message was appended first. */
  readonly #firsts = new Map<string, number>()
  #slowReads = true

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#world = memoryWorld({
      random: this.#random,
      tearing: 0.3,
      fault: operation => {
        if (operation === 'insert' || operation === 'raise') return this.#faults.shift()
        // some reads take a moment, in which others write
        return this.#slowReads && this.#random() < 0.3 ? {} : undefined
      },
    })
    this.#logs = [this.#newLog(), this.#newLog()]
  }

  async run(all: readonly Step[]): Promise<void> {
    for (const step of all) {
      await this.#step(step)
      await this.#check()
    }
    await this.#finish()
  }

  #newLog(): Log {
    const log = this.#world.log({
      graceMs: GRACE_MS,
      headCacheMs: HEAD_CACHE_MS,
      limits: { maxMessages: 12, maxBytes: 1_000_000 },
      sweep: { pageRows: 7, pauseMs: 40_000 },
    })
    log.start()
    return log
  }

  async #step(step: Step): Promise<void> {
    if (step.kind === 'append') this.#append(step.writer, step.key, step.ttlSeconds)
    else if (step.kind === 'pass') await this.#world.pass(step.ms)
    else if (step.kind === 'read') await this.#read(step.writer, step.reader)
    else if (step.kind === 'crash') this.#world.table.crash()
    else if (step.kind === 'fault') this.#faults.push(step.fault)
    else {
      void this.#logs[step.writer]?.stop()
      this.#logs[step.writer] = this.#newLog()
    }
  }

  #append(writer: number, keyNumber: number, ttlSeconds: number): void {
    const key = keyNumber < 3 ? `k${keyNumber}` : undefined
    const name = key ?? `n${++this.#attempts}`
    const idempotency =
      key === undefined ? {} : { idempotency: { business: 'b', key, fingerprint: key } }
    const sent: NewMessage = message({
      content: Buffer.from(name),
      // a repeat is the same message
      ttlSeconds: key === undefined ? ttlSeconds : keyNumber === 0 ? 5 : DAY_SECONDS,
      ...idempotency,
    })
    const began = this.#world.clock.now()
    const first = this.#firsts.get(name) ?? began
    this.#firsts.set(name, first)
    const append = this.#logs[writer]?.append(this.#id, sent).then(
      ({ seq, msgid }) => {
        const late = key === undefined && this.#world.clock.now() - began >= HEAD_CACHE_MS
        this.#promised.push({
          seq,
          msgid,
          late,
          key: name,
          expiresAt: first + sent.ttlSeconds * 1000,
        })
      },
      (error: unknown) => {
        if (!(error instanceof TableUnavailable)) throw error
      },
    )
    if (append === undefined) return
    this.#open.add(append)
    void append.then(() => this.#open.delete(append))
  }

  /** The end reads a page, takes it, and acknowledges. */
  async #read(writer: number, which: number): Promise<void> {
    const log = this.#logs[writer]
    const end = this.#readers[which]
    if (log === undefined || end === undefined) return
    const read = (): Promise<Page> =>
      this.#world.settle(log.read(this.#id, 1, end.cursor, 4, 1_000))
    this.#slowReads = false
    const [once, again] = [await read(), await read()]
    this.#slowReads = true
    if (summary(once) !== summary(again))
      throw new Error(`two reads differ: ${summary(once)} and ${summary(again)}`)
    const page = await read()
    // it may not know the epoch yet, and the store may not say
    const heads = await this.#world.settle(log.heads(this.#id)).catch(() => this.#heads)
    if (heads.head < this.#heads.head || heads.floor < this.#heads.floor)
      throw new Error(
        `heads went back from ${JSON.stringify(this.#heads)} to ${JSON.stringify(heads)}`,
      )
    if (page.gapFloor >= 0) end.gaps.push({ from: end.cursor, to: page.gapFloor })
    for (const { seq, content } of page.messages) {
      if (seq <= end.cursor)
        throw new Error(`seq ${seq} was delivered behind the cursor ${end.cursor}`)
      end.cursor = seq
      end.delivered.push({ seq, name: Buffer.from(content).toString() })
    }
    if (page.next < end.cursor || page.head < page.next)
      throw new Error(`a page ends at ${page.next} with head ${page.head}`)
    end.cursor = page.next
    log.acknowledge(this.#id, { appcode: 1, device: end.device }, end.cursor)
  }

  /** Holds after every step. */
  async #check(): Promise<void> {
    const keys = mailboxKeys(this.#id)
    const rows = await this.#world.settle(this.#world.table.range(keys.rows, keys.rowsEnd, 10_000))
    const meta = await this.#world.settle(this.#world.table.get(keys.meta))
    const removed = numberIn(meta, 'head')
    const gone = goneTo(meta)
    const floor = numberIn(meta, 'floor')
    let expected = 0
    for (const row of rows) {
      const seq = seqOf(row)
      if (seq > expected + 1 && seq - 1 > gone)
        throw new Error(`there is no row ${seq - 1}, but row ${seq}; all is gone up to ${gone}`)
      expected = seq
    }
    const head = Math.max(expected, removed, floor)
    if (floor < this.#heads.floor)
      throw new Error(`the floor went from ${this.#heads.floor} to ${floor}`)
    // a row that a late writer put where others had been is no head
    if (head < this.#heads.head)
      throw new Error(`the head went from ${this.#heads.head} to ${head}`)
    this.#heads = { head, urgentTo: 0, floor, epoch: 0 }
  }

  async #finish(): Promise<void> {
    this.#faults = []
    for (let round = 0; this.#open.size > 0 && round < 100; round++) await this.#world.pass(10_000)
    if (this.#open.size > 0) throw new Error('an append never settled')
    for (const [which, end] of this.#readers.entries()) {
      for (let before = -1; before < end.cursor;) {
        before = end.cursor
        await this.#read(0, which)
      }
      this.#checkReader(end)
    }
    const seqs = this.#promised.map(({ seq, key }) => `${seq} ${key}`)
    const unique = new Map(this.#promised.map(({ seq, key }) => [seq, key]))
    if (new Set(seqs).size !== unique.size) throw new Error('a seq was promised to two messages')
  }

  #checkReader({ delivered, gaps, device }: Reader): void {
    const bySeq = new Map(delivered.map(({ seq, name }) => [seq, name]))
    for (const { seq, key, expiresAt } of this.#promised) {
      const got = bySeq.get(seq)
      const excused =
        gaps.some(({ from, to }) => seq > from && seq <= to) || expiresAt <= this.#world.clock.now()
      if (got === undefined && !excused)
        throw new Error(`seq ${seq} was promised, and never delivered to ${device}`)
      if (got !== undefined && got !== key)
        throw new Error(`seq ${seq} was promised to ${key}, and is ${got}`)
    }
    const late = new Set(this.#promised.filter(promised => promised.late).map(({ key }) => key))
    const counts = new Map<string, number>()
    for (const { name } of delivered) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const [name, count] of counts)
      if (count > 1 && !late.has(name))
        throw new Error(`${name} was delivered ${count} times to ${device}`)
  }
}

const summary = ({ messages, ...page }: Page): string =>
  JSON.stringify([page, messages.map(({ seq, msgid }) => [seq, msgid])])

const RUNS = Number(process.env['LONGWIRE_PROPERTY_RUNS'] ?? 300)

// a long hunt may take its time
t.setTimeout(60_000 + RUNS * 20)

await t.test('whatever happens, what was promised is delivered once and in order', async test => {
  const property = fc.asyncProperty(
    fc.nat(),
    fc.array(steps, { minLength: 1, maxLength: 60 }),
    (seed, all) => new Schedule(seed).run(all),
  )
  await fc.assert(property, { numRuns: RUNS })
  test.pass(`${RUNS} schedules`)
})
