import { memoryCursors, type CursorStore } from '@longwire/client'
import { createClient, fileCursors, type Client } from '@longwire/client/node'
import { signToken } from '../load/token.ts'
import { HistoryWriter } from './history.ts'
import { FENCE_TYPE, readBody, TOKEN_SECRET, type PlannedEnd } from './plan.ts'

export interface NumberedEnd extends PlannedEnd {
  /** Its index among all clients. */
  readonly end: number
  readonly urls: readonly string[]
}

export interface ClientsOptions {
  readonly ends: readonly NumberedEnd[]
  readonly history: string
  /** File that keeps the cursors, so that the process may die; else they are in memory. */
  readonly cursors: string | undefined
}

export interface ClientsStatus {
  readonly up: number
  /** Clients that have read the fence of the round, or a later one. */
  readonly fenced: number
  /** Clients that have not, by name. */
  readonly missing: readonly string[]
}

const CONNECTS_AT_ONCE = 100
const SETTLED_MS = 5_000
const MISSING_KEPT = 5

/** Many clients of the SDK in one process, and a line of history for everything they see. */
export class Clients {
  readonly #history: HistoryWriter
  readonly #cursors: CursorStore | undefined
  readonly #ends: readonly NumberedEnd[]
  readonly #clients = new Map<number, Client>()
  readonly #fences = new Map<number, number>()

  constructor({ ends, history, cursors }: ClientsOptions) {
    this.#history = new HistoryWriter(history)
    this.#cursors = cursors === undefined ? undefined : fileCursors(cursors)
    this.#ends = ends
    for (const end of ends) this.#clients.set(end.end, this.#create(end))
  }

  /** Resolves when every client (of those named) has been logged in once. */
  async connect(which?: readonly number[]): Promise<void> {
    const wanted = which ?? [...this.#clients.keys()]
    for (let from = 0; from < wanted.length; from += CONNECTS_AT_ONCE) {
      const some = this.#those(wanted.slice(from, from + CONNECTS_AT_ONCE))
      await Promise.all(some.map(client => client.connect()))
    }
  }

  /** They hang up, and read what they missed when they connect again. */
  async leave(which: readonly number[]): Promise<void> {
    await Promise.all(this.#those(which).map(client => client.close()))
  }

  status(round: number): ClientsStatus {
    let up = 0
    let fenced = 0
    const missing: string[] = []
    for (const { end, uid, device } of this.#ends) {
      const state = this.#clients.get(end)?.state ?? 'gone'
      if (state === 'ready') up++
      if ((this.#fences.get(end) ?? 0) >= round) fenced++
      else if (missing.length < MISSING_KEPT)
        missing.push(`end ${end} (${uid}, ${device}, ${state})`)
    }
    return { up, fenced, missing }
  }

  async close(): Promise<void> {
    await this.leave([...this.#clients.keys()])
  }

  #those(which: readonly number[]): Client[] {
    return which.flatMap(end => this.#clients.get(end) ?? [])
  }

  #create({ end, urls, appcode, uid, device }: NumberedEnd): Client {
    const history = this.#history
    const client = createClient({
      urls,
      appcode,
      uid,
      device,
      token: () => signToken(TOKEN_SECRET, uid),
      // Rounds follow each other closer than outages do: each finds clients that have not been waiting lately.
      reconnect: { settledMs: SETTLED_MS },
      cursors: this.#cursors === undefined ? memoryCursors() : this.#recorded(end, this.#cursors),
    })
    client.on('message', message => {
      const { id, user, round } = readBody(message.text())
      history.write('recv', end, message.seq, id, user)
      if (message.msgtype === FENCE_TYPE) this.#fences.set(end, round)
    })
    client.on('gap', ({ from, to }) => history.write('gap', end, from, to))
    client.on('reset', () => history.write('reset', end))
    client.on('kicked', () => history.write('kicked', end))
    client.on('state', ({ state, previous }) => {
      if (state === 'ready') history.write('up', end)
      else if (previous === 'ready') history.write('down', end)
    })
    return client
  }

  /** The cursor that an app came to life with, and every one that would survive its death. */
  #recorded(end: number, store: CursorStore): CursorStore {
    let alive = false
    return {
      load: async key => {
        const cursor = await store.load(key)
        if (!alive) this.#history.write('opened', end, cursor?.seq ?? 0)
        alive = true
        return cursor
      },
      save: async (key, cursor) => {
        await store.save(key, cursor)
        this.#history.write('saved', end, cursor.seq)
      },
    }
  }
}
