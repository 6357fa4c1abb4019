import { sharedNow } from '../statistics.ts'
import type { Stamp } from './payload.ts'
import type { Publisher, Publishing } from './publisher.ts'

const JITTER_BASE_MS = 100
const JITTER_MAX_MS = 5_000
/** As the SDK's default timeout of a publish. */
const GIVE_UP_MS = 10_000
const SLOT_MS = 10

/** A message that is under way, or waits until it may be sent again. */
interface Attempt {
  readonly uid: string
  readonly stamp: Stamp
  /** When it was to be published, and when this attempt was. */
  readonly firstMs: number
  readonly dueMs: number
  readonly tries: number
}

/** What became of attempts since the last reading. */
export interface Reading {
  readonly accepted: number
  readonly shed: number
  readonly gaveUp: number
  /** Of the accepted ones, from when the attempt was due until its answer; sorted. */
  readonly latencies: Float64Array
}

/**
 * A publisher that does with a refusal what the SDK does: waits as long as it was told and a random
 * time more, sends the message again, and gives up after ten seconds.
 */
export class Patient implements Publishing {
  onResults: (() => void) | undefined
  readonly #publisher: Publisher
  readonly #index: number
  readonly #numbers: Uint32Array
  readonly #underWay = new Map<number, Attempt>()
  readonly #parked = new Map<number, Attempt[]>()
  readonly #timer: NodeJS.Timeout
  #slot = Math.floor(sharedNow() / SLOT_MS)
  #waiting = 0
  #latencies: number[] = []
  #shed = 0
  accepted = 0
  /** Given up. */
  refused = 0
  #reading = { accepted: 0, refused: 0 }

  /** `index` is what its messages name it by; `users` are numbered from 0. */
  constructor(publisher: Publisher, index: number, users: number) {
    this.#publisher = publisher
    this.#index = index
    this.#numbers = new Uint32Array(users)
    publisher.onResult = (id, retryAfterMs) => this.#result(id, retryAfterMs)
    publisher.onResults = () => this.onResults?.()
    this.#timer = setInterval(() => this.#unpark(), SLOT_MS)
  }

  get problem(): string {
    return this.#publisher.problem
  }

  get inFlight(): number {
    return this.#underWay.size + this.#waiting
  }

  publish(uid: string, stamp: Readonly<Stamp>): void {
    const now = sharedNow()
    const dueMs = stamp.scheduledMs === 0 ? now : stamp.scheduledMs
    const { user } = stamp
    const number = ++this.#numbers[user]!
    const own = { scheduledMs: stamp.scheduledMs, user, publisher: this.#index, number }
    this.#send({ uid, stamp: own, firstMs: dueMs, dueMs, tries: 0 })
  }

  close(): void {
    clearInterval(this.#timer)
    this.onResults = undefined
    this.#publisher.close()
  }

  /** What happened since the last call. */
  read(): Reading {
    const reading = {
      accepted: this.accepted - this.#reading.accepted,
      shed: this.#shed,
      gaveUp: this.refused - this.#reading.refused,
      latencies: Float64Array.from(this.#latencies).sort(),
    }
    this.#reading = { accepted: this.accepted, refused: this.refused }
    this.#latencies = []
    this.#shed = 0
    return reading
  }

  #send(attempt: Attempt): void {
    this.#underWay.set(this.#publisher.nextId, attempt)
    this.#publisher.publish(attempt.uid, attempt.stamp)
  }

  #result(id: number, retryAfterMs: number): void {
    const attempt = this.#underWay.get(id)
    if (attempt === undefined) return
    this.#underWay.delete(id)
    if (retryAfterMs < 0) {
      this.accepted++
      this.#latencies.push(sharedNow() - attempt.dueMs)
    } else {
      this.#shed++
      this.#park(attempt, retryAfterMs)
    }
  }

  #park(attempt: Attempt, retryAfterMs: number): void {
    const tries = attempt.tries + 1
    const jitter = Math.random() * Math.min(JITTER_MAX_MS, JITTER_BASE_MS * 2 ** tries)
    const dueMs = sharedNow() + retryAfterMs + jitter
    if (retryAfterMs === 0 || dueMs - attempt.firstMs > GIVE_UP_MS) {
      this.refused++
      return
    }
    const slot = Math.ceil(dueMs / SLOT_MS)
    const again = { ...attempt, dueMs, tries }
    const others = this.#parked.get(slot)
    if (others === undefined) this.#parked.set(slot, [again])
    else others.push(again)
    this.#waiting++
  }

  #unpark(): void {
    const now = sharedNow()
    for (; this.#slot <= Math.floor(now / SLOT_MS); this.#slot++) {
      const due = this.#parked.get(this.#slot)
      if (due === undefined) continue
      this.#parked.delete(this.#slot)
      this.#waiting -= due.length
      for (const attempt of due) {
        // It was due when its slot came, however late this process is.
        const dueMs = this.#slot * SLOT_MS
        const stamp = { ...attempt.stamp, scheduledMs: dueMs }
        this.#send({ ...attempt, stamp, dueMs })
      }
    }
  }
}
