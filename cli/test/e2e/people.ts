import { memoryCursors, type CursorStore, type LongwireError } from '@longwire/client'
import { createClient, type Client } from '@longwire/client/node'
import type { Test } from 'tap'
import { tokenFor } from './cluster.ts'
import { Waiters } from './waiters.ts'

/** A user with a device, and all that its app was ever told. */
export class Person {
  readonly uid: string
  readonly heard: string[] = []
  readonly errors: LongwireError[] = []
  disconnects = 0
  /** Moves to another gate that its app was told of. */
  moves = 0
  readonly #cursors: CursorStore = memoryCursors()
  readonly #urls: readonly string[]
  readonly #device: string
  readonly #appcode: number
  readonly #waiters = new Waiters()
  readonly #create: typeof createClient
  #client: Client | undefined

  /** `create`: another build of the SDK. */
  constructor(
    uid: string,
    urls: readonly string[],
    { device = 'phone', appcode = 1, create = createClient } = {},
  ) {
    this.uid = uid
    this.#create = create
    this.#urls = urls
    this.#device = device
    this.#appcode = appcode
  }

  get state(): string {
    return this.#client?.state ?? 'away'
  }

  async comesOnline(t: Test): Promise<void> {
    const client = this.#create({
      urls: this.#urls,
      appcode: this.#appcode,
      uid: this.uid,
      device: this.#device,
      token: () => tokenFor(this.uid),
      cursors: this.#cursors,
    })
    this.#client = client
    client.on('message', message => {
      this.heard.push(message.text())
      this.#waiters.look()
    })
    client.on('migrated', () => {
      this.moves++
      this.#waiters.look()
    })
    client.on('error', error => void this.errors.push(error))
    client.on('state', ({ state, previous }) => {
      if (previous === 'ready' && state !== 'closed') this.disconnects++
      this.#waiters.look()
    })
    t.teardown(() => client.close())
    await client.connect()
  }

  async goesAway(): Promise<void> {
    await this.#client?.close()
    this.#client = undefined
  }

  logsOut(): Promise<void> {
    return this.#client?.logout() ?? Promise.resolve()
  }

  /** Resolves when `done` holds; what it looks at must change with messages or states. */
  until(done: () => boolean): Promise<void> {
    return this.#waiters.until(done)
  }
}
