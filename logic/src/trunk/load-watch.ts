import type { Admission, Clock, Timer } from '@longwire/kit'

export interface LoadWatchParts {
  readonly clock: Clock
  readonly admission: Admission
  /** Tells the gates: 0 to 254, or 255: it is leaving. */
  readonly tell: (load: number) => void
}

/** What a node says that is to get no new requests. */
const LEAVING = 255

const LOOK_MS = 50
const LOOKS_PER_TELL = 20

/** Looks after the admission of a node, and tells its gates once a second how loaded it is. */
export class LoadWatch {
  readonly #parts: LoadWatchParts
  #looks = 0
  #leaving = false
  #timer: Timer | undefined
  readonly #look = (): void => {
    this.#parts.admission.look()
    if (++this.#looks % LOOKS_PER_TELL === 0) this.#tell()
    this.#timer = this.#parts.clock.after(LOOK_MS, this.#look)
  }

  constructor(parts: LoadWatchParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer ??= this.#parts.clock.after(LOOK_MS, this.#look)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** From now on gates are told to ask others. */
  leave(): void {
    this.#leaving = true
    this.#tell()
  }

  #tell(): void {
    this.#parts.tell(this.#leaving ? LEAVING : this.#parts.admission.load)
  }
}
