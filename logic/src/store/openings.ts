import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '@longwire/kit'
import { TableUnavailable } from './table.ts'

const PREFIX = 'open-'
/** A process that has the store open finishes its commit within this, or nobody else can open it. */
const ANSWER_MS = 30_000
/** What fits into the address of a socket on every system. */
const ADDRESS_BYTES = 100
const GONE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'])

/**
 * Keeps the writers of a store quiet while another process opens it.
 *
 * LMDB reads the number of the latest commit when it opens a store, and writes it back a moment later
 * (OpenLDAP ITS#9496, in lmdb 3.5.6): what another process commits in between is undone, although it was
 * answered. So who wants to open listens at a socket in the directory, then asks everybody else who
 * listens there to hold writes, opens once all of them do, and hangs up. The kernel hangs up for a
 * process that is killed, on whichever side.
 */
export class Openings {
  readonly #clock: Clock
  readonly #directory: FileHandle
  readonly #path: string
  readonly #name: string = `${PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`
  readonly #server: Server
  /** Those who ask for quiet. */
  readonly #askers = new Set<Socket>()
  #held: Promise<void> | undefined
  #release: (() => void) | undefined
  #writes = 0
  #onQuiet: (() => void)[] = []

  private constructor(path: string, directory: FileHandle, clock: Clock) {
    this.#path = path
    this.#directory = directory
    this.#clock = clock
    this.#server = createServer(socket => this.#asked(socket))
    this.#server.unref()
  }

  /** Others ask this process from now on. */
  static async at(path: string, clock: Clock): Promise<Openings> {
    await mkdir(path, { recursive: true })
    const openings = new Openings(path, await open(path, 'r'), clock)
    try {
      await openings.#listen()
      return openings
    } catch (error) {
      await openings.close()
      throw error
    }
  }

  /** Settles when writes may begin again; undefined: they may. */
  get held(): Promise<void> | undefined {
    return this.#held
  }

  /** A write is handed to the store; `ended` has to follow. */
  began(): void {
    this.#writes++
  }

  ended(): void {
    if (--this.#writes > 0) return
    const waiting = this.#onQuiet
    this.#onQuiet = []
    for (const resolve of waiting) resolve()
  }

  /** Resolves when no write is under way. */
  async quiet(): Promise<void> {
    while (this.#writes > 0) await new Promise<void>(resolve => this.#onQuiet.push(resolve))
  }

  /** Runs `opening` while no other process writes. Rejects where one does not answer. */
  async alone<T>(opening: () => T): Promise<T> {
    const names = await readdir(this.#path)
    const others = names.filter(name => name.startsWith(PREFIX) && name !== this.#name)
    const asked = await Promise.allSettled(others.map(name => this.#ask(name)))
    try {
      for (const outcome of asked) if (outcome.status === 'rejected') throw outcome.reason
      return opening()
    } finally {
      for (const outcome of asked) if (outcome.status === 'fulfilled') outcome.value?.destroy()
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#askers) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
    await rm(join(this.#path, this.#name), { force: true })
    await this.#directory.close()
  }

  /** Renamed when it answers: whatever is found under its name and refuses is dead. */
  async #listen(): Promise<void> {
    const path = this.#address(`new-${this.#name}`)
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      // not by way of the parent of a cluster
      this.#server.listen({ path, exclusive: true }, resolve)
    })
    await rename(path, this.#address(this.#name))
  }

  #asked(socket: Socket): void {
    this.#askers.add(socket)
    this.#held ??= new Promise(resolve => (this.#release = resolve))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      this.#askers.delete(socket)
      if (this.#askers.size > 0) return
      this.#held = undefined
      this.#release?.()
    })
    // The other side says nothing; its end has to be noticed.
    socket.resume()
    void this.quiet().then(() => socket.write('quiet'))
  }

  /** Resolves when that process writes no more, or to undefined when it is gone. */
  #ask(name: string): Promise<Socket | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#address(name))
      const timer = this.#clock.after(ANSWER_MS, () => {
        socket.destroy()
        reject(
          new TableUnavailable(
            `process ${name.split('-')[1]} has the store in ${this.#path} open and does not answer within ${ANSWER_MS / 1000} s; let it go on (kill -CONT where it is stopped), or end it`,
          ),
        )
      })
      socket.once('data', () => {
        timer.cancel()
        resolve(socket)
      })
      socket.on('error', (error: NodeJS.ErrnoException) => {
        timer.cancel()
        if (!GONE.has(error.code ?? '')) return reject(error)
        rm(join(this.#path, name), { force: true }).then(() => resolve(undefined), reject)
      })
      socket.once('close', () => {
        timer.cancel()
        resolve(undefined)
      })
    })
  }

  /** Linux has a short name for every open directory. */
  #address(name: string): string {
    const path = join(this.#path, name)
    if (Buffer.byteLength(path) <= ADDRESS_BYTES) return path
    if (process.platform === 'linux') return `/proc/self/fd/${this.#directory.fd}/${name}`
    throw new TableUnavailable(
      `the path ${this.#path} is too long for a socket in it; use one of at most ${ADDRESS_BYTES - name.length - 1} bytes`,
    )
  }
}
