import type { Clock } from '@longwire/kit'
import type { Log, MailboxId } from '../log/log.ts'

/**
 * An epoch is looked up again after one to two of these. It only ever changes when a store is
 * lost.
 */
const TURN_MS = 20_000
const ENTRIES_MAX = 100_000

/**
 * Epochs of mailboxes in use, so that acknowledgements and pages need not ask the store for them.
 */
export class Epochs {
  readonly #log: Log
  readonly #clock: Clock
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #turnedMs: number

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
    this.#turnedMs = clock.monotonic()
  }

  /** 0: not known here. */
  known({ system, uid }: MailboxId): number {
    const key = `${system}\n${uid}`
    return this.#young.get(key) ?? this.#old.get(key) ?? 0
  }

  learn({ system, uid }: MailboxId, epoch: number): void {
    const now = this.#clock.monotonic()
    if (now - this.#turnedMs > TURN_MS || this.#young.size >= ENTRIES_MAX) {
      this.#old = this.#young
      this.#young = new Map()
      this.#turnedMs = now
    }
    this.#young.set(`${system}\n${uid}`, epoch)
  }

  async of(mailbox: MailboxId): Promise<number> {
    const known = this.known(mailbox)
    if (known !== 0) return known
    const { epoch } = await this.#log.heads(mailbox)
    this.learn(mailbox, epoch)
    return epoch
  }
}
