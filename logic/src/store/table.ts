/**
 * PORT: ordered key → document, the only storage interface.
 *
 * A key is `<table>/<rest>`: readable text, ordered by its UTF-8 bytes, at most 512 of them. The first
 * segment names the table (a collection in MongoDB); a range stays inside one table. A document is a flat
 * object of strings, finite numbers, booleans and bytes, so that an operator can query it as it is.
 * A document that is written must stay as it is until the promise settles.
 *
 * Laws, kept by every adapter and checked by one contract suite:
 * - A write is durable and visible to every later read of any process when its promise resolves. When
 *   it rejects ({@link TableUnavailable}) it may or may not have happened.
 * - `insert` never overwrites. Rows of one group are written in order and stop at the first key that
 *   exists; groups are independent of each other. No reader sees a row of a group without the rows
 *   before it.
 * - `raise` only ever makes numbers larger, so it may be repeated and reordered.
 * - `replace` never makes a document: where it arrives late, what was removed meanwhile stays away.
 * - Writes of one turn are committed together (group commit).
 * - A field named `rev` belongs to `swap`: insert a document that will be swapped with `rev: 1`.
 */
export interface Table {
  get(key: string): Promise<Doc | undefined>
  /** Rows with `from` ≤ key < `to`, in order of key (or the reverse), at most `limit`. */
  range(from: string, to: string, limit: number, reverse?: boolean): Promise<Row[]>
  /** For each group, how many of its rows were inserted. */
  insert(groups: readonly (readonly Row[])[]): Promise<number[]>
  /** Sets each number to the larger of its old and new value; creates a document that is missing. */
  raise(rows: readonly RaiseRow[]): Promise<void>
  /** Puts each document in the place of the one that is there; a key that is missing stays missing. */
  replace(rows: readonly Row[]): Promise<void>
  /** Replaces the document only if field `rev` still is `rev` (0: it does not exist); the new one gets rev + 1. */
  swap(key: string, rev: number, doc: Doc): Promise<boolean>
  /** Removes keys; a missing one is no error. */
  remove(keys: readonly string[]): Promise<void>
  close(): Promise<void>
}

export type Value = string | number | boolean | Uint8Array
export type Doc = { [field: string]: Value }
export interface Row {
  readonly key: string
  readonly doc: Doc
}
export interface RaiseRow {
  readonly key: string
  readonly fields: { readonly [field: string]: number }
}

/** The store does not answer: try again later. Nothing may be promised to anybody meanwhile. */
export class TableUnavailable extends Error {
  override readonly name = 'TableUnavailable'
}

/** Escapes what would end a segment and what UTF-8 cannot say, so that a uid may hold any character. */
export const keyPart = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(UNSAFE, escapeChar)

const PLAIN = /^[\w.:@+=-]*$/
const UNSAFE = /[%/\p{Cc}\p{Cs}]/gu
const ESCAPED = /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g

const escapeChar = (char: string): string => {
  const unit = char.charCodeAt(0)
  return unit < 0x100 ? `%${unit.toString(16).padStart(2, '0')}` : `%u${unit.toString(16)}`
}

/** What {@link keyPart} made a segment of. */
export const keyPartText = (part: string): string =>
  part.replace(ESCAPED, (_, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? '', 16)),
  )

/** A seq as a key segment: 16 digits, so that keys order as numbers do. */
export const keySeq = (seq: number): string => String(seq).padStart(16, '0')

/** The least key behind `key`: nothing below a space stands in a key. */
export const keyAfter = (key: string): string => `${key} `

/** The first key behind all keys that start with `prefix`, which must not be empty. */
export const keyEnd = (prefix: string): string => {
  const points = Array.from(prefix)
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1
    if (next <= 0x10ffff)
      return points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next)
  }
  throw new RangeError(`no key is behind all that start with ${JSON.stringify(prefix)}`)
}
