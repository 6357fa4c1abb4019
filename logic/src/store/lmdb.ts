import { open } from 'lmdb'
import type { RootDatabase } from 'lmdb'
import { systemClock, type Clock } from '@longwire/kit'
import { DocEncoder, decodeDoc } from './codec.ts'
import { InsertCounts } from './insert-counts.ts'
import { Openings } from './openings.ts'
import { TableUnavailable } from './table.ts'
import type { Doc, RaiseRow, Row, Table } from './table.ts'

/**
 * {@link Table} in a directory on this host, which several processes may open at once.
 *
 * The calls of a turn, and of the time that the commit before takes, are one transaction that lmdb's own
 * thread runs, so a condition and its write are atomic across processes. Without overlapping sync a commit
 * is visible only once it is on disk (data pages synced, then the meta page), and only then do promises
 * resolve. While another process opens the directory, writes wait ({@link Openings}).
 */
export const openLmdb = async (path: string, clock: Clock = systemClock): Promise<Table> => {
  let openings: Openings | undefined
  try {
    openings = await Openings.at(path, clock)
    return new LmdbTable(await openings.alone(() => openStore(path)), openings)
  } catch (error) {
    await openings?.close()
    throw new TableUnavailable(
      `cannot open the store in ${path}: ${reasonOf(error)}; check the path and its permissions`,
      { cause: error },
    )
  }
}

const openStore = (path: string): Store => {
  const encoder = new DocEncoder()
  return open<Doc, string>({
    path,
    noSubdir: false,
    // reads straight from lmdb's own buffer, so that no row costs a Buffer
    encoder: { encode: (doc: Doc) => encoder.encode(doc), decode: decodeDoc },
    overlappingSync: false,
    // every call is a block of its own; with blocks of lmdb's making nobody would hear of their failure
    eventTurnBatching: false,
    noMemInit: true,
    // address space, not disk: large enough that no process ever has to map the file anew
    mapSize: 256 * 1024 ** 3,
  })
}

type Store = RootDatabase<Doc, string>
/** The conditional form of `put`, which lmdb has but does not declare. */
interface ConditionalPut {
  put(key: string, value: Doc, condition: { readonly noOverwrite: true }): Promise<boolean>
}
const NO_OVERWRITE = { noOverwrite: true } as const

class LmdbTable implements Table {
  readonly #store: Store
  readonly #absent: ConditionalPut
  readonly #openings: Openings
  #closed = false
  #closing: Promise<void> | undefined

  constructor(store: Store, openings: Openings) {
    this.#store = store
    this.#absent = store
    this.#openings = openings
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
      for (const { key, value } of this.#store.getRange(bounds)) rows.push({ key, doc: value })
      return Promise.resolve(rows)
    } catch (error) {
      return Promise.reject(unavailable(error))
    }
  }

  insert(groups: readonly (readonly Row[])[]): Promise<number[]> {
    if (groups.length === 0) return Promise.resolve([])
    return this.#write((resolve, reject) => {
      const counts = new InsertCounts(groups.length, resolve, reject)
      void this.#together(counts.fail, () => {
        for (let index = 0; index < groups.length; index++) {
          const group = groups[index]
          const first = group?.[0]
          if (group === undefined || first === undefined) counts.settle(index, 0)
          else if (group.length === 1) this.#insertOne(first, index, counts)
          else this.#insertGroup(group, index, counts)
        }
      })
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

  replace(rows: readonly Row[]): Promise<void> {
    return this.#transact(() => {
      for (const { key, doc } of rows) if (this.#read(key) !== undefined) this.#put(key, doc)
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

  remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return Promise.resolve()
    return this.#write((resolve, reject) => {
      const removed = this.#together(reject, () => {
        for (const key of keys) void this.#store.remove(key)
      })
      removed.then(() => resolve(), reject)
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    // what waits for another process to open goes first
    while (this.#openings.held !== undefined) await this.#openings.held
    this.#closed = true
    await this.#openings.quiet()
    await this.#store.close()
    await this.#openings.close()
  }

  #insertOne(row: Row, index: number, counts: InsertCounts): void {
    this.#absent
      .put(row.key, row.doc, NO_OVERWRITE)
      .then(inserted => counts.settle(index, inserted ? 1 : 0), counts.fail)
  }

  #insertGroup(group: readonly Row[], index: number, counts: InsertCounts): void {
    const conditions: Promise<boolean>[] = Array.from({ length: group.length })
    // each row is nested in the condition of the one before it, and nothing follows an inner block
    const insertFrom = (place: number): void => {
      const row = group[place]
      if (row === undefined) return
      conditions[place] = this.#store.ifNoExists(row.key, () => {
        void this.#store.put(row.key, row.doc)
        insertFrom(place + 1)
      })
    }
    insertFrom(0)
    Promise.all(conditions).then(held => {
      const stopped = held.indexOf(false)
      counts.settle(index, stopped < 0 ? group.length : stopped)
    }, counts.fail)
  }

  /** Hands writes over as one block of a transaction. */
  #together(fail: (error: unknown) => void, writes: () => void): Promise<unknown> {
    const block = this.#store.batch(writes)
    block.catch(fail)
    return block
  }

  #read(key: string): Doc | undefined {
    return this.#store.get(key)
  }

  #put(key: string, doc: Doc): void {
    void this.#store.put(key, doc)
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
    const openings = this.#openings
    if (openings.held !== undefined) return openings.held.then(() => this.#write(start))
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new TableUnavailable('the store is closed'))
      openings.began()
      let open = true
      // every row of a failed commit fails
      const close = (): void => {
        if (open) openings.ended()
        open = false
      }
      const done = (value: T): void => {
        resolve(value)
        close()
      }
      const fail = (error: unknown): void => {
        reject(unavailable(error))
        close()
      }
      try {
        start(done, fail)
      } catch (error) {
        fail(error)
      }
    })
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
