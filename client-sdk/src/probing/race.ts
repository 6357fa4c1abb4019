import type { Candidate, Chooser, Occasion } from '../addresses/choose.ts'
import type { Clock, Random } from '../clock.ts'
import type { Transport } from '../transport.ts'
import type { Prober } from './prober.ts'
import { pickFromRanges } from './ranges.ts'

/** What a client brings to a race. */
export interface RaceSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly appcode: number
  readonly transports: Readonly<Record<string, Transport>>
}

export interface RaceParts extends Pick<RaceSurroundings, 'clock' | 'random' | 'appcode'> {
  readonly prober: Prober
  /** Gates that are probed at once; from the second failed dial on two. */
  readonly ranges: number
}

/** Without any answer until then the candidates are dialled in their order. */
const SILENCE_MS = 1_500
const RANGES_ON_RETRY = 2
const RETRIES_WITH_FEWER = 2
/** How long a dial may take before the next begins as well: at least; and where no gate has answered. */
const PATIENCE_MIN_MS = 250
const PATIENCE_MS = 1_000

/** Probes a gate of each range: the first to answer is dialled first, then the others as they answer. */
export const raceChooser = (parts: RaceParts): Chooser => ({
  choose(candidates, occasion) {
    const { prober, random } = parts
    const usable = candidates.filter(({ banned }) => !banned)
    const field = (usable.length > 0 ? usable : candidates).filter(({ url }) => prober.knows(url))
    const ranges = occasion.tries >= RETRIES_WITH_FEWER ? RANGES_ON_RETRY : parts.ranges
    const asked = pickFromRanges(field, ranges, random)
    if (asked.length < 2) return Promise.resolve(candidates)
    return new Promise(resolve => new Race(parts, { candidates, resolve }).run(asked, occasion))
  },
})

interface Course {
  readonly candidates: readonly Candidate[]
  readonly resolve: (order: readonly Candidate[]) => void
}

/** One race. It goes on behind its first answer until {@link SILENCE_MS}: later answers still improve the order. */
class Race {
  readonly #parts: RaceParts
  readonly #course: Course
  readonly #over = new AbortController()
  /** What was handed out, once there is an answer. */
  #order: Candidate[] | undefined
  #answers = 0
  #silent = 0

  constructor(parts: RaceParts, course: Course) {
    this.#parts = parts
    this.#course = course
  }

  run(asked: readonly Candidate[], { signal }: Occasion): void {
    const { clock, prober, appcode } = this.#parts
    const since = clock.monotonic()
    const timer = clock.after(SILENCE_MS, () => this.#end())
    const end = (): void => this.#end()
    signal.addEventListener('abort', end, { once: true })
    this.#over.signal.addEventListener('abort', () => {
      timer.cancel()
      signal.removeEventListener('abort', end)
    })
    // What is thrown is no answer either.
    const ask = async ({ url, probePort: port }: Candidate): Promise<number> =>
      prober.probe({ url, appcode, port, signal: this.#over.signal })
    for (const candidate of asked)
      ask(candidate).then(
        heldMs => this.#answered(candidate, clock.monotonic() - since - heldMs),
        () => {
          if (++this.#silent === asked.length) this.#end()
        },
      )
    if (signal.aborted) this.#end()
  }

  #answered(candidate: Candidate, roundTripMs: number): void {
    if (this.#over.signal.aborted) return
    const { candidates, resolve } = this.#course
    if (this.#order === undefined) {
      const patienceMs = Math.max(PATIENCE_MIN_MS, 2 * roundTripMs)
      this.#order = candidates.map(each => ({ ...each, patienceMs }))
    }
    const order = this.#order
    const at = order.findIndex(({ url }) => url === candidate.url)
    order.splice(this.#answers++, 0, ...order.splice(at, 1))
    if (this.#answers === 1) resolve(order)
  }

  /** Nothing more is to be heard. */
  #end(): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    const { candidates, resolve } = this.#course
    if (this.#order === undefined)
      resolve(candidates.map(each => ({ ...each, patienceMs: PATIENCE_MS })))
  }
}
