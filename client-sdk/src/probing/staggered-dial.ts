import type { Candidate } from '../addresses/choose.ts'
import type { Clock, Timer } from '../clock.ts'
import { LongwireError, textOf } from '../errors.ts'
import type { Transport, TransportConnection, TransportHandlers } from '../transport.ts'

export interface StaggeredDialParts {
  readonly clock: Clock
  /** Best first, at least one. Those behind may still change places while it is dialled. */
  readonly candidates: readonly Candidate[]
  /** By URL scheme. */
  readonly transports: Readonly<Record<string, Transport>>
  /** A dial failed there, and another one goes on. */
  readonly missed: (url: string, error: LongwireError) => void
}

const IN_FLIGHT_MAX = 3
const DIAL_MS = 10_000

interface Attempt {
  readonly url: string
  readonly controller: AbortController
  readonly timer: Timer
}

/**
 * One connection to one of several gates. The next is dialled when the one before has failed, or has
 * not come up within its patience; the first that is up stays, and all others are hung up on before a
 * word is said: only one LOGIN is ever under way.
 */
export class StaggeredDial implements Transport {
  /** Where the connection is; until it is up, where it was tried first. */
  url: string
  readonly #parts: StaggeredDialParts
  readonly #dialled = new Set<string>()
  readonly #attempts = new Set<Attempt>()
  #patience: Timer | undefined

  constructor(parts: StaggeredDialParts) {
    this.#parts = parts
    this.url = parts.candidates[0]!.url
  }

  /** The gate at `url` took a LOGIN and says nothing. True where `connect` has another one to try. */
  passOver(error: LongwireError): boolean {
    if (!this.#goesOn()) return false
    this.#parts.missed(this.url, error)
    return true
  }

  connect(
    _url: string,
    handlers: TransportHandlers,
    signal: AbortSignal,
  ): Promise<TransportConnection> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#end()
        reject(new LongwireError('ABORTED', 'stop', `dialling ${this.url} was called off`))
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#dialNext({
        handlers,
        up: connection => {
          signal.removeEventListener('abort', abort)
          resolve(connection)
        },
        failed: error => {
          signal.removeEventListener('abort', abort)
          reject(error)
        },
      })
      if (signal.aborted) abort()
    })
  }

  #dialNext(course: Course): void {
    this.#patience?.cancel()
    const { clock, candidates, transports } = this.#parts
    const next = candidates.find(({ url }) => !this.#dialled.has(url))
    if (next === undefined || this.#attempts.size >= IN_FLIGHT_MAX) return
    const { url, patienceMs } = next
    this.#dialled.add(url)
    const controller = new AbortController()
    const timer = clock.after(DIAL_MS, () => controller.abort())
    const attempt = { url, controller, timer }
    this.#attempts.add(attempt)
    if (patienceMs !== undefined)
      this.#patience = clock.after(patienceMs, () => this.#dialNext(course))
    const transport = transports[new URL(url).protocol.slice(0, -1)]!
    transport.connect(url, course.handlers, controller.signal).then(
      connection => {
        timer.cancel()
        if (!this.#attempts.delete(attempt)) {
          connection.close()
          return
        }
        this.#end()
        this.url = url
        course.up(connection)
      },
      (thrown: unknown) => {
        timer.cancel()
        if (this.#attempts.delete(attempt))
          this.#failed(course, url, asError(thrown, controller.signal, url))
      },
    )
  }

  #failed(course: Course, url: string, error: LongwireError): void {
    const goesOn = this.#goesOn()
    if (this.#attempts.size === 0 && !goesOn) {
      this.#end()
      this.url = url
      course.failed(error)
      return
    }
    this.#parts.missed(url, error)
    if (goesOn) this.#dialNext(course)
  }

  /** Whether there is another gate to dial. */
  #goesOn(): boolean {
    const { candidates } = this.#parts
    const isLast = candidates.every(each => this.#dialled.has(each.url))
    return candidates[0]?.patienceMs !== undefined && !isLast
  }

  #end(): void {
    this.#patience?.cancel()
    const attempts = [...this.#attempts]
    this.#attempts.clear()
    for (const { url, controller, timer } of attempts) {
      // Nothing was learned of it.
      this.#dialled.delete(url)
      timer.cancel()
      controller.abort()
    }
  }
}

interface Course {
  readonly handlers: TransportHandlers
  readonly up: (connection: TransportConnection) => void
  readonly failed: (error: LongwireError) => void
}

const asError = (thrown: unknown, { aborted }: AbortSignal, url: string): LongwireError => {
  if (aborted)
    return new LongwireError('TIMEOUT', 'retry', `no connection to ${url} in ${DIAL_MS} ms`)
  return thrown instanceof LongwireError
    ? thrown
    : new LongwireError('UNREACHABLE', 'retry', `the dial failed: ${textOf(thrown)}`, {
        cause: thrown,
      })
}
