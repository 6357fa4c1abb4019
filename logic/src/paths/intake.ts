import type { Admission, Counter } from '@longwire/kit'

/** Why nothing is taken in now. */
export type Refusal = 'DRAINING' | 'UNAVAILABLE' | 'BUSY'
const REASONS = ['draining', 'routes', 'bytes', 'load'] as const
export type ShedReason = (typeof REASONS)[number]
export const SHED_REASONS: readonly ShedReason[] = REASONS

export interface IntakeParts {
  readonly admission: Admission
  /** Bytes of content that are stored and hinted at but not done; beyond: BUSY. */
  readonly bytesMax: number
  /** Whether the route table is known not to answer. */
  readonly routesDown: () => boolean
  readonly shed: (reason: ShedReason) => Counter
}

/** The door for messages: open, or why not. Asking costs nothing that is proportional to a message. */
export class Intake {
  readonly admission: Admission
  readonly #parts: IntakeParts
  readonly #shed: Readonly<Record<ShedReason, Counter>>
  #bytes = 0
  #draining = false
  #idle: (() => void) | undefined

  constructor(parts: IntakeParts) {
    this.#parts = parts
    this.admission = parts.admission
    const { shed } = parts
    this.#shed = {
      draining: shed('draining'),
      routes: shed('routes'),
      bytes: shed('bytes'),
      load: shed('load'),
    }
  }

  get size(): number {
    return this.admission.backlog.size
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Undefined: a message may come in. Otherwise the refusal is counted. */
  refusal(): Refusal | undefined {
    if (this.#draining) return this.#refuse('draining', 'DRAINING')
    if (this.#parts.routesDown()) return this.#refuse('routes', 'UNAVAILABLE')
    if (this.admission.full) {
      this.admission.refused()
      return this.#refuse('load', 'BUSY')
    }
    if (this.#bytes >= this.#parts.bytesMax) return this.#refuse('bytes', 'BUSY')
    return undefined
  }

  /** Milliseconds until who was refused should come again. */
  retryMs(refusal: Refusal): number {
    return refusal === 'BUSY' ? this.admission.retryMs : RETRY_MS[refusal]
  }

  /** Returns what `done` must be given. */
  take(bytes: number): number {
    this.#bytes += bytes
    return this.admission.enter()
  }

  done(ticket: number, bytes: number): void {
    this.#bytes -= bytes
    this.admission.leave(ticket)
    if (this.size > 0) return
    this.#idle?.()
    this.#idle = undefined
  }

  /** Refuses what comes from now on; resolves when nothing is under way any more. */
  drain(): Promise<void> {
    this.#draining = true
    if (this.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.#idle = resolve
    })
  }

  #refuse(reason: ShedReason, refusal: Refusal): Refusal {
    this.#shed[reason].add()
    return refusal
  }
}

const RETRY_MS = { DRAINING: 1_000, UNAVAILABLE: 2_000 } as const
