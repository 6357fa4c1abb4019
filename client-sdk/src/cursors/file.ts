import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Cursor, CursorStore } from '../cursor-store.ts'
import { LongwireError, textOf } from '../errors.ts'

const read = async (path: string): Promise<Map<string, Cursor>> => {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
  const cursors = new Map<string, Cursor>()
  try {
    for (const [key, epoch, seq] of JSON.parse(text) as [string, number, number][])
      cursors.set(key, { epoch, seq })
  } catch (error) {
    const remedy = 'restore it, or remove it to read the mailbox again'
    throw new LongwireError(
      'CURSOR_STORE',
      'stop',
      `${path} is not a cursor file (${textOf(error)}): ${remedy}`,
      { cause: error },
    )
  }
  return cursors
}

// The new file is whole on disk before it takes the name, and the name is on disk before a save resolves.
const write = async (path: string, cursors: ReadonlyMap<string, Cursor>): Promise<void> => {
  const rows = [...cursors].map(([key, { epoch, seq }]) => JSON.stringify([key, epoch, seq]))
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(`[\n${rows.join(',\n')}\n]\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** All saves that arrived while a write was under way share the next one. */
class FileCursors implements CursorStore {
  readonly #path: string
  #cursors: Promise<Map<string, Cursor>> | undefined
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  async load(key: string): Promise<Cursor | undefined> {
    return (await this.#opened()).get(key)
  }

  async save(key: string, cursor: Cursor): Promise<void> {
    const cursors = await this.#opened()
    cursors.set(key, cursor)
    this.#next ??= this.#writeAfter(this.#writing, cursors)
    await this.#next
  }

  #opened(): Promise<Map<string, Cursor>> {
    this.#cursors ??= read(this.#path).catch((error: unknown) => {
      this.#cursors = undefined
      throw error
    })
    return this.#cursors
  }

  #writeAfter(earlier: Promise<void>, cursors: ReadonlyMap<string, Cursor>): Promise<void> {
    const run = async (): Promise<void> => {
      await earlier.catch(() => undefined)
      this.#next = undefined
      await write(this.#path, cursors)
    }
    this.#writing = run()
    return this.#writing
  }
}

/** Keeps the cursors of this process in one small file. One process per file. */
export const fileCursors = (path: string): CursorStore => new FileCursors(path)
