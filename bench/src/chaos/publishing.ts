import { createBackend, type Backend } from '@longwire/client/backend'
import { sharedNow, sleep } from '../statistics.ts'
import { HistoryWriter } from './history.ts'
import { API_KEY, bodyOf, FENCE_TYPE } from './plan.ts'
import { seeded, type Seeded } from '../seeded.ts'

export interface PublishingOptions {
  /** Addresses of every logic: its pipelined connection and its HTTP API. */
  readonly links: readonly string[]
  readonly https: readonly string[]
  /** By user: his name and the appcodes he has. */
  readonly users: readonly { readonly uid: string; readonly appcodes: readonly number[] }[]
  readonly perSecond: number
  readonly seed: number
  readonly history: string
  /** A try is given up, and the next logic is asked, after this long. */
  readonly tryMs: number
  /** Publishes under way at once while all users are told. */
  readonly atOnce: number
  /** Part of every idempotency key. */
  readonly run: string
}

/** A logic that failed is asked this often whether it is ready, and used again when it is. */
const HEALTH_MS = 250
const READY_MS = 1_000
/** A publish that nobody answers for this long has an unknown outcome. */
const PATIENCE_MS = 90_000
const TICK_MS = 2
/** One publish in this many goes over HTTP; has a time to live. */
const HTTP_ONE_IN = 20
const PERISHABLE_ONE_IN = 50
const TTL_SECONDS = 3

/** A way to a logic: the one over its link, or the one over HTTP. */
interface Way {
  readonly url: string
  readonly ready: string
  backend: Backend
  shunned: boolean
}

interface Sending {
  readonly id: number
  readonly user: number
  readonly round: number
  readonly msgtype: number
  readonly appcodes: readonly number[]
  readonly ttlSeconds: number | undefined
}

/**
 * A backend that publishes at a steady rate to users picked at random, one message per user at a time,
 * and repeats what was not answered, with its idempotency key and at another logic.
 */
export class Publishing {
  readonly #options: PublishingOptions
  readonly #history: HistoryWriter
  readonly #random: Seeded
  readonly #links: readonly Way[]
  readonly #https: readonly Way[]
  /** Users without a message under way. */
  readonly #free: number[]
  #ids = 0
  #round = 0
  #timer: NodeJS.Timeout | undefined
  #underWay = 0
  #closed = false
  #refused = new Map<string, number>()

  constructor(options: PublishingOptions) {
    const { links, https, users, seed, history } = options
    this.#options = options
    this.#history = new HistoryWriter(history)
    this.#random = seeded(seed)
    const open = (url: string, logic: number): Way => ({
      url,
      ready: `${https[logic]}/readyz`,
      backend: this.#open(url),
      shunned: false,
    })
    this.#links = links.map(open)
    this.#https = https.map(open)
    this.#free = users.map((_, user) => user)
  }

  start(round: number): void {
    this.#round = round
    const began = sharedNow()
    let sent = 0
    this.#timer = setInterval(() => {
      const due = Math.floor(((sharedNow() - began) * this.#options.perSecond) / 1000)
      // What could not be sent because every user waits for an answer is not sent later in a burst.
      for (; sent < due; sent++) if (this.#free.length > 0) void this.#sendOne()
    }, TICK_MS)
  }

  /** Resolves when every message is answered or given up; tells why messages were refused. */
  async stop(): Promise<readonly string[]> {
    clearInterval(this.#timer)
    while (this.#underWay > 0) await sleep(5)
    return [...this.#refused].map(([text, count]) => `${count} × ${text}`)
  }

  /** One message to every end of every user, after which nothing of this round can come. */
  async fence(round: number): Promise<void> {
    const waiting = this.#options.users.map((_, user) => user)
    const worker = async (): Promise<void> => {
      for (let user = waiting.pop(); user !== undefined; user = waiting.pop()) {
        const rest = { msgtype: FENCE_TYPE, appcodes: [], ttlSeconds: undefined }
        await this.#send({ id: ++this.#ids, user, round, ...rest })
      }
    }
    await Promise.all(Array.from({ length: this.#options.atOnce }, worker))
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#links, ...this.#https].map(({ backend }) => backend.close()))
  }

  async #sendOne(): Promise<void> {
    const random = this.#random
    const at = random.below(this.#free.length)
    const user = this.#free[at]!
    this.#free[at] = this.#free.at(-1)!
    this.#free.pop()
    const { appcodes } = this.#options.users[user]!
    const lot = random.next()
    const target = lot < 0.25 ? [] : lot < 0.5 ? [appcodes.at(-1)!] : [1]
    const ttlSeconds = random.below(PERISHABLE_ONE_IN) === 0 ? TTL_SECONDS : undefined
    const id = ++this.#ids
    await this.#send({ id, user, round: this.#round, msgtype: 1, appcodes: target, ttlSeconds })
    this.#free.push(user)
  }

  async #send(sending: Sending): Promise<void> {
    const { id, user, round, msgtype, appcodes, ttlSeconds } = sending
    const ends = appcodes.length === 0 ? 'all' : 'one'
    const message = {
      to: { uid: this.#options.users[user]!.uid, appcode: appcodes[0] ?? 1, ends },
      msgtype,
      body: bodyOf(id, user, round),
      idempotencyKey: `${this.#options.run}-${id}`,
      ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    } as const
    const history = this.#history
    history.write('send', id, user, (ttlSeconds ?? 0) * 1_000, appcodes.join(','))
    this.#underWay++
    const giveUpAt = sharedNow() + PATIENCE_MS
    const ways = id % HTTP_ONE_IN === 0 ? this.#https : this.#links
    for (let tries = 1; ; tries++) {
      const way = this.#choose(ways, id + tries)
      try {
        const { seq } = await way.backend.publish(message)
        history.write('acked', id, seq)
        break
      } catch (error) {
        const { action, text } = reasonOf(error)
        if (action === 'stop') {
          // Refused at the second try tells nothing about the first one.
          history.write(tries === 1 ? 'failed' : 'unknown', id)
          this.#refused.set(text, (this.#refused.get(text) ?? 0) + 1)
          break
        }
        if (!way.shunned) void this.#shun(way)
        if (sharedNow() > giveUpAt) {
          history.write('unknown', id)
          break
        }
      }
    }
    this.#underWay--
  }

  /** The ways in turn, but for those that failed and are not ready yet. */
  #choose(ways: readonly Way[], turn: number): Way {
    const wanted = ways[turn % ways.length]!
    return wanted.shunned ? (ways.find(({ shunned }) => !shunned) ?? wanted) : wanted
  }

  #open(url: string): Backend {
    return createBackend({ url, key: API_KEY, timeoutMs: this.#options.tryMs })
  }

  /** As a load balancer does: no publish goes there until the node says that it is ready. */
  async #shun(way: Way): Promise<void> {
    way.shunned = true
    while (!(await isReady(way.ready)) && !this.#closed) await sleep(HEALTH_MS)
    const before = way.backend
    way.backend = this.#open(way.url)
    way.shunned = false
    // What is under way there may still be answered.
    await sleep(2 * this.#options.tryMs)
    await before.close()
  }
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(READY_MS) })
    return ok
  } catch {
    return false
  }
}

const reasonOf = (error: unknown): { action: string; text: string } => {
  const text = error instanceof Error ? error.message : String(error)
  const action =
    typeof error === 'object' && error !== null && 'action' in error ? String(error.action) : 'stop'
  return { action, text }
}
