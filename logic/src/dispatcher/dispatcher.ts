import {
  AddressKey,
  nodeId,
  type Clock,
  type Logger,
  type Metrics,
  type NodeInfo,
  type NodeSides,
  type PartHealth,
} from '@longwire/kit'
import type { Allowance, Limiter } from '../limiter/limiter.ts'
import { memoryLimiter } from '../limiter/memory.ts'
import { Answers, type Answer } from './answers.ts'
import { Nets, type Net } from './nets.ts'
import { sideOf, type Asking } from '../operations/sides.ts'
import type { Wish } from './ranking.ts'
import { Roster } from './roster.ts'
import { signerOf, type Sign, type SigningKey } from './signer.ts'

/** How a node tells apps where gates are. */
export interface DispatcherOptions {
  /** End platforms there are. */
  readonly appcodes: readonly number[]
  readonly nets: readonly Net[]
  /** A loss of more than half of the gates is believed after this. */
  readonly holdMs: number
  /** What caches may keep an answer for. */
  readonly maxAgeSeconds: number
  /** What clients may use an answer for. */
  readonly ttlSeconds: number
  /** Gates of one answer at most. */
  readonly most: number
  /** Requests of one address (IPv6: of one /64). */
  readonly rate: Allowance
  readonly signing?: SigningKey | undefined
}

export const DISPATCHER: DispatcherOptions = {
  appcodes: [],
  nets: [],
  holdMs: 10_000,
  maxAgeSeconds: 5,
  ttlSeconds: 24 * 3_600,
  most: 100,
  rate: { perSecond: 50, burst: 500 },
}

/** A list says when it was made; one that never changes is made anew this often. */
const RENEW_MS = 3_600_000
/** Loads change all the time; lists are sorted anew this often. */
const SORT_MS = 1_000

/**
 * The gates that apps may dial, and the answers that say so. What it is told by {@link look} shows in
 * the answers at once where gates came or went, within a second where only loads changed.
 */
export class Dispatcher {
  readonly options: DispatcherOptions
  readonly nets: Nets
  readonly #parts: { readonly clock: Clock; readonly logger: Logger }
  readonly #roster: Roster
  readonly #sign: Sign | undefined
  readonly #limiter: Limiter
  readonly #key = new AddressKey()
  #answers: Answers | undefined
  /** What the answers were made of, and when. */
  #members = ''
  #loads = ''
  #madeAt = -Infinity
  #making: Promise<void> | undefined
  #sides: NodeSides | undefined

  /** Throws where the options make no sense. */
  constructor(
    options: DispatcherOptions,
    parts: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics },
  ) {
    this.options = options
    this.#parts = parts
    this.nets = new Nets(options.nets)
    this.#roster = new Roster(options)
    this.#limiter = memoryLimiter(parts.clock)
    this.#sign = options.signing === undefined ? undefined : signerOf(options.signing)
    const gauge = (name: string, help: string, read: () => number): void =>
      parts.metrics.gauge(`longwire_dispatcher_${name}`, help, read)
    gauge('gates', 'Gates that apps are told of', () => this.#roster.gates.length)
    gauge('held_gates', 'Of these, gates that nobody has heard of lately', () => this.#roster.held)
  }

  /** What lives now. */
  look(live: readonly NodeInfo[]): void {
    const held = this.#roster.held
    this.#roster.look(live, this.#parts.clock.monotonic())
    if (held === 0 && this.#roster.held > 0)
      this.#parts.logger.warn(
        { gates: this.#roster.gates.length, silent: this.#roster.held },
        'more than half of the gates are gone at once: they stay listed until that is sure',
      )
    this.#makeSoon()
  }

  /** Where clients belong from now on; undefined: anywhere. */
  direct(sides: NodeSides | undefined): void {
    this.#sides = sides
    this.#makeSoon()
  }

  #makeSoon(): void {
    this.#making ??= this.#make()
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error }, 'the list of gates could not be made'),
      )
      .finally(() => {
        this.#making = undefined
      })
  }

  /** Resolves when the answers are those of the last look, or of one that was under way then. */
  get made(): Promise<void> {
    return this.#making ?? Promise.resolve()
  }

  /** Undefined: nothing is known yet. `who` decides which side of a release is told. */
  answer(wish: Omit<Wish, 'side'>, who: Partial<Asking> = {}): Answer | undefined {
    const sides = this.#sides
    const asking = { bucket: who.bucket, agent: who.agent, appcode: wish.appcode }
    const side = sides === undefined ? undefined : sideOf(sides, asking)
    return this.#answers?.of({ ...wish, side })
  }

  /** Milliseconds that an address has to wait; 0: it may ask. */
  async waitOf(ip: string): Promise<number> {
    this.#key.read(ip)
    const { granted, waitMs } = await this.#limiter.take(
      `${this.#key.hi}.${this.#key.lo}`,
      this.options.rate,
      1,
    )
    return granted > 0 ? 0 : Math.max(1, waitMs)
  }

  health(): PartHealth {
    const none = this.#roster.gates.length === 0 ? 'there is no gate to tell of' : ''
    return { part: 'gates', problem: none, bearable: true }
  }

  async #make(): Promise<void> {
    const { clock } = this.#parts
    const { gates } = this.#roster
    const now = clock.monotonic()
    const sides = this.#sides
    const members = [
      JSON.stringify(sides),
      ...gates.map(gate => `${nodeId(gate)} ${gate.version} ${JSON.stringify(gate.reach)}`),
    ].join('\n')
    const loads = gates.map(({ load }) => `${load?.conns}/${load?.capacity}`).join(' ')
    const since = now - this.#madeAt
    const isNew =
      members !== this.#members || (loads !== this.#loads && since >= SORT_MS) || since >= RENEW_MS
    if (!isNew && this.#answers !== undefined) return
    this.#members = members
    this.#loads = loads
    this.#madeAt = now
    const { most, ttlSeconds } = this.options
    this.#answers = await Answers.make(gates, clock.now(), {
      most,
      ttlSeconds,
      nets: this.nets.names,
      sign: this.#sign,
      sides,
    })
  }
}
