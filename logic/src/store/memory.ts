import type { Clock, Random } from '@longwire/kit'
import { SortedDocs } from './sorted-docs.ts'
import { TableUnavailable } from './table.ts'
import type { Doc, RaiseRow, Row, Table } from './table.ts'

/** What goes wrong with one call. Times are milliseconds on the table's clock. */
export interface Fault {
  /** The call reaches the store this much later. */
  readonly delayMs?: number
  /** The answer takes this much longer than the effect. */
  readonly answerMs?: number
  /** Reject without the effect, or with it. */
  readonly fail?: 'before' | 'after'
}

export type Operation = 'get' | 'range' | 'insert' | 'raise' | 'replace' | 'swap' | 'remove'

export interface MemoryTableOptions {
  readonly clock: Clock
  /** Decides what a crash keeps, and how groups are cut up by syncs; without it a crash loses all and groups are whole. */
  readonly random?: Random
  /** Share of syncs at which a group gets only some of its rows, the rest at a later one. */
  readonly tearing?: number
  /** Asked at every call. */
  readonly fault?: (operation: Operation) => Fault | undefined
}

/** {@link Table} in memory, for simulations and tests. Writes happen at the next sync: the clock's `soon`. */
export interface MemoryTable extends Table {
  /** Loses the writes whose promises have not resolved: each group is kept, kept in part, or lost. They reject. */
  crash(): void
}

export const memoryTable = (options: MemoryTableOptions): MemoryTable => new SimulatedTable(options)

/** A write that waits for its sync. `apply` returns true when nothing is left to do. */
interface Write {
  apply(whole: boolean): boolean
  finish(): void
  reject(error: Error): void
  readonly fault: Fault | undefined
  failed: boolean
}

const MAX_KEY_BYTES = 512

class SimulatedTable implements MemoryTable {
  readonly #clock: Clock
  readonly #random: Random | undefined
  readonly #tearing: number
  readonly #fault: ((operation: Operation) => Fault | undefined) | undefined
  readonly #docs = new SortedDocs()
  /** Calls on their way: delayed, waiting for a sync, or not answered yet. */
  readonly #open = new Set<Write>()
  #queue: Write[] = []
  #syncing = false
  #closed = false

  constructor(options: MemoryTableOptions) {
    this.#clock = options.clock
    this.#random = options.random
    this.#tearing = options.tearing ?? 0
    this.#fault = options.fault
  }

  get(key: string): Promise<Doc | undefined> {
    return this.#answer('get', () => copyOf(this.#docs.get(checkKey(key))))
  }

  range(from: string, to: string, limit: number, reverse = false): Promise<Row[]> {
    return this.#answer('range', () => {
      const rows: Row[] = []
      for (const key of this.#docs.keys(from, to, limit, reverse))
        rows.push({ key, doc: copyOf(this.#docs.get(key)) ?? {} })
      return rows
    })
  }

  insert(groups: readonly (readonly Row[])[]): Promise<number[]> {
    const copies = groups.map(group =>
      group.map(({ key, doc }) => ({ key: checkKey(key), doc: checkDoc(doc) })),
    )
    const counts = copies.map(() => 0)
    const stopped = copies.map(group => group.length === 0)
    const apply = (whole: boolean): boolean => {
      for (let index = 0; index < copies.length; index++) {
        const group = copies[index] ?? []
        if (!stopped[index])
          stopped[index] = this.#insertSome(
            group,
            counts,
            index,
            whole ? group.length : this.#share(group.length),
          )
      }
      return !stopped.includes(false)
    }
    return this.#enqueue('insert', apply, () => counts)
  }

  raise(rows: readonly RaiseRow[]): Promise<void> {
    const copies = rows.map(({ key, fields }) => ({ key: checkKey(key), fields: { ...fields } }))
    return this.#enqueue('raise', () => {
      for (const { key, fields } of copies) this.#docs.set(key, raised(this.#docs.get(key), fields))
      return true
    })
  }

  replace(rows: readonly Row[]): Promise<void> {
    const copies = rows.map(({ key, doc }) => ({ key: checkKey(key), doc: checkDoc(doc) }))
    return this.#enqueue('replace', () => {
      for (const { key, doc } of copies)
        if (this.#docs.get(key) !== undefined) this.#docs.set(key, doc)
      return true
    })
  }

  swap(key: string, rev: number, doc: Doc): Promise<boolean> {
    const next = { ...checkDoc(doc), rev: rev + 1 }
    let swapped = false
    const apply = (): boolean => {
      const old = this.#docs.get(key)
      swapped = rev === 0 ? old === undefined : old?.['rev'] === rev
      if (swapped) this.#docs.set(checkKey(key), next)
      return true
    }
    return this.#enqueue('swap', apply, () => swapped)
  }

  remove(keys: readonly string[]): Promise<void> {
    const copies = [...keys]
    return this.#enqueue('remove', () => {
      for (const key of copies) this.#docs.delete(key)
      return true
    })
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  crash(): void {
    const lost = new TableUnavailable('the store crashed')
    for (const write of this.#queue)
      if (write.fault?.fail !== 'before' && this.#random !== undefined)
        write.apply(this.#random() < 0.3)
    this.#queue = []
    for (const write of this.#open) {
      write.failed = true
      write.reject(lost)
    }
    this.#open.clear()
  }

  /** Inserts at most `most` further rows; true when the group is through or stopped. */
  #insertSome(group: readonly Row[], counts: number[], index: number, most: number): boolean {
    let count = counts[index] ?? 0
    for (let left = most; left > 0 && count < group.length; left--) {
      const row = group[count]
      if (row === undefined || this.#docs.get(row.key) !== undefined) return true
      this.#docs.set(row.key, row.doc)
      counts[index] = ++count
    }
    return count === group.length
  }

  #share(rows: number): number {
    return this.#random === undefined ? rows : Math.floor(this.#random() * (rows + 1))
  }

  #answer<T>(operation: Operation, read: () => T): Promise<T> {
    const fault = this.#fault?.(operation)
    if (this.#closed || fault?.fail !== undefined)
      return Promise.reject(new TableUnavailable('the store does not answer'))
    if (fault === undefined) return Promise.resolve(read())
    return new Promise(resolve => {
      this.#clock.after(fault.delayMs ?? 0, () => {
        const result = read()
        this.#clock.after(fault.answerMs ?? 0, () => resolve(result))
      })
    })
  }

  #enqueue(operation: Operation, apply: (whole: boolean) => boolean): Promise<void>
  #enqueue<T>(operation: Operation, apply: (whole: boolean) => boolean, result: () => T): Promise<T>
  #enqueue<T>(
    operation: Operation,
    apply: (whole: boolean) => boolean,
    result?: () => T,
  ): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TableUnavailable('the store is closed'))
      const fault = this.#fault?.(operation)
      const write: Write = {
        apply,
        finish: () => resolve(result?.()),
        reject,
        fault,
        failed: false,
      }
      this.#open.add(write)
      if (fault?.delayMs === undefined) this.#await(write)
      else this.#clock.after(fault.delayMs, () => this.#await(write))
    })
  }

  #await(write: Write): void {
    if (write.failed) return
    this.#queue.push(write)
    if (this.#syncing) return
    this.#syncing = true
    this.#clock.soon(() => this.#sync())
  }

  #sync(): void {
    this.#syncing = false
    const queue = this.#queue
    this.#queue = []
    for (const write of queue) {
      const whole =
        this.#random === undefined || this.#tearing === 0 || this.#random() >= this.#tearing
      if (write.fault?.fail === 'before' || write.apply(whole)) this.#settle(write)
      else this.#await(write)
    }
  }

  #settle(write: Write): void {
    const answerMs = write.fault?.answerMs
    const settle = (): void => {
      if (!this.#open.delete(write)) return
      if (write.fault?.fail === undefined) write.finish()
      else write.reject(new TableUnavailable('the store does not answer'))
    }
    if (answerMs === undefined) settle()
    else this.#clock.after(answerMs, settle)
  }
}

const raised = (old: Doc | undefined, fields: { readonly [field: string]: number }): Doc => {
  const doc: Doc = { ...old }
  for (const name in fields) {
    const before = doc[name]
    const value = fields[name] ?? 0
    doc[name] = typeof before === 'number' && before > value ? before : value
  }
  return doc
}

const copyOf = (doc: Doc | undefined): Doc | undefined =>
  doc === undefined ? undefined : { ...doc }

/** A copy that shares nothing with the caller. */
const checkDoc = (doc: Doc): Doc => {
  const copy: Doc = {}
  for (const name in doc) {
    const value = doc[name]
    if (value instanceof Uint8Array) copy[name] = Uint8Array.prototype.slice.call(value)
    else if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value))
      copy[name] = value ?? ''
    else
      throw new TypeError(
        `field ${name} is ${String(value)}: only strings, finite numbers, booleans and bytes can be stored`,
      )
  }
  return copy
}

const checkKey = (key: string): string => {
  if (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new RangeError(
      `a key has ${Buffer.byteLength(key)} bytes; ${MAX_KEY_BYTES} is the most: ${key}`,
    )
  return key
}
