import type { Clock, Random } from '../clock.ts'
import { LongwireError, textOf } from '../errors.ts'
import { verified, type PublicKey } from './signature.ts'

/** Where lists of gates come from. */
export interface DispatcherOptions {
  /** By name, such as `https://gates.example.com`: asked in this order. */
  readonly urls: readonly string[]
  /** The same by IP, such as `https://203.0.113.5`, for when names cannot be resolved. */
  readonly fallbackIps?: readonly string[]
  /** Lists that are not signed with its private half are refused. Needed where lists come by http://. */
  readonly publicKey?: PublicKey
  /** What is dialled: tcp, tls, ws or wss. @default the scheme of the first of `urls` or `gates`, else wss */
  readonly transport?: string
  /** The network of the client, as the dispatcher names it. @default as its address says */
  readonly net?: string
}

/** What a dispatcher said. */
export interface Answer {
  /** Least loaded first; may be empty. */
  readonly urls: readonly string[]
  /** Of some of them: the TCP port of the same host that answers probes. */
  readonly probePorts: Readonly<Record<string, number>>
  readonly ttlMs: number
  /** When it was made, ms since 1970 by the clock of the dispatcher. */
  readonly madeAt: number
}

export interface DispatcherParts {
  readonly clock: Clock
  readonly random: Random
  readonly fetch: typeof fetch
  readonly appcode: number
  readonly transport: string
  /** Host names, as browsers need. */
  readonly names: boolean
  /** Of the uid, and name and version of the client: a new version of gates comes to some users first. */
  readonly bucket: number
  readonly agent: string
}

/** One dispatcher has so long to answer. */
const ANSWER_MS = 2_000
/** So many of the embedded addresses are asked at once. */
const FALLBACKS_MAX = 3
const BYTES_MAX = 256 * 1024
const ADDRESSES_MAX = 256
const AGENT_MAX = 64
const UNPROCESSABLE = 422
const TTL_MIN_MS = 60_000
const TTL_MAX_MS = 7 * 24 * 3_600_000

/** Asks dispatchers, one after the other, until one answers. */
export class Dispatchers {
  readonly #options: DispatcherOptions
  readonly #parts: DispatcherParts
  readonly #query: string
  /** What dispatchers of earlier versions do not know, and refuse. */
  readonly #whoami: string

  constructor(options: DispatcherOptions, parts: DispatcherParts) {
    this.#options = options
    this.#parts = parts
    const query = new URLSearchParams({
      appcode: `${parts.appcode}`,
      transport: parts.transport,
      ...(options.net === undefined ? {} : { net: options.net }),
      ...(parts.names ? { names: 'true' } : {}),
    })
    this.#query = query.toString()
    const whoami = { bucket: `${parts.bucket}`, agent: parts.agent.slice(0, AGENT_MAX) }
    this.#whoami = new URLSearchParams(whoami).toString()
  }

  /** Rejects with the failure of the last one where none answers. */
  async ask(signal: AbortSignal): Promise<Answer> {
    const { urls, fallbackIps = [] } = this.#options
    let failure: unknown
    for (const url of [...urls, ...this.#some(fallbackIps)]) {
      if (signal.aborted) break
      try {
        return await this.#askOne(url, signal)
      } catch (thrown) {
        failure = thrown
      }
    }
    throw failure ?? new LongwireError('ABORTED', 'stop', 'nobody waits for the list any more')
  }

  /** All apps have the same list embedded: they are not all to ask the first one. */
  #some(urls: readonly string[]): string[] {
    const left = [...urls]
    const some: string[] = []
    while (left.length > 0 && some.length < FALLBACKS_MAX)
      some.push(...left.splice(Math.floor(this.#parts.random() * left.length), 1))
    return some
  }

  async #askOne(url: string, signal: AbortSignal): Promise<Answer> {
    const { publicKey } = this.#options
    const { clock, fetch: get, transport } = this.#parts
    const abort = new AbortController()
    const stop = (): void => abort.abort()
    const timer = clock.after(ANSWER_MS, stop)
    signal.addEventListener('abort', stop, { once: true })
    try {
      const from = `${url.replace(/\/+$/, '')}/v1/gates?${this.#query}`
      const init: RequestInit = {
        signal: abort.signal,
        credentials: 'omit',
        headers: publicKey === undefined ? {} : { accept: 'application/jose' },
      }
      const first = await get(`${from}&${this.#whoami}`, init)
      const response = first.status === UNPROCESSABLE ? await get(from, init) : first
      if (!response.ok) throw new Error(`it answered ${response.status}`)
      const text = await response.text()
      if (text.length > BYTES_MAX) throw new Error(`its answer has ${text.length} bytes`)
      return answerOf(publicKey === undefined ? text : await verified(text, publicKey), transport)
    } catch (thrown) {
      if (thrown instanceof LongwireError) throw thrown
      const why = abort.signal.aborted ? `no answer within ${ANSWER_MS} ms` : textOf(thrown)
      throw new LongwireError('UNREACHABLE', 'retry', `no list of gates from ${url}: ${why}`, {
        cause: thrown,
      })
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', stop)
    }
  }
}

/** Addresses of another kind than was asked for are left out. */
const answerOf = (text: string, transport: string): Answer => {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || !('gates' in parsed)) throw notAList()
  const { gates } = parsed
  const seconds = 'ttlSeconds' in parsed ? Number(parsed.ttlSeconds) : NaN
  const madeAt = 'at' in parsed ? Number(parsed.at) : NaN
  if (!Array.isArray(gates) || !Number.isSafeInteger(madeAt)) throw notAList()
  const probePorts: Record<string, number> = {}
  const urls = gates.slice(0, ADDRESSES_MAX).flatMap((gate: unknown) => {
    const url = typeof gate === 'object' && gate !== null && 'url' in gate ? gate.url : undefined
    if (typeof url !== 'string' || !URL.canParse(url)) return []
    if (new URL(url).protocol !== `${transport}:`) return []
    const port: unknown = Reflect.get(gate as object, 'probe')
    if (isPort(port)) probePorts[url] = port
    return [url]
  })
  const ttlMs = Number.isFinite(seconds) ? Math.round(seconds * 1000) : TTL_MAX_MS
  return {
    urls: [...new Set(urls)],
    probePorts,
    ttlMs: Math.min(TTL_MAX_MS, Math.max(TTL_MIN_MS, ttlMs)),
    madeAt,
  }
}

export const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536

const notAList = (): Error => new Error('its answer is not a list of gates')
