import { type EndEvents, type Saved, SWEEP_MS } from './client-end.ts'
import { End } from './end.ts'
import { type Transport, uidOf } from './fleet.ts'
import { Ledger, type Verdict } from './payload.ts'
import type { Publishing } from './publisher.ts'
import { dialTcp } from './tcp.ts'
import { signToken } from './token.ts'
import { dialWebSocket } from './websocket.ts'

/** How a session ends: said, said and logged out, with a RST, or not at all until the device is back. */
const PARTINGS = ['end', 'logout', 'reset', 'abandon'] as const
type Parting = (typeof PARTINGS)[number]

export interface ChurnOptions {
  readonly appcode: number
  readonly tokenSecret: string
  readonly target: (transport: Transport) => { readonly host: string; readonly port: number }
  readonly users: number
  /** Users who are somewhere between dialling and parting at the same time. */
  readonly concurrency: number
}

interface Visit {
  readonly parting: Parting
  over: boolean
}

const FAILURES_KEPT = 5

/**
 * Users who come and go: dial, log in with what they saved, get a message that is published as soon as
 * they are there, acknowledge it and leave, one way or another. The next user begins when one has left.
 */
export class Churn implements EndEvents<End> {
  readonly #options: ChurnOptions
  readonly #publisher: Publishing
  readonly #ledger: Ledger
  readonly #tokens: string[]
  readonly #saved: (Saved | undefined)[] = []
  readonly #visits = new Map<End, Visit>()
  /** Users of whom a visit is under way. */
  readonly #busy: Uint8Array
  readonly #stamp = { scheduledMs: 0, user: 0, publisher: 0, number: 0 }
  readonly #sweeper: NodeJS.Timeout
  readonly last: Uint32Array
  #dial = Date.now()
  #user = 0
  #under = 0
  #left = 0
  #finished: (() => void) | undefined
  logins = 0
  gaps = 0
  /** Why visits failed, the first few, and how many did. */
  failures: string[] = []
  failed = 0

  constructor(options: ChurnOptions, publisher: Publishing) {
    this.#options = options
    this.#publisher = publisher
    this.#ledger = new Ledger(0, options.users, 1)
    this.last = new Uint32Array(options.users)
    this.#busy = new Uint8Array(options.users)
    this.#tokens = Array.from({ length: options.users }, (_, user) =>
      signToken(options.tokenSecret, uidOf(user)),
    )
    this.#sweeper = setInterval(() => {
      for (const end of this.#visits.keys()) end.sweep()
    }, SWEEP_MS)
  }

  /** Resolves when `visits` more have been paid. */
  async run(visits: number): Promise<void> {
    this.#left = visits
    const finished = new Promise<void>(resolve => {
      this.#finished = resolve
    })
    this.#more()
    await finished
  }

  stop(): void {
    clearInterval(this.#sweeper)
    this.leave()
  }

  /** Resets what was abandoned. */
  leave(): void {
    for (const end of this.#visits.keys()) end.reset()
  }

  verdict(): Verdict {
    return this.#ledger.verdict()
  }

  loggedIn(end: End): void {
    this.logins++
    const stamp = this.#stamp
    stamp.user = end.user
    stamp.number = ++this.last[end.user]!
    this.#publisher.publish(uidOf(end.user), stamp)
  }

  message(end: End, bytes: Uint8Array, start: number, stop: number): void {
    this.#ledger.enter(end.user, bytes, start, stop)
    const visit = this.#visits.get(end)
    if (visit === undefined || visit.over) return
    visit.over = true
    // Not from within the socket's callback: what arrived is still being taken.
    setImmediate(() => this.#part(end, visit.parting))
  }

  pong(): void {
    // Nobody pings.
  }

  gap(): void {
    this.gaps++
  }

  closed(end: End, reason: string): void {
    const visit = this.#visits.get(end)
    if (visit === undefined) return
    this.#visits.delete(end)
    if (!visit.over) {
      this.failed++
      if (this.failures.length < FAILURES_KEPT) this.failures.push(reason)
      this.#busy[end.user] = 0
    }
    if (visit.parting !== 'abandon' || !visit.over) this.#next()
  }

  #part(end: End, parting: Parting): void {
    end.flush()
    this.#saved[end.user] = end.saved()
    this.#busy[end.user] = 0
    if (parting === 'end') end.close()
    else if (parting === 'logout') end.logout()
    else if (parting === 'reset') end.reset()
    else this.#next()
  }

  #next(): void {
    this.#under--
    this.#more()
  }

  #more(): void {
    while (this.#under < this.#options.concurrency && this.#left > 0) {
      this.#left--
      this.#under++
      this.#visit(this.#freeUser())
    }
    if (this.#under > 0 || this.#left > 0) return
    const finished = this.#finished
    this.#finished = undefined
    finished?.()
  }

  #freeUser(): number {
    do this.#user = (this.#user + 1) % this.#options.users
    while (this.#busy[this.#user] === 1)
    return this.#user
  }

  #visit(user: number): void {
    const { appcode, target } = this.#options
    const dial = ++this.#dial
    const transport = dial % 2 === 0 ? 'tcp' : 'ws'
    const saved = this.#saved[user]
    const identity = {
      user,
      uid: uidOf(user),
      appcode,
      device: 'bench-device-001',
      token: this.#tokens[user]!,
      dial,
      ...(saved === undefined ? {} : { saved }),
    }
    this.#busy[user] = 1
    const from = { ...target(transport), from: undefined }
    const end = new End(transport === 'tcp' ? dialTcp : dialWebSocket, from, identity, this)
    const parting = PARTINGS[Math.floor(dial / 2) % PARTINGS.length]!
    this.#visits.set(end, { parting, over: false })
  }
}
