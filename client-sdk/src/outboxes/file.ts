import { open, readFile, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LongwireError, textOf } from '../errors.ts'
import type { OutboxEntry, OutboxStore } from '../outbox-store.ts'
import { entryOf, rowOf } from './entry-text.ts'

interface Kept {
  epoch: number
  last: number
  entries: Map<number, OutboxEntry>
}

/** Lines that say nothing any more, beside those that do, until the file is written anew. */
const GARBAGE_MAX = 1_000

/**
 * Keeps what is to be sent in a journal: a line per entry that was put or removed, forced to disk, and all
 * of a turn in one go. A line that a crash cut short was never promised. One process per file.
 */
class FileOutbox implements OutboxStore {
  readonly #path: string
  #opened: Promise<Map<string, Kept>> | undefined
  #file: FileHandle | undefined
  #lines: string[] = []
  #garbage = 0
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  async load(
    key: string,
  ): Promise<{ epoch: number; last: number; entries: OutboxEntry[] } | undefined> {
    const kept = (await this.#kept()).get(key)
    return kept && { epoch: kept.epoch, last: kept.last, entries: [...kept.entries.values()] }
  }

  async put(key: string, epoch: number, entry: OutboxEntry): Promise<void> {
    const line = JSON.stringify([key, epoch, rowOf(entry)])
    apply(await this.#kept(), JSON.parse(line))
    await this.#write(line)
  }

  async remove(key: string, entries: readonly OutboxEntry[]): Promise<void> {
    const line = JSON.stringify([key, entries.map(({ ref }) => ref)])
    apply(await this.#kept(), JSON.parse(line))
    this.#garbage += 1 + entries.length
    await this.#write(line)
  }

  #kept(): Promise<Map<string, Kept>> {
    this.#opened ??= this.#read().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #read(): Promise<Map<string, Kept>> {
    let text = ''
    try {
      text = await readFile(this.#path, 'utf8')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
    const all = new Map<string, Kept>()
    const lines = text.split('\n')
    // What stands behind the last end of a line was cut short.
    lines.pop()
    try {
      for (const line of lines) apply(all, JSON.parse(line))
    } catch (error) {
      const remedy = 'restore it, or remove it to forget what was to be sent'
      const problem = `${this.#path} is not an outbox file (${textOf(error)}): ${remedy}`
      throw new LongwireError('OUTBOX_STORE', 'stop', problem, { cause: error })
    }
    await this.#rewrite(all)
    return all
  }

  #write(line: string): Promise<void> {
    this.#lines.push(line)
    this.#next ??= this.#writeAfter(this.#writing)
    return this.#next
  }

  #writeAfter(earlier: Promise<void>): Promise<void> {
    const run = async (): Promise<void> => {
      await earlier.catch(() => undefined)
      this.#next = undefined
      const lines = this.#lines
      this.#lines = []
      const all = await this.#kept()
      if (this.#garbage > GARBAGE_MAX || this.#file === undefined) return this.#rewrite(all)
      try {
        await this.#file.appendFile(`${lines.join('\n')}\n`)
        await this.#file.datasync()
      } catch (error) {
        // Half a line may stand there: whoever writes next begins with a whole file.
        await this.#drop()
        throw error
      }
    }
    this.#writing = run()
    return this.#writing
  }

  async #drop(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => undefined)
  }

  /** The new file is whole on disk before it takes the name, and the name is on disk before it counts. */
  async #rewrite(all: ReadonlyMap<string, Kept>): Promise<void> {
    await this.#drop()
    const lines: string[] = []
    for (const [key, { epoch, last, entries }] of all) {
      lines.push(JSON.stringify([key, epoch, last]))
      for (const entry of entries.values()) lines.push(JSON.stringify([key, epoch, rowOf(entry)]))
      lines.push(JSON.stringify([key, epoch, last]))
    }
    const file = await open(`${this.#path}.new`, 'w')
    try {
      await file.writeFile(lines.map(line => `${line}\n`).join(''))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${this.#path}.new`, this.#path)
    const folder = await open(dirname(this.#path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    this.#file = await open(this.#path, 'a')
    this.#garbage = 0
  }
}

/** A line is [key, epoch, entry], [key, epoch, last] or [key, refs that are gone]. */
const apply = (all: Map<string, Kept>, line: unknown): void => {
  if (!Array.isArray(line) || typeof line[0] !== 'string') throw new Error('a line is none of ours')
  const [key, second, third] = line as [string, unknown, unknown]
  const kept = all.get(key) ?? { epoch: 0, last: 0, entries: new Map<number, OutboxEntry>() }
  all.set(key, kept)
  if (Array.isArray(second)) for (const ref of second) kept.entries.delete(Number(ref))
  if (typeof second !== 'number') return
  kept.epoch = second
  if (typeof third === 'number') kept.last = third
  const entry = entryOf(third)
  if (entry === undefined) return
  kept.last = entry.ref
  kept.entries.set(entry.ref, entry)
}

/** Keeps what is to be sent of this process in one small file. One process per file. */
export const fileOutbox = (path: string): OutboxStore => new FileOutbox(path)
