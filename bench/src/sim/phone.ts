import type { Seeded } from '../seeded.ts'
import type { Happening } from './day.ts'
import type { Moment, Strategy } from './strategies.ts'

export interface Tally {
  pings: number
  /** Connections that the network forgot because they were idle too long. */
  forgotten: number
  pushes: number
  /** Pushes that came more than a minute late. */
  late: number
}

const LATE = 60
/** From the loss that is seen until the new connection is there. */
const RECONNECT = 2
/** Pings that meet a network that has forgotten the connection: half hear so at once. */
const RESET = 0.3
/** Breaks after which the new login learns that the server had ended the session. */
const SAID_CLOSED = 0.9

/** One phone behind a network that forgets a connection that was idle for `forgets` seconds. */
export class Phone {
  readonly #strategy: Strategy
  readonly #random: Seeded
  readonly #forgets: number
  readonly #tally: Tally
  readonly #moment: Moment = { now: 0, foreground: false }
  #sent = 0
  #received = 0
  /** When the network last saw bytes, and how long it remembers them. */
  #seen = 0
  #memory: number
  #outageUntil = -1
  #broken = false
  #sittings = 0
  #pushesLost: number[] = []
  #pingAt = 0
  /** Settled on as the ping was sent, for the time after it. */
  #settled: number | undefined

  constructor(strategy: Strategy, random: Seeded, forgets: number, tally: Tally) {
    this.#strategy = strategy
    this.#random = random
    this.#forgets = forgets
    this.#tally = tally
    this.#memory = this.#remembers()
    this.#begin()
  }

  live(days: readonly Happening[], end: number): void {
    for (const happening of days) {
      if (happening.at >= end) break
      while (this.#pingAt < happening.at) this.#ping()
      this.#moment.now = Math.max(this.#moment.now, happening.at)
      this.#meet(happening)
    }
    while (this.#pingAt < end) this.#ping()
  }

  get #alive(): boolean {
    return !this.#broken && this.#moment.now - this.#seen <= this.#memory
  }

  #meet({ kind, until = 0 }: Happening): void {
    if (kind === 'push') this.#push()
    else if (kind === 'open') this.#open()
    else if (kind === 'up') this.#up()
    else if (kind === 'shut') this.#shut()
    else if (kind === 'outage') this.#outageUntil = Math.max(this.#outageUntil, until)
    else if (this.#alive) this.#broken = true
  }

  #ping(): void {
    const moment = this.#moment
    const { patience } = this.#strategy
    moment.now = Math.max(this.#pingAt, moment.now)
    const { now } = moment
    const gap = now - Math.max(this.#sent, this.#received)
    this.#tally.pings++
    this.#sent = now
    if (this.#strategy.eager) this.#settled = this.#strategy.interval(moment)
    if (this.#broken) this.#lose(now + RESET, gap, false)
    else if (!this.#alive) {
      const reset = this.#random.next() < 0.5
      this.#tally.forgotten++
      this.#lose(now + (reset ? RESET : patience), gap, !reset)
    } else if (now >= this.#outageUntil) this.#answer(now, gap)
    else if (this.#outageUntil - now < patience) this.#answer(this.#outageUntil, gap)
    else this.#lose(now + patience, gap, true)
  }

  #answer(at: number, gap: number): void {
    this.#pass(at)
    this.#received = at
    this.#strategy.answered(gap, this.#moment)
    this.#plan()
  }

  #lose(at: number, gap: number, timedOut: boolean): void {
    const closed = this.#broken && this.#random.next() < SAID_CLOSED
    const network = this.#outageUntil <= at && !closed
    this.#moment.now = at
    this.#strategy.failed(gap, timedOut, network, this.#moment)
    this.#reconnect()
  }

  #push(): void {
    this.#tally.pushes++
    const { now } = this.#moment
    if (!this.#alive) this.#pushesLost.push(now)
    else if (now >= this.#outageUntil) this.#exchange(now)
    else if (this.#outageUntil - now < LATE) this.#exchange(this.#outageUntil)
    else this.#pushesLost.push(now)
  }

  /** The app opens and sends at once, so that a lost connection is seen. */
  #open(): void {
    this.#sittings++
    this.#moment.foreground = true
    if (!this.#alive) {
      if (!this.#broken) this.#tally.forgotten++
      this.#reconnect()
    } else this.#up()
  }

  #up(): void {
    if (this.#alive && this.#moment.now >= this.#outageUntil) this.#exchange(this.#moment.now)
    else this.#plan()
  }

  #shut(): void {
    this.#moment.foreground = --this.#sittings > 0
    this.#plan()
  }

  #exchange(at: number): void {
    this.#pass(at)
    this.#sent = this.#received = at
    this.#plan()
  }

  #pass(at: number): void {
    this.#seen = at
    this.#memory = this.#remembers()
  }

  #reconnect(): void {
    this.#strategy.disconnected()
    this.#moment.now = Math.max(this.#moment.now, this.#outageUntil) + RECONNECT
    const { now } = this.#moment
    this.#broken = false
    this.#tally.late += this.#pushesLost.filter(at => now - at > LATE).length
    this.#pushesLost = []
    this.#pass(now)
    this.#sent = this.#received = now
    this.#begin()
  }

  #begin(): void {
    this.#strategy.connected()
    if (this.#strategy.eager) {
      this.#tally.pings++
      this.#settled = this.#strategy.interval(this.#moment)
      this.#strategy.answered(0, this.#moment)
    }
    this.#plan()
  }

  #plan(): void {
    const from = this.#strategy.from === 'sent' ? this.#sent : Math.max(this.#sent, this.#received)
    const interval = this.#settled ?? this.#strategy.interval(this.#moment)
    this.#settled = undefined
    this.#pingAt = Math.max(this.#moment.now, from + interval)
  }

  #remembers(): number {
    return this.#forgets + this.#random.next() * 20
  }
}
