import { open } from 'lmdb'
import type { RootDatabase } from 'lmdb'
import { DocEncoder, decodeDoc } from './codec.ts'
import { TableUnavailable } from './table.ts'
import type { Doc, RaiseRow, Row, Table } from './table.ts'

/**
 * {@link Table} in a directory on this host, which several processes may open at once.
 *
 * Every turn's writes are one transaction that lmdb's own thread runs, so a condition and its write are
 * atomic across processes. Without overlapping sync a commit is visible only once it is on disk (data
 * pages synced, then the meta page), and only then do promises resolve.
 */
export const openLmdb = async (path: string): Promise<Table> => {
  try {
    return new LmdbTable(
      open<Buffer, string>({
        path,
        noSubdir: false,
        encoding: 'binary',
        overlappingSync: false,
        noMemInit: true,
        // address space, not disk: large enough that no process ever has to map the file anew
        mapSize: 256 * 1024 ** 3,
      }),
    )
  } catch (error) {
    throw new TableUnavailable(
      `cannot open the store in ${path}: ${reasonOf(error)}; check the path and its permissions`,
      { cause: error },
    )
  }
}

type Store = RootDatabase<Buffer, string>
/** The conditional form of `put`, which lmdb has but does not declare. */
interface ConditionalPut {
  put(key: string, value: Buffer, condition: { readonly noOverwrite: true }): Promise<boolean>
}
const NO_OVERWRITE = { noOverwrite: true } as const

class LmdbTable implements Table {
  readonly #store: Store
  readonly #absent: ConditionalPut
  readonly #encoder = new DocEncoder()
  #closed = false

  constructor(store: Store) {
    this.#store = store
    this.#absent = store
  }

  get(key: string): Promise<Doc | undefined> {
    try {
      this.#readLatest()
      return Promise.resolve(this.#read(key))
    } catch (error) {
      return Promise.reject(unavailable(error))
    }
  }

  range(from: string, to: string, limit: number, reverse = false): Promise<Row[]> {
    try {
      this.#readLatest()
      const rows: Row[] = []
      if (limit <= 0) return Promise.resolve(rows)
      const bounds = reverse
        ? { start: to, exclusiveStart: true, end: from, inclusiveEnd: true, reverse, limit }
        : { start: from, end: to, limit }
      for (const { key, value } of this.#store.getRange(bounds))
        rows.push({ key, doc: decodeDoc(value) })
      return Promise.resolve(rows)
    } catch (error) {
      return Promise.reject(unavailable(error))
    }
  }

  insert(groups: readonly (readonly Row[])[]): Promise<number[]> {
    return this.#write((resolve, reject) => {
      const outcome = new InsertOutcome(groups.length, resolve, reject)
      for (let index = 0; index < groups.length; index++) {
        const group = groups[index]
        const first = group?.[0]
        if (group === undefined || first === undefined) outcome.settle(index, 0)
        else if (group.length === 1) this.#insertOne(first, index, outcome)
        else this.#insertGroup(group, index, outcome)
      }
      if (groups.length === 0) resolve([])
    })
  }

  raise(rows: readonly RaiseRow[]): Promise<void> {
    return this.#transact(() => {
      for (const { key, fields } of rows) {
        const doc = this.#read(key) ?? {}
        for (const name in fields) {
          const old = doc[name]
          const value = fields[name] ?? 0
          doc[name] = typeof old === 'number' && old > value ? old : value
        }
        this.#put(key, doc)
      }
    })
  }

  swap(key: string, rev: number, doc: Doc): Promise<boolean> {
    const next = { ...doc, rev: rev + 1 }
    return this.#transact(() => {
      const old = this.#read(key)
      if (rev === 0 ? old !== undefined : old?.['rev'] !== rev) return false
      this.#put(key, next)
      return true
    })
  }

  async remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    await this.#write<boolean>((resolve, reject) => {
      let last: Promise<boolean> | undefined
      for (const key of keys) last = this.#store.remove(key)
      last?.then(resolve, reject)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#store.close()
  }

  #insertOne(row: Row, index: number, outcome: InsertOutcome): void {
    this.#absent
      .put(row.key, this.#encoder.encode(row.doc), NO_OVERWRITE)
      .then(inserted => outcome.settle(index, inserted ? 1 : 0), outcome.fail)
  }

  #insertGroup(group: readonly Row[], index: number, outcome: InsertOutcome): void {
    const values = group.map(row => this.#encoder.encode(row.doc))
    const conditions: Promise<boolean>[] = Array.from({ length: group.length })
    // each row is nested in the condition of the one before it, and nothing follows an inner block
    const insertFrom = (place: number): void => {
      const row = group[place]
      const value = values[place]
      if (row === undefined || value === undefined) return
      conditions[place] = this.#store.ifNoExists(row.key, () => {
        void this.#store.put(row.key, value)
        insertFrom(place + 1)
      })
    }
    insertFrom(0)
    Promise.all(conditions).then(held => {
      const stopped = held.indexOf(false)
      outcome.settle(index, stopped < 0 ? group.length : stopped)
    }, outcome.fail)
  }

  #read(key: string): Doc | undefined {
    const value = this.#store.getBinary(key)
    return value === undefined ? undefined : decodeDoc(value)
  }

  #put(key: string, doc: Doc): void {
    void this.#store.put(key, this.#encoder.encode(doc))
  }

  /** Another process may have committed since this turn's first read. */
  #readLatest(): void {
    if (this.#closed) throw new TableUnavailable('the store is closed')
    this.#store.resetReadTxn()
  }

  #transact<T>(work: () => T): Promise<T> {
    return this.#write((resolve, reject) => {
      this.#store.transaction(work).then(resolve, reject)
    })
  }

  #write<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(unavailable(error))
      if (this.#closed) return fail(new TableUnavailable('the store is closed'))
      try {
        start(resolve, fail)
      } catch (error) {
        reject(error)
      }
    })
  }
}

/** Counts the rows of one call's groups as they come in. */
class InsertOutcome {
  readonly #counts: number[]
  readonly #resolve: (counts: number[]) => void
  readonly fail: (error: unknown) => void
  #left: number

  constructor(
    groups: number,
    resolve: (counts: number[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#counts = Array.from({ length: groups }, () => 0)
    this.#left = groups
    this.#resolve = resolve
    this.fail = reject
  }

  settle(index: number, count: number): void {
    this.#counts[index] = count
    if (--this.#left === 0) this.#resolve(this.#counts)
  }
}

const unavailable = (error: unknown): Error => {
  if (
    error instanceof TableUnavailable ||
    error instanceof TypeError ||
    error instanceof RangeError
  )
    return error
  watchCause(error)
  return new TableUnavailable(`the store failed: ${reasonOf(error)}`, { cause: error })
}

/** lmdb rejects a second promise with the reason of a failed commit; somebody has to look at it. */
const watchCause = (error: unknown): void => {
  if (!(error instanceof Error) || !('commitError' in error)) return
  Promise.resolve(error.commitError).catch(() => undefined)
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
