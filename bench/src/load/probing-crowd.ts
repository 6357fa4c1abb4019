import { createClient, type Client } from '@longwire/client/node'
import { sleep } from '../statistics.ts'
import { signToken } from './token.ts'

export interface ProbingCrowdOptions {
  /** Gates, least loaded first. */
  readonly urls: readonly string[]
  readonly appcode: number
  readonly tokenSecret: string
  /** Users `first` to `first + users − 1`. */
  readonly first: number
  readonly users: number
  /** They come at this pace, whatever becomes of those before them. */
  readonly perSecond: number
  /** False: each leaves as soon as it is in. */
  readonly stays: boolean
}

export interface ProbingReport {
  readonly loggedIn: number
  /** From the decision to connect until LOGIN_ACK, milliseconds, sorted. */
  readonly tookMs: Float64Array
  /** The first few reasons of what went wrong. */
  readonly failures: readonly string[]
}

const FAILURES_MAX = 5

/** Clients of the real SDK that choose their gate by probes. */
export class ProbingCrowd {
  readonly #options: ProbingCrowdOptions
  readonly #clients: Client[] = []
  readonly #failures: string[] = []
  readonly #tookMs: number[] = []

  constructor(options: ProbingCrowdOptions) {
    this.#options = options
  }

  async connect(): Promise<ProbingReport> {
    const { first, users, perSecond } = this.#options
    const began = performance.now()
    const all: Promise<void>[] = []
    for (let user = 0; user < users; user++) {
      const wait = began + (user * 1_000) / perSecond - performance.now()
      if (wait > 1) await sleep(wait)
      all.push(this.#one(`racer-${first + user}`))
    }
    await Promise.all(all)
    return {
      loggedIn: this.#tookMs.length,
      tookMs: Float64Array.from(this.#tookMs).sort(),
      failures: this.#failures,
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map(client => client.close()))
  }

  async #one(uid: string): Promise<void> {
    const { urls, appcode, tokenSecret } = this.#options
    const token = signToken(tokenSecret, uid)
    const client = createClient({ urls, appcode, uid, device: 'racer', token, probes: true })
    this.#clients.push(client)
    client.on('error', error => {
      if (this.#failures.length < FAILURES_MAX) this.#failures.push(error.message)
    })
    const since = performance.now()
    try {
      await client.connect()
      this.#tookMs.push(performance.now() - since)
      if (!this.#options.stays) await client.close()
    } catch (error) {
      if (this.#failures.length < FAILURES_MAX) this.#failures.push(String(error))
    }
  }
}
