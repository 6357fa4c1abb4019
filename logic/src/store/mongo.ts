import { systemClock } from '@longwire/kit'
import type { Clock } from '@longwire/kit'
import { Binary, MongoBulkWriteError, MongoClient, MongoServerError } from 'mongodb'
import type { AnyBulkWriteOperation, Collection, Db } from 'mongodb'
import { GroupInserts } from './group-inserts.ts'
import type { RowWriter } from './group-inserts.ts'
import { TableUnavailable } from './table.ts'
import type { Doc, RaiseRow, Row, Table, Value } from './table.ts'

export interface MongoOptions {
  /** How long to look for a primary, and to connect, before a call is rejected. */
  readonly timeoutMs?: number
  /** Database name; the URL's, or `longwire`. */
  readonly database?: string
  readonly clock?: Clock
}

/** A table in MongoDB; `drop` removes all of it. */
export interface MongoTable extends Table {
  drop(): Promise<void>
}

const TIMEOUT_MS = 2_000
/** An answer that takes this long is not waited for. */
const SOCKET_TIMEOUT_MS = 10_000
const DUPLICATE_KEY = 11_000
const RAISE_ATTEMPTS = 20
const KEYS_AT_ONCE = 1_000

/**
 * {@link Table} in MongoDB: `<table>/<rest>` is the document `_id: rest` of collection `table`.
 *
 * Reads are majority reads of the primary and writes wait for the majority's journals, so what was read
 * or answered once survives a failover.
 */
export const openMongo = async (url: string, options: MongoOptions = {}): Promise<MongoTable> => {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  try {
    const client = new MongoClient(url, {
      appName: 'longwire',
      serverSelectionTimeoutMS: timeoutMs,
      connectTimeoutMS: timeoutMs,
      waitQueueTimeoutMS: timeoutMs,
      socketTimeoutMS: SOCKET_TIMEOUT_MS,
      readPreference: 'primary',
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority', journal: true },
      promoteBuffers: true,
    })
    const database = client.db(options.database ?? databaseIn(url) ?? 'longwire')
    await client.connect().catch(async (error: unknown) => {
      await client.close()
      throw error
    })
    return new MongoDocuments(client, database, options.clock ?? systemClock)
  } catch (error) {
    throw new TableUnavailable(
      `cannot reach MongoDB: ${reasonOf(error)}; check the URL and that a primary is up`,
      { cause: error },
    )
  }
}

const databaseIn = (url: string): string | undefined =>
  /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1]

interface Stored {
  _id: string
  [field: string]: unknown
}

class MongoDocuments implements MongoTable {
  readonly #client: MongoClient
  readonly #database: Db
  readonly #collections = new Map<string, Collection<Stored>>()
  readonly #inserts: GroupInserts

  constructor(client: MongoClient, database: Db, clock: Clock) {
    this.#client = client
    this.#database = database
    const writer: RowWriter = {
      insertEach: (table, rows) => this.#insertMany(table, rows, false),
      insertInOrder: async (table, rows) => (await this.#insertMany(table, rows, true)).size,
    }
    this.#inserts = new GroupInserts(writer, clock)
  }

  async get(key: string): Promise<Doc | undefined> {
    const { table, rest } = split(key)
    const stored = await reached(this.#collection(table).findOne({ _id: rest }))
    return stored === null ? undefined : docOf(stored)
  }

  async range(from: string, to: string, limit: number, reverse = false): Promise<Row[]> {
    if (limit <= 0 || from >= to) return []
    const { table, rest } = split(from)
    const bounds = to.startsWith(`${table}/`)
      ? { $gte: rest, $lt: to.slice(table.length + 1) }
      : { $gte: rest }
    const cursor = this.#collection(table)
      .find({ _id: bounds }, { limit, batchSize: limit })
      .sort({ _id: reverse ? -1 : 1 })
    const found = await reached(cursor.toArray())
    return found.map(stored => ({ key: `${table}/${stored._id}`, doc: docOf(stored) }))
  }

  insert(groups: readonly (readonly Row[])[]): Promise<number[]> {
    return this.#inserts.insert(groups)
  }

  async raise(rows: readonly RaiseRow[]): Promise<void> {
    const operations = byTable(rows, ({ fields }, _id) => ({
      updateOne: { filter: { _id }, update: { $max: fields }, upsert: true },
    }))
    await Promise.all([...operations].map(([table, all]) => this.#raiseIn(table, all)))
  }

  async replace(rows: readonly Row[]): Promise<void> {
    const operations = byTable<Row, AnyBulkWriteOperation<Stored>>(rows, ({ doc }, _id) => ({
      replaceOne: { filter: { _id }, replacement: doc },
    }))
    for (const [table, all] of operations)
      await reached(this.#collection(table).bulkWrite(all, { ordered: false }))
  }

  async swap(key: string, rev: number, doc: Doc): Promise<boolean> {
    const { table, rest } = split(key)
    const next = { ...doc, rev: rev + 1 }
    if (rev === 0) return (await this.#insertMany(table, [{ key, doc: next }], false)).size === 1
    const replaced = await reached(this.#collection(table).replaceOne({ _id: rest, rev }, next))
    return replaced.matchedCount === 1
  }

  async remove(keys: readonly string[]): Promise<void> {
    const rests = byTable(
      keys.map(key => ({ key })),
      (_, rest) => rest,
    )
    for (const [table, all] of rests) {
      for (let at = 0; at < all.length; at += KEYS_AT_ONCE)
        await reached(
          this.#collection(table).deleteMany({ _id: { $in: all.slice(at, at + KEYS_AT_ONCE) } }),
        )
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async drop(): Promise<void> {
    await reached(this.#database.dropDatabase())
  }

  #collection(table: string): Collection<Stored> {
    const known = this.#collections.get(table)
    if (known !== undefined) return known
    const collection = this.#database.collection<Stored>(table)
    this.#collections.set(table, collection)
    return collection
  }

  /** The places of the rows that were inserted; in order it stops at the first key that exists. */
  async #insertMany(table: string, rows: readonly Row[], ordered: boolean): Promise<Set<number>> {
    const inserted = new Set(rows.keys())
    try {
      const documents = rows.map(({ key, doc }) => ({ _id: key.slice(table.length + 1), ...doc }))
      await this.#collection(table).insertMany(documents, { ordered })
      return inserted
    } catch (error) {
      const places = duplicatesIn(error)
      if (places === undefined) throw unavailable(error)
      for (const place of places) inserted.delete(place)
      const first = Math.min(...places)
      if (ordered) for (let place = first; place < rows.length; place++) inserted.delete(place)
      return inserted
    }
  }

  /** Two upserts of one new document may collide: the loser has to be repeated. */
  async #raiseIn(table: string, operations: AnyBulkWriteOperation<Stored>[]): Promise<void> {
    let left = operations
    for (let attempt = 0; left.length > 0; attempt++) {
      try {
        await this.#collection(table).bulkWrite(left, { ordered: false })
        return
      } catch (error) {
        const places = duplicatesIn(error)
        if (places === undefined || attempt === RAISE_ATTEMPTS) throw unavailable(error)
        const again = new Set(places)
        left = left.filter((_, place) => again.has(place))
      }
    }
  }
}

const split = (key: string): { table: string; rest: string } => {
  const slash = key.indexOf('/')
  if (slash <= 0)
    throw new RangeError(`key ${JSON.stringify(key)} names no table: keys are <table>/<rest>`)
  return { table: key.slice(0, slash), rest: key.slice(slash + 1) }
}

/** What `make` says of each row, which knows its `_id`, by collection. */
const byTable = <T extends { readonly key: string }, Made>(
  rows: readonly T[],
  make: (row: T, rest: string) => Made,
): Map<string, Made[]> => {
  const made = new Map<string, Made[]>()
  for (const row of rows) {
    const { table, rest } = split(row.key)
    const all = made.get(table)
    if (all === undefined) made.set(table, [make(row, rest)])
    else all.push(make(row, rest))
  }
  return made
}

const docOf = (stored: Stored): Doc => {
  const doc: Doc = {}
  for (const field in stored) {
    const value = field === '_id' ? undefined : valueOf(stored[field])
    if (value !== undefined) doc[field] = value
  }
  return doc
}

/** Undefined for what Longwire does not store. */
const valueOf = (value: unknown): Value | undefined => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (value instanceof Uint8Array) return value
  return value instanceof Binary ? value.buffer : undefined
}

/** The places of the operations that failed because their key exists; undefined if anything else went wrong. */
const duplicatesIn = (error: unknown): number[] | undefined => {
  if (error instanceof MongoBulkWriteError) {
    const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
    const clean = errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY)
    return clean && error.result.getWriteConcernError() === undefined
      ? errors.map(({ index }) => index)
      : undefined
  }
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY ? [0] : undefined
}

const reached = async <T>(call: Promise<T>): Promise<T> => {
  try {
    return await call
  } catch (error) {
    throw unavailable(error)
  }
}

const unavailable = (error: unknown): TableUnavailable =>
  new TableUnavailable(`MongoDB does not do as asked: ${reasonOf(error)}`, { cause: error })

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
