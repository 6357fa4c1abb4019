import type { Clock, Logger, Timer } from '@longwire/kit'
import { numberIn, textIn } from '../log/rows.ts'
import { TableUnavailable, type Table } from '../store/table.ts'

const BEAT_MS = 1_000
/** A lease that nobody has renewed for this long, by the clock of who watches it, is free. */
const LEASE_MS = 4_000
/** A holder that could not renew for this long holds it no more: before others may take it. */
const HELD_MS = 2_500

export interface LeaseParts {
  readonly table: Table
  readonly clock: Clock
  readonly logger: Logger
  /** Of this incarnation. */
  readonly owner: string
  /** Called when it is gained; again after a loss. Must not throw. */
  readonly onHeld?: (() => void) | undefined
}

/**
 * One of all nodes does a task: `leases/<name>` {owner, beat, rev} in the table, renewed every second.
 * No clocks are compared: a lease is free when its `rev` has stood still for 4 s.
 */
export class Lease {
  readonly #key: string
  readonly #parts: LeaseParts
  #seenRev = -1
  #seenAt = 0
  #renewedAt = -Infinity
  #held = false
  #timer: Timer | undefined
  #beat: Promise<void> | undefined
  #stopped = false

  constructor(name: string, parts: LeaseParts) {
    this.#key = `leases/${name}`
    this.#parts = parts
  }

  get held(): boolean {
    return this.#held && this.#parts.clock.monotonic() - this.#renewedAt < HELD_MS
  }

  start(): void {
    if (this.#stopped) return
    this.#beat = this.#renew()
      .catch((error: unknown) => {
        if (!(error instanceof TableUnavailable))
          this.#parts.logger.error({ err: error, lease: this.#key }, 'renewing a lease failed')
      })
      .finally(() => {
        if (!this.#stopped) this.#timer = this.#parts.clock.after(BEAT_MS, () => this.start())
      })
  }

  /** Gives it away, so that another node need not wait. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#beat
    if (!this.held) return
    this.#held = false
    const { table } = this.#parts
    await table.swap(this.#key, this.#seenRev, { owner: '' }).catch(() => false)
  }

  async #renew(): Promise<void> {
    const { table, clock, owner } = this.#parts
    const now = clock.monotonic()
    const doc = await table.get(this.#key)
    const rev = numberIn(doc, 'rev')
    if (rev !== this.#seenRev) {
      this.#seenRev = rev
      this.#seenAt = now
    }
    const holder = textIn(doc, 'owner')
    const free = holder === '' || holder === owner || now - this.#seenAt >= LEASE_MS
    if (!free || !(await table.swap(this.#key, rev, { owner }))) return this.#lose()
    this.#seenRev = rev + 1
    this.#seenAt = now
    this.#renewedAt = now
    if (this.#held) return
    this.#held = true
    this.#parts.onHeld?.()
  }

  #lose(): void {
    this.#held = false
  }
}
