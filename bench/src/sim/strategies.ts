import { Rhythm } from '@longwire/client/internal'

/** What a strategy may look at, in seconds. */
export interface Moment {
  now: number
  foreground: boolean
}

/** Decides when the next ping goes, and hears what became of pings. Seconds. */
export interface Strategy {
  /** What the interval counts from: the last bytes sent, or the last bytes either way. */
  readonly from: 'sent' | 'either'
  /** How long it waits for the answer to a ping. */
  readonly patience: number
  /** It pings at once on a new connection, and settles on the next interval as it sends a ping. */
  readonly eager: boolean
  connected(): void
  disconnected(): void
  /** Called when a ping was sent or bytes went. */
  interval(moment: Moment): number
  answered(gap: number, moment: Moment): void
  /** `network`: a new connection worked at once, and the server had not ended the old one. */
  failed(gap: number, timedOut: boolean, network: boolean, moment: Moment): void
}

const nothing = (): void => undefined

export const fixed = (seconds: number): Strategy => ({
  from: 'sent',
  patience: 8,
  eager: false,
  connected: nothing,
  disconnected: nothing,
  interval: () => seconds,
  answered: nothing,
  failed: nothing,
})

const HOUR = 3600
const NIGHT_FROM = 2
const NIGHT_TO = 6

/** The product's own algorithm. */
export const longwire = (maxSeconds: number): Strategy => {
  const rhythm = new Rhythm({
    floorMs: 45_000,
    startMs: 270_000,
    maxMs: maxSeconds * 1000,
    foregroundMs: 270_000,
  })
  return {
    from: 'either',
    patience: 10,
    eager: false,
    connected: () => rhythm.connected(),
    disconnected: nothing,
    interval: ({ now, foreground }) => {
      const hour = (now / HOUR) % 24
      const calm = hour >= NIGHT_FROM && hour < NIGHT_TO
      return rhythm.interval({ now: now * 1000, foreground, calm }) / 1000
    },
    answered: (gap, { now }) => rhythm.answered(gap * 1000, now * 1000),
    failed: (gap, _timedOut, network, { now }) => {
      if (network) rhythm.failed(gap * 1000, now * 1000)
    },
  }
}

/** The rule of WeChat's Mars: 210 to 580 s in steps of 60, five answers a step, two failures end it. */
export const mars = (): Strategy => new Mars()

const MARS = { least: 210, most: 580, step: 60, safety: 20, answers: 5, failures: 2, settle: 3 }
const MARS_REPROBE = 7 * 24 * HOUR

class Mars implements Strategy {
  readonly from = 'sent'
  readonly patience = 8
  readonly eager = true
  #interval = MARS.least
  #stable = false
  #changedAt = 0
  #answers = 0
  #failures = 0
  /** Pings of this connection that were answered: the first three teach nothing. */
  #onThis = 0
  /** The interval given last, and those that the latest result and the one before were credited to. */
  #given = MARS.least
  #credited = MARS.least
  #creditedBefore = MARS.least

  connected(): void {
    this.#onThis = 0
    this.#credited = this.#creditedBefore = MARS.least
  }

  disconnected(): void {
    this.#answers = 0
    if (this.#stable) this.#given = MARS.least
  }

  interval({ foreground }: Moment): number {
    this.#given = foreground || this.#onThis < MARS.settle ? MARS.least : this.#interval
    return this.#given
  }

  answered(_gap: number, { now }: Moment): void {
    this.#credit()
    if (++this.#onThis <= MARS.settle || this.#given !== this.#interval) return
    if (this.#given === this.#creditedBefore) {
      this.#answers++
      this.#failures = 0
    }
    if (this.#stable) {
      if (this.#interval >= MARS.most || now - this.#changedAt < MARS_REPROBE) return
      this.#failures = 0
      this.#move(this.#interval + MARS.safety, false)
    } else if (this.#answers >= MARS.answers) {
      const top = this.#interval >= MARS.most
      this.#move(top ? MARS.most : Math.min(MARS.most, this.#interval + MARS.step), top)
    }
    this.#changedAt = now
  }

  failed(_gap: number, timedOut: boolean, _network: boolean, { now }: Moment): void {
    this.#credit()
    if (this.#onThis <= MARS.settle || this.#given !== this.#interval) return
    if (timedOut) this.#answers = 0
    this.#failures++
    if (this.#given === MARS.least) return
    if (this.#failures >= MARS.failures) {
      const back = Math.max(MARS.least, this.#interval - MARS.step - MARS.safety)
      this.#move(this.#stable ? MARS.least : back, !this.#stable)
      this.#failures = 0
    }
    this.#changedAt = now
  }

  #credit(): void {
    this.#creditedBefore = this.#credited
    this.#credited = this.#given
  }

  #move(interval: number, stable: boolean): void {
    this.#interval = interval
    this.#stable = stable
    this.#answers = 0
  }
}
